package fakeserver

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// streaming sends four events, two of them in one write, and acts when it has sent them all.
func streaming(s **Server) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		for _, text := range []string{"data: 1\n\n", "data: 2\n\ndata: 3\n\n", "data: 4\n\n"} {
			_, _ = io.WriteString(w, text)
			_ = http.NewResponseController(w).Flush()
		}
		(*s).Act(Action{Text: "streamed"})
	}
}

func startStreaming(t *testing.T) (*Server, *http.Client) {
	var s *Server
	s, c := start(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { streaming(&s)(w, r) }))
	return s, c
}

func read(t *testing.T, c *http.Client, url string) (string, error) {
	resp, err := c.Get(url)
	require.NoError(t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return string(body), err
}

func TestAfterEvents_EndsTheConnectionAndTheServerActs(t *testing.T) {
	for n, want := range []string{
		1: "data: 1\n\n", 2: "data: 1\n\ndata: 2\n\n", 3: "data: 1\n\ndata: 2\n\ndata: 3\n\n",
	} {
		if n == 0 {
			continue
		}
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			s, c := startStreaming(t)
			s.Fail(1, Failure{AfterEvents: n})
			body, err := read(t, c, s.URL())
			require.ErrorIs(t, err, io.ErrUnexpectedEOF)
			assert.Equal(t, want, body)
			s.Close() // waits for the handler
			assert.Len(t, s.Ledger(), 1)
		})
	}
}

func TestAfterEvents_WithReset(t *testing.T) {
	s, c := startStreaming(t)
	s.Fail(1, Failure{AfterEvents: 2, Reset: true})
	resp, err := c.Get(s.URL())
	if err == nil {
		defer resp.Body.Close()
		_, err = io.ReadAll(resp.Body)
	}
	require.ErrorIs(t, err, syscall.ECONNRESET)
}

func TestAfterEvents_GarbageAndBodyAreWrittenIntoTheStream(t *testing.T) {
	s, c := startStreaming(t)
	s.Fail(1, Failure{AfterEvents: 1, Garbage: "\x00garbage", Body: "data: error\n\n"})
	body, err := read(t, c, s.URL())
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	assert.Equal(t, "data: 1\n\n\x00garbagedata: error\n\n", body)
}

func TestAfterEvents_MoreThanThereAreArriveWhole(t *testing.T) {
	s, c := startStreaming(t)
	s.Fail(1, Failure{AfterEvents: 5})
	body, err := read(t, c, s.URL())
	require.NoError(t, err)
	assert.Equal(t, 4, strings.Count(body, "data:"))
}

func TestAfterEvents_OtherResponsesArriveWhole(t *testing.T) {
	s, c := startKeeping(t)
	s.Fail(1, Failure{AfterEvents: 1})
	_, body := post(t, c, s.URL(), "x")
	assert.Equal(t, "kept ", body)
}

func TestAfterEvents_WaitsBeforeItEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s *Server
		s, c := startInMemory(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { streaming(&s)(w, r) }))
		s.Fail(1, Failure{AfterEvents: 1, Delay: time.Minute})
		began := time.Now()
		_, err := read(t, c, s.URL())
		require.Error(t, err)
		assert.Equal(t, time.Minute, time.Since(began))
	})
}
