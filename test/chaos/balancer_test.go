package chaos

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// gatewayOf returns a replica whose requests a handler serves. It is ready.
func gatewayOf(t *testing.T, handler http.HandlerFunc) *replica {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/readyz" {
			handler(w, r)
		}
	}))
	t.Cleanup(server.Close)
	return &replica{url: server.URL}
}

func balance(t *testing.T, replicas ...*replica) *balancer {
	t.Helper()
	b, err := newBalancer(t.Context(), replicas)
	require.NoError(t, err)
	t.Cleanup(b.close)
	return b
}

func post(t *testing.T, url string) (int, string) {
	t.Helper()
	response, err := http.Post(url, "text/plain", strings.NewReader("hello"))
	require.NoError(t, err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return response.StatusCode, string(body)
}

func TestBalancer_LeavesOutReplicasThatTakeNoConnection(t *testing.T) {
	alive := gatewayOf(t, func(w http.ResponseWriter, r *http.Request) { _, _ = io.Copy(w, r.Body) })
	dead := &replica{url: "http://127.0.0.1:1"}
	b := balance(t, dead, alive)
	for range 6 {
		status, body := post(t, b.url())
		assert.Equal(t, http.StatusOK, status)
		assert.Equal(t, "hello", body)
	}
	alive.setAddress("")
	status, body := post(t, b.url())
	assert.Equal(t, http.StatusBadGateway, status)
	assert.Contains(t, body, "Please try again.")
}

func TestBalancer_SendsNothingTwice(t *testing.T) {
	var heard atomic.Int64
	cuts := func(http.ResponseWriter, *http.Request) {
		heard.Add(1)
		panic(http.ErrAbortHandler)
	}
	b := balance(t, gatewayOf(t, cuts), gatewayOf(t, cuts))
	status, _ := post(t, b.url())
	assert.Equal(t, http.StatusBadGateway, status)
	assert.EqualValues(t, 1, heard.Load())
}

func TestBalancer_PrefersReplicasThatAreReady(t *testing.T) {
	b := balance(t, &replica{url: "http://127.0.0.1:1"}, gatewayOf(t, nil))
	require.Eventually(t, func() bool {
		first, second := b.candidates()[0], b.candidates()[0] // a dead one would come first every other time
		return first != "http://127.0.0.1:1" && second == first
	}, 10*time.Second, 10*time.Millisecond)
}
