package siteassist

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/seed-127a5941/parley/internal/testing/fakeserver"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// basePath stands before the API's paths in all tests, so that code which forgets it fails.
const basePath = "/prefix/v9"

const (
	testToken = "token-that-nobody-may-see"
	testKey   = "pk_key-that-nobody-may-see"
	testID    = "123e4567-e89b-12d3-a456-426614174000"
)

// serve starts a server with h and returns a client for it.
func serve(t testing.TB, h http.HandlerFunc, change ...func(*Config)) (*Client, *fakeserver.Server) {
	t.Helper()
	server := fakeserver.New(h)
	transport := &http.Transport{}
	t.Cleanup(func() {
		server.Close()
		transport.CloseIdleConnections()
	})
	cfg := Config{
		BaseURL: server.URL() + basePath, Token: testToken, PublishableKey: testKey,
		HTTPClient: &http.Client{Transport: transport}, MaxRetryWait: time.Millisecond,
	}
	for _, f := range change {
		f(&cfg)
	}
	client, err := NewClient(cfg)
	require.NoError(t, err)
	return client, server
}

// reply answers every request in the same way.
func reply(status int, contentType, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

// stride is the distance of the positions at which a stream is cut. With -short every third one is tried.
func stride() int {
	if testing.Short() {
		return 3
	}
	return 1
}

// roundTrip is a server without a socket.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		_, _ = io.Copy(io.Discard, r.Body)
		_ = r.Body.Close()
	}
	return f(r)
}

// inMemory returns a client whose server answers every request with body.
func inMemory(
	t testing.TB, contentType string, body func(*http.Request) io.ReadCloser, change ...func(*Config),
) *Client {
	t.Helper()
	cfg := Config{BaseURL: "https://siteassist.example" + basePath, Token: testToken, PublishableKey: testKey}
	cfg.HTTPClient = &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		return &http.Response{
			StatusCode: 200, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: r, ContentLength: -1,
			Header: http.Header{"Content-Type": {contentType}}, Body: body(r),
		}, nil
	})}
	for _, f := range change {
		f(&cfg)
	}
	client, err := NewClient(cfg)
	require.NoError(t, err)
	return client
}

// whole is a body that is read at once.
func whole(s string) func(*http.Request) io.ReadCloser {
	return func(*http.Request) io.ReadCloser { return io.NopCloser(strings.NewReader(s)) }
}

// hello is a whole stream with the text helloText.
const (
	hello = `data: {"type":"start","messageId":"m1"}

data: {"type":"start-step"}

data: {"type":"text-start","id":"t1"}

data: {"type":"text-delta","id":"t1","delta":"Hello, "}

data: {"type":"text-delta","id":"t1","delta":"wörld!"}

data: {"type":"text-end","id":"t1"}

data: {"type":"finish-step"}

data: {"type":"finish","finishReason":"stop"}

data: [DONE]

`
	helloText = "Hello, wörld!"
)

func stream(t testing.TB, client *Client) *Stream {
	t.Helper()
	s, err := client.Messages.Stream(t.Context(), testID, SendMessageParams{Content: "Hi"})
	require.NoError(t, err)
	t.Cleanup(func() { _ = s.Close() })
	return s
}

// serveHTTP2 starts a TLS server that speaks HTTP/2 and returns a client for it and the number of requests.
func serveHTTP2(t testing.TB, h http.HandlerFunc, change ...func(*Config)) (*Client, *atomic.Int64) {
	t.Helper()
	requests := new(atomic.Int64)
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		if r.ProtoMajor != 2 {
			t.Error("not HTTP/2")
		}
		h(w, r)
	}))
	server.EnableHTTP2 = true
	server.StartTLS()
	t.Cleanup(server.Close)
	cfg := Config{BaseURL: server.URL + basePath, Token: testToken, HTTPClient: server.Client()}
	for _, f := range change {
		f(&cfg)
	}
	client, err := NewClient(cfg)
	require.NoError(t, err)
	return client, requests
}

// printed returns v in all the ways in which values are printed and logged.
func printed(v any) []string {
	var out []string
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%d", "%q", "%x"} {
		out = append(out, fmt.Sprintf(verb, v))
	}
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "v", v)
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "v", v)
	return append(out, log.String())
}

func get[T any](t *testing.T, body string, call func(*Client) (T, error)) T {
	t.Helper()
	client, _ := serve(t, reply(200, "application/json", body))
	got, err := call(client)
	require.NoError(t, err)
	return got
}

// timeText returns the text that the server sent for at.
func timeText(at Time) string {
	if at.IsZero() {
		return at.Text
	}
	return at.Format(time.RFC3339)
}
