package uistream_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/chat/uistream"
	"github.com/seed-127a5941/parley/internal/testing/memnet"
)

// simulation is a test in simulated time. Its sites are hosts of a network in memory.
type simulation struct {
	*testing.T
	network *memnet.Network
	hosts   int
}

// simulate runs f in simulated time, in which waits for backoffs, leases and recoveries take none of ours.
func simulate(t *testing.T, f func(t testing.TB)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { f(&simulation{T: t, network: memnet.New()}) })
}

// serve returns a server on loopback, or on the network of a simulation.
func serve(t testing.TB, handler http.Handler) *httptest.Server {
	t.Helper()
	s, simulated := t.(*simulation)
	if !simulated {
		return httptest.NewServer(handler)
	}
	s.hosts++
	listener, err := s.network.Listen(fmt.Sprintf("192.0.2.%d:80", s.hosts))
	require.NoError(t, err)
	config := &http.Server{Handler: handler, ReadHeaderTimeout: time.Minute}
	server := &httptest.Server{Listener: listener, Config: config}
	server.Start()
	server.Client().Transport.(*http.Transport).DialContext = s.network.DialContext
	return server
}

func TestSimulate_TimeIsSimulatedAndSitesAnswer(t *testing.T) {
	began := time.Now()
	simulate(t, func(t testing.TB) {
		began := time.Now()
		v := newVendor(always(func() { time.Sleep(time.Minute) }, delta("Hello")))
		a, b := replicas(t, v, uistream.NewMemoryStore())
		assert.Equal(t, "Hello", a.say("c1", "m1", "hello").text())
		assert.Equal(t, "Hello", b.say("c1", "m1", "hello").text())
		assert.GreaterOrEqual(t, time.Since(began), time.Minute)
	})
	assert.Less(t, time.Since(began), time.Minute)
}
