package main

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"net/http"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/internal/testing/redisserver"
	"github.com/seed-127a5941/parley/siteassist/siteassisttest"
)

var load = flag.Int("load", 0, "how many streams TestLoad opens at once; 0 skips it")

// TestLoad measures a replica, a process of its own, with many streams open at once: answers of SiteAssist under way,
// each to another user. The fake and the users are in this process.
//
//	go test -run TestLoad -load 5000 -v .
func TestLoad(t *testing.T) {
	if *load == 0 {
		t.Skip("-load says how many streams to open")
	}
	t.Run("memory", func(t *testing.T) { measure(t, *load) })
	t.Run("redis", func(t *testing.T) {
		address := redisserver.Test(t).Addr()
		measure(t, *load, "-redis", address, "-key-file", keyFile(t))
	})
}

func measure(t *testing.T, n int, args ...string) {
	server, env := slowSite(t, 0)
	server.Answer(func(siteassisttest.Message) siteassisttest.Answer {
		return siteassisttest.Answer{
			Text: strings.Repeat("word ", 20), Fault: siteassisttest.FaultStall, FaultAfter: 12,
		}
	})
	_, url := spawnGateway(t, lines(env), args...)
	transport := &http.Transport{MaxIdleConns: n, MaxIdleConnsPerHost: n}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport}
	cookies := make([]string, n)
	for i := range cookies {
		response, err := client.Get(url + "/")
		require.NoError(t, err)
		response.Body.Close()
		cookies[i], _, _ = strings.Cut(response.Header.Get("Set-Cookie"), ";")
	}
	before := gauges(t, client, url)
	ctx, leave := context.WithCancel(t.Context())
	defer leave()
	began := time.Now()
	var opened, left sync.WaitGroup
	places := make(chan struct{}, 100) // as many are opened at a time
	for i, cookie := range cookies {
		opened.Add(1)
		left.Go(func() {
			places <- struct{}{}
			response, err := client.Do(say(ctx, url, i, cookie))
			<-places
			if err != nil {
				t.Error(err)
				opened.Done()
				return
			}
			defer response.Body.Close()
			lines := bufio.NewScanner(response.Body)
			for lines.Scan() && !strings.Contains(lines.Text(), "text-delta") {
			}
			opened.Done()
			for lines.Scan() {
			}
		})
	}
	opened.Wait()
	took := time.Since(began)
	after := gauges(t, client, url)
	per := func(name string) float64 { return (after[name] - before[name]) / float64(n) }
	t.Logf("%d cores, %s: %d streams open, opened within %s (%d at a time)", runtime.NumCPU(), runtime.Version(), n,
		took.Round(10*time.Millisecond), cap(places))
	t.Logf("resident memory %.0f MiB -> %.0f MiB, per stream %.1f KiB; heap in use per stream %.1f KiB; goroutines "+
		"per stream %.1f",
		before["process_resident_memory_bytes"]/(1<<20), after["process_resident_memory_bytes"]/(1<<20),
		per("process_resident_memory_bytes")/1024, per("go_memstats_heap_inuse_bytes")/1024, per("go_goroutines"))
	leave()
	left.Wait()
}

// say is the request with which user i says something.
func say(ctx context.Context, url string, i int, cookie string) *http.Request {
	body := message(fmt.Sprintf("c-%d", i), "m-1", "Hello")
	// a valid URL
	r, _ := http.NewRequestWithContext(ctx, http.MethodPost, url+"/api/siteassist", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Cookie", cookie)
	return r
}

// gauges reads the values without labels of /metrics.
func gauges(t *testing.T, client *http.Client, url string) map[string]float64 {
	response, err := client.Get(url + "/metrics")
	require.NoError(t, err)
	defer response.Body.Close()
	values := map[string]float64{}
	for lines := bufio.NewScanner(response.Body); lines.Scan(); {
		name, value, _ := strings.Cut(lines.Text(), " ")
		if number, err := strconv.ParseFloat(value, 64); err == nil {
			values[name] = number
		}
	}
	return values
}
