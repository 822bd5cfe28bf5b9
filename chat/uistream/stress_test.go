package uistream_test

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/chat/uistream"
)

// With -short there are 250 readers.
func TestStress_AThousandReaders(t *testing.T) {
	t.Parallel()
	readers := 1000
	if testing.Short() {
		readers = 250
	}
	middle := make(gate)
	v := newVendor(always(delta("Hel"), middle, delta("lo")))
	a, b := replicas(t, v, uistream.NewMemoryStore())
	first := a.begun(v, "m1", "hello")
	var wg sync.WaitGroup
	var begun, wrong sync.WaitGroup
	failures := make(chan string, readers)
	for i := range readers {
		s := a
		if i%2 == 1 {
			s = b
		}
		begun.Add(1)
		wg.Go(func() {
			r, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+"/c1/stream", nil)
			r.Header.Set("Authorization", "ann")
			response, err := s.server.Client().Do(r)
			begun.Done()
			if err != nil {
				failures <- err.Error()
				return
			}
			defer response.Body.Close()
			if m, err := readResponse(response.Body); err != nil || m.text() != "Hello" {
				failures <- fmt.Sprint(err, m.text())
			}
		})
	}
	begun.Wait()
	close(middle)
	wg.Wait()
	wrong.Wait()
	close(failures)
	for failure := range failures {
		t.Error(failure)
	}
	assert.Equal(t, "Hello", a.read(first).text())
	assert.Len(t, v.said(), 1)
}

// A reader that does not read delays neither the turn nor other readers.
func TestStress_AReaderThatDoesNotRead(t *testing.T) {
	t.Parallel()
	piece := strings.Repeat("x", 64<<10)
	middle := make(gate)
	v := newVendor(func(string) []any {
		steps := []any{middle}
		for range 100 {
			steps = append(steps, delta(piece))
		}
		return steps
	})
	s := newSite(t, uistream.Config{Driver: v})
	first := s.begun(v, "m1", "hello")
	address := strings.TrimPrefix(s.server.URL, "http://")
	conn, err := net.Dial("tcp", address)
	require.NoError(t, err)
	defer conn.Close()
	_, err = fmt.Fprintf(conn, "GET /api/chat/c1/stream HTTP/1.1\r\nHost: %s\r\nAuthorization: ann\r\n\r\n", address)
	require.NoError(t, err)
	one := make([]byte, 1)
	_, err = io.ReadFull(conn, one) // it is a reader now
	require.NoError(t, err)
	close(middle)
	n, err := io.Copy(io.Discard, first.Body)
	require.NoError(t, err)
	assert.Greater(t, n, int64(100*len(piece)))
	conn.Close()
}

func TestStress_EverythingIsGivenBack(t *testing.T) {
	v := newVendor(nil)
	s := newSite(t, uistream.Config{Driver: v, MaxTurns: 1000})
	load := func() {
		var wg sync.WaitGroup
		for i := range 50 {
			wg.Go(func() { talkForAWhile(t, s, fmt.Sprint("c", i%7)) })
		}
		wg.Wait()
		s.server.CloseClientConnections()
		eventually(t, func() bool { return v.sessions() == 0 })
	}
	load()
	before := runtime.NumGoroutine()
	heap := liveHeap()
	load()
	load()
	eventually(t, func() bool { return runtime.NumGoroutine() <= before+20 })
	assert.Less(t, liveHeap(), heap+4<<20)
}

func liveHeap() uint64 {
	runtime.GC()
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}

// talkForAWhile says something and leaves at any time.
func talkForAWhile(t *testing.T, s *site, conversation string) {
	for i := range 4 {
		ctx, leave := context.WithTimeout(t.Context(), time.Duration(rand.IntN(20))*time.Millisecond)
		path, method := "", http.MethodPost
		if i%2 == 1 {
			path, method = "/"+conversation+[]string{"/stream", "/events", "/messages"}[rand.IntN(3)], http.MethodGet
		}
		text := strings.NewReader(body(conversation, rand.N(time.Hour).String(), "hello"))
		r, _ := http.NewRequestWithContext(ctx, method, s.url+path, text)
		r.Header.Set("Authorization", "ann")
		r.Header.Set("Content-Type", "application/json")
		if response, err := s.server.Client().Do(r); err == nil {
			_, _ = io.Copy(io.Discard, response.Body)
			response.Body.Close()
		}
		leave()
	}
}

// Two replicas over one store lose their locks again and again. The user sees whole answers, the vendor hears each
// message once. With -short they talk for a shorter time.
func TestStress_LocksAreLostAgainAndAgain(t *testing.T) {
	t.Parallel()
	messages := 40
	if testing.Short() {
		messages = 20
	}
	v := newVendor(func(text string) []any {
		var steps []any
		for _, word := range strings.SplitAfter("You said: "+text, " ") {
			steps = append(steps, delta(word), func() { time.Sleep(rand.N(4 * time.Millisecond)) })
		}
		return steps
	})
	store := newShared()
	a, b := replicas(t, v, store)
	stop := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			select {
			case <-time.After(rand.N(25 * time.Millisecond)):
				store.lose()
			case <-stop:
				return
			}
		}
	})
	for i := range messages {
		text := fmt.Sprint("message ", i, " of many words")
		assert.Equal(t, "You said: "+text, untilWhole(t, []*site{a, b}, fmt.Sprint("m", i), text))
	}
	close(stop)
	wg.Wait()
	heard := map[string]int{}
	for _, text := range v.said() {
		heard[text]++
	}
	assert.Len(t, heard, messages)
	for text, times := range heard {
		assert.Equal(t, 1, times, text)
	}
}

// untilWhole does what a page does: it says text, and after a cut or a failure it asks again.
func untilWhole(t *testing.T, sites []*site, id, text string) string {
	for range 200 {
		s := sites[rand.IntN(len(sites))]
		response := s.request(t.Context(), "ann", http.MethodPost, "", body("c1", id, text))
		if response.StatusCode != http.StatusOK {
			response.Body.Close()
			continue
		}
		m, err := readResponse(response.Body)
		response.Body.Close()
		if err == nil && m.Ended && m.Err == "" {
			return m.text()
		}
	}
	return "no answer after 200 attempts"
}
