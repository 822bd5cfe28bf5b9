package uistream_test

import (
	"bytes"
	"log/slog"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/seed-127a5941/parley/chat/uistream"
)

// buffer is a bytes.Buffer for a Logger.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// A log that cannot be appended to costs other replicas' readers the stream, which an operator has to know.
func TestLog_AFailedAppendIsLogged(t *testing.T) {
	t.Parallel()
	simulate(t, func(t testing.TB) {
		var logged buffer
		store := newShared()
		s := newSite(t, uistream.Config{
			Driver: newVendor(nil), Store: store, Logger: slog.New(slog.NewTextHandler(&logged, nil)),
		})
		store.failNext("append", 1)
		assert.Equal(t, "You said: hello", s.say("c1", "m1", "hello").text())
		// Readers do not wait for the log.
		eventually(t, func() bool { return strings.Contains(logged.String(), "append") })
		assert.Contains(t, logged.String(), "level=WARN")
	})
}
