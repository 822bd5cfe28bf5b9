//go:build unix

package redisserver

import (
	"context"
	"net"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestServer_IsPausedKilledAndRestarted(t *testing.T) {
	server := Test(t, "--appendonly", "yes")
	assert.Equal(t, "+OK", say(t, server, "SET name parley"))

	require.NoError(t, server.Pause())
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	assert.Error(t, ping(ctx, server.Addr()), "a paused server answers nothing")
	require.NoError(t, server.Resume())
	require.NoError(t, waitForPong(t.Context(), server.Addr()))

	require.NoError(t, server.Kill())
	require.NoError(t, server.Kill(), "killing it twice does no harm")
	assert.ErrorContains(t, server.Pause(), "does not run")
	assert.Error(t, ping(t.Context(), server.Addr()))
	require.NoError(t, server.Restart())
	assert.Contains(t, say(t, server, "GET name"), "parley", "the files are still there")
}

func TestStart_TellsWhatTheServerSaid(t *testing.T) {
	Test(t)
	_, err := Start(t.TempDir(), "--no-such-flag", "1")
	assert.ErrorContains(t, err, "no-such-flag")
}

func TestStart_WithoutTheDebianPackage(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	_, err := Start(t.TempDir())
	require.ErrorIs(t, err, ErrMissing)
	assert.EqualError(t, err, "Debian package redis-server is missing")

	assert.True(t, endOf(t, false).skipped)
	failed := endOf(t, true)
	assert.False(t, failed.skipped)
	assert.Contains(t, failed.text, "Debian package redis-server is missing")
}

func TestPing_AnotherServer(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			_, _ = conn.Write([]byte("-LOADING\r\n"))
			_ = conn.Close()
		}
	}()
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	assert.ErrorContains(t, waitForPong(ctx, listener.Addr().String()), "did not answer")
}

// ending is a test that records how it was ended.
type ending struct {
	testing.TB
	skipped bool
	text    string
}

func (e *ending) Helper() {}

func (e *ending) Skip(args ...any) {
	e.skipped = true
	runtime.Goexit()
}

func (e *ending) Fatal(args ...any) {
	e.text = args[0].(error).Error()
	runtime.Goexit()
}

func endOf(t *testing.T, fail bool) *ending {
	e := &ending{TB: t}
	done := make(chan struct{})
	go func() {
		defer close(done)
		skip(e, fail)
	}()
	<-done
	return e
}

func say(t *testing.T, server *Server, line string) string {
	t.Helper()
	conn, err := net.Dial("tcp", server.Addr())
	require.NoError(t, err)
	defer conn.Close()
	_, err = conn.Write([]byte(line + "\r\nQUIT\r\n"))
	require.NoError(t, err)
	var text strings.Builder
	buffer := make([]byte, 1024)
	for {
		n, err := conn.Read(buffer)
		text.Write(buffer[:n])
		if err != nil {
			return strings.TrimSuffix(strings.TrimSuffix(text.String(), "\r\n+OK\r\n"), "\r\n")
		}
	}
}
