package main

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTelemetry_CountsRequestsByRoute(t *testing.T) {
	b := open(t, start(t, none).url)
	b.get("/api/vendors")
	b.get("/secret-path")
	_, text := b.do(http.MethodGet, "/metrics", "")
	assert.Contains(t, text,
		`http_server_request_duration_seconds_count{http_response_status_code="200",http_route="GET /api/vendors"`)
	assert.Contains(t, text, "http_server_active_requests")
	assert.Contains(t, text, "process_resident_memory_bytes")
	assert.Contains(t, text, "go_goroutines")
	assert.NotContains(t, text, "secret-path")
}

// TestTelemetry_SendsSpansToACollector holds that the spans that were not sent yet are sent at the end, and that no
// path is in them.
func TestTelemetry_SendsSpansToACollector(t *testing.T) {
	bodies := make(chan string, 10)
	collector := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body := make([]byte, 1<<20)
		n, _ := r.Body.Read(body)
		bodies <- r.URL.Path + string(body[:n])
	}))
	defer collector.Close()
	r := start(t, none, "-otlp", collector.URL)
	b := open(t, r.url)
	b.get("/secret-path")
	b.get("/api/vendors")
	r.stop()
	require.NoError(t, r.wait())
	sent := <-bodies
	assert.Contains(t, sent, "/v1/traces")
	assert.Contains(t, sent, "GET /api/vendors")
	assert.NotContains(t, sent, "secret-path")
}

// TestResponse_AClientThatReadsNothingLosesItsConnection brings the deadline of a write forward.
func TestResponse_AClientThatReadsNothingLosesItsConnection(t *testing.T) {
	ended := make(chan error, 1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		writer := &response{w, http.NewResponseController(impatient{w}), http.StatusOK}
		for {
			if _, err := writer.Write(make([]byte, 1<<20)); err != nil {
				ended <- err
				return
			}
		}
	}))
	defer server.Close()
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	require.NoError(t, err)
	defer conn.Close()
	fmt.Fprint(conn, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	var timeout net.Error
	require.ErrorAs(t, <-ended, &timeout)
	assert.True(t, timeout.Timeout())
}

// impatient brings write deadlines forward.
type impatient struct{ http.ResponseWriter }

func (i impatient) SetWriteDeadline(time.Time) error {
	return http.NewResponseController(i.ResponseWriter).SetWriteDeadline(time.Now().Add(50 * time.Millisecond))
}
