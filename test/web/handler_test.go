package web_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/chat"
	"github.com/seed-127a5941/parley/chat/uistream"
)

// newAPI serves a vendor's conversations below the returned URL, which has no slash at its end.
func newAPI(t *testing.T, v *vendor) string {
	t.Helper()
	server := httptest.NewServer(newHandler(t, v))
	t.Cleanup(server.Close)
	return server.URL + "/chat"
}

// joined counts the responses to GET /{id}/stream of which something was written, be it a heartbeat.
type joined struct {
	http.Handler
	count atomic.Int64
}

func (j *joined) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasSuffix(r.URL.Path, "/stream") {
		w = &firstWrite{ResponseWriter: w, once: sync.OnceFunc(func() { j.count.Add(1) })}
	}
	j.Handler.ServeHTTP(w, r)
}

// firstWrite calls once at its first write.
type firstWrite struct {
	http.ResponseWriter
	once func()
}

func (w *firstWrite) Write(p []byte) (int, error) {
	defer w.once()
	return w.ResponseWriter.Write(p)
}

func (w *firstWrite) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// newHandler serves a vendor's conversations at /chat.
func newHandler(t *testing.T, v *vendor) http.Handler {
	t.Helper()
	handler, err := uistream.NewHandler(uistream.Config{
		Driver:       v.driver,
		User:         func(*http.Request) (chat.User, error) { return chat.User{ID: "customer-7", Name: "Ada"}, nil },
		PollInterval: 50 * time.Millisecond, RecoverWait: 2 * time.Second, MaxWait: 3 * time.Second,
		Heartbeat: 50 * time.Millisecond, Logger: slog.New(slog.NewTextHandler(t.Output(), nil)),
	})
	require.NoError(t, err)
	t.Cleanup(func() {
		v.gate.open()
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		assert.NoError(t, handler.Shutdown(ctx))
	})
	mux := http.NewServeMux()
	mux.Handle("/chat", http.StripPrefix("/chat", handler))
	mux.Handle("/chat/", http.StripPrefix("/chat", handler))
	return mux
}

// eachVendor runs a test with each vendor and each version of ai.
func eachVendor(t *testing.T, names []string, test func(t *testing.T, v *vendor, n *node, version string)) {
	t.Helper()
	eachVersion(t, func(t *testing.T, n *node, version string) {
		for _, name := range names {
			t.Run(name, func(t *testing.T) { test(t, newVendor(t, name), n.of(t), version) })
		}
	})
}

// eventually waits until a condition is true.
func eventually(t *testing.T, condition func() bool) {
	t.Helper()
	require.Eventually(t, condition, patience, 5*time.Millisecond)
}
