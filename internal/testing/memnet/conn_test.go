package memnet

import (
	"bytes"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// window is a limit of the bytes that a direction holds.
const window = 64 << 10

func newReader(p []byte) io.Reader { return bytes.NewReader(p) }

func TestConn_LatencyAndBandwidth(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server, _ := ends(t, Path{Latency: 100 * time.Millisecond, Bandwidth: 1000})
		began := time.Now()
		_, err := client.Write(make([]byte, 500))
		require.NoError(t, err)
		assert.Equal(t, began, time.Now(), "a write does not wait for the reader")
		_, err = io.ReadFull(server, make([]byte, 500))
		require.NoError(t, err)
		assert.Equal(t, 600*time.Millisecond, time.Since(began))

		// Two writes share the line, and the other direction is free.
		began = time.Now()
		_, _ = client.Write(make([]byte, 500))
		_, _ = client.Write(make([]byte, 500))
		_, _ = server.Write(make([]byte, 100))
		_, err = io.ReadFull(client, make([]byte, 100))
		require.NoError(t, err)
		assert.Equal(t, 200*time.Millisecond, time.Since(began))
		_, err = io.ReadFull(server, make([]byte, 1000))
		require.NoError(t, err)
		assert.Equal(t, 1100*time.Millisecond, time.Since(began))
	})
}

func TestConn_WriteWaitsForTheReaderBehindAFullBuffer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server, _ := ends(t, Path{Buffer: window})
		done := false
		go func() {
			_, err := client.Write(make([]byte, window+1))
			assert.NoError(t, err)
			done = true
		}()
		synctest.Wait()
		assert.False(t, done)
		_, err := server.Read(make([]byte, 1))
		require.NoError(t, err)
		synctest.Wait()
		assert.True(t, done)
		assert.Equal(t, window+1, client.Sent())
	})
}

// The connection ends after each byte of each direction, in each way.
func TestConn_CutAfterEachByte(t *testing.T) {
	const text = "hello, network"
	for _, how := range []Ending{Close, Reset, Silence} {
		for cut := range len(text) {
			for _, up := range []bool{true, false} {
				synctest.Test(t, func(t *testing.T) {
					path := Path{Latency: time.Millisecond, Down: Cut{cut, how}}
					if up {
						path.Up, path.Down = path.Down, Cut{}
					}
					from, to, _ := ends(t, path)
					if !up {
						from, to = to, from
					}
					cutAt(t, from, to, text, cut, how)
				})
			}
		}
	}
}

// cutAt writes text, of which a number of bytes arrives.
func cutAt(t *testing.T, from, to *Conn, text string, cut int, how Ending) {
	n, err := io.WriteString(from, text)
	if how == Silence {
		require.NoError(t, err)
	} else {
		require.Error(t, err)
		assert.Equal(t, cut, n)
	}
	require.NoError(t, to.SetReadDeadline(time.Now().Add(time.Hour)))
	require.NoError(t, from.SetReadDeadline(time.Now().Add(time.Hour)))
	got, err := io.ReadAll(to)
	assert.Equal(t, text[:cut], string(got))
	_, back := from.Read(make([]byte, 1))
	switch how {
	case Close:
		assert.NoError(t, err)
		assert.ErrorIs(t, back, io.EOF)
	case Reset:
		assert.ErrorIs(t, err, syscall.ECONNRESET)
		assert.ErrorIs(t, back, syscall.ECONNRESET)
	case Silence:
		assert.ErrorIs(t, err, os.ErrDeadlineExceeded)
		assert.ErrorIs(t, back, os.ErrDeadlineExceeded)
	}
}

func TestConn_SilenceHidesACloseAndFillsTheBuffer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server, _ := ends(t, Path{Buffer: window})
		_, err := client.Write([]byte("before"))
		require.NoError(t, err)
		client.Break(Silence)
		require.NoError(t, client.SetWriteDeadline(time.Now().Add(time.Minute)))
		n, err := client.Write(make([]byte, 2*window))
		assert.ErrorIs(t, err, os.ErrDeadlineExceeded)
		assert.Equal(t, window-len("before"), n)
		require.NoError(t, client.Close())

		got := make([]byte, 10)
		n, err = server.Read(got)
		require.NoError(t, err)
		assert.Equal(t, "before", string(got[:n]))
		require.NoError(t, server.SetReadDeadline(time.Now().Add(time.Hour)))
		_, err = server.Read(got)
		assert.ErrorIs(t, err, os.ErrDeadlineExceeded)
		_, err = server.Write([]byte("x"))
		assert.NoError(t, err)
	})
}

func TestConn_SilenceEndsWithTheKeepAlive(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server, _ := ends(t, Path{KeepAlive: time.Minute})
		_, err := client.Write([]byte("before"))
		require.NoError(t, err)
		client.Break(Silence)
		client.Break(Reset) // nobody hears of it
		began := time.Now()
		got, err := io.ReadAll(server)
		require.ErrorIs(t, err, syscall.ETIMEDOUT)
		assert.Equal(t, "before", string(got))
		assert.Equal(t, time.Minute, time.Since(began))
		_, err = client.Write([]byte("x"))
		require.ErrorIs(t, err, syscall.ETIMEDOUT)
	})
}

func TestConn_CloseIsSeenAfterTheData(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server, _ := ends(t, Path{Latency: time.Second})
		_, err := io.WriteString(client, "last words")
		require.NoError(t, err)
		require.NoError(t, client.Close())
		require.ErrorIs(t, client.Close(), net.ErrClosed)
		began := time.Now()
		got, err := io.ReadAll(server)
		require.NoError(t, err)
		assert.Equal(t, "last words", string(got))
		assert.Equal(t, time.Second, time.Since(began))
		_, err = server.Write([]byte("x"))
		require.ErrorIs(t, err, syscall.EPIPE)
		for _, fail := range []func([]byte) (int, error){client.Read, client.Write} {
			_, err = fail([]byte("x"))
			require.ErrorIs(t, err, net.ErrClosed)
		}
		require.ErrorIs(t, client.SetDeadline(time.Now()), net.ErrClosed)
	})
}

func TestConn_CloseBeforeAllIsReadIsAReset(t *testing.T) {
	client, server, _ := ends(t, Path{})
	_, err := io.WriteString(client, "unread")
	require.NoError(t, err)
	require.NoError(t, server.Close())
	_, err = client.Read(make([]byte, 1))
	assert.ErrorIs(t, err, syscall.ECONNRESET)
}

func TestConn_CloseWithoutLingerIsAReset(t *testing.T) {
	client, server, _ := ends(t, Path{})
	_, err := io.WriteString(server, "data")
	require.NoError(t, err)
	require.NoError(t, server.SetLinger(0))
	require.NoError(t, server.Close())
	got, err := io.ReadAll(client)
	assert.ErrorIs(t, err, syscall.ECONNRESET)
	assert.Equal(t, "data", string(got))
}

func TestConn_CloseWriteLeavesTheOtherDirection(t *testing.T) {
	client, server, _ := ends(t, Path{})
	require.NoError(t, client.CloseWrite())
	_, err := client.Write([]byte("x"))
	require.ErrorIs(t, err, net.ErrClosed)
	got, err := io.ReadAll(server)
	require.NoError(t, err)
	assert.Empty(t, got)
	_, err = io.WriteString(server, "reply")
	require.NoError(t, err)
	require.NoError(t, server.CloseWrite())
	got, err = io.ReadAll(client)
	require.NoError(t, err)
	assert.Equal(t, "reply", string(got))
}

func TestConn_DeadlineEndsAWaitAndCanBeLifted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server, _ := ends(t, Path{})
		require.NoError(t, client.SetReadDeadline(time.Now().Add(-time.Second)))
		_, err := client.Read(make([]byte, 1))
		require.ErrorIs(t, err, os.ErrDeadlineExceeded)

		ended := make(chan error)
		require.NoError(t, client.SetReadDeadline(time.Time{}))
		go func() { _, err := client.Read(make([]byte, 1)); ended <- err }()
		synctest.Wait()
		require.NoError(t, client.SetReadDeadline(time.Now().Add(time.Minute)))
		require.ErrorIs(t, <-ended, os.ErrDeadlineExceeded)

		require.NoError(t, client.SetDeadline(time.Time{}))
		_, _ = io.WriteString(server, "x")
		n, err := client.Read(make([]byte, 10))
		require.NoError(t, err)
		assert.Equal(t, 1, n)
		n, err = client.Read(nil)
		require.NoError(t, err)
		assert.Zero(t, n)
	})
}

func TestConn_Addresses(t *testing.T) {
	client, server, _ := ends(t, Path{})
	assert.Equal(t, host, client.RemoteAddr().String())
	assert.Equal(t, client.LocalAddr(), server.RemoteAddr())
	assert.Equal(t, server.LocalAddr(), client.RemoteAddr())
	assert.True(t, strings.HasPrefix(client.LocalAddr().String(), "192.0.2.1:"))
	words := []string{Never.String(), Close.String(), Reset.String(), Silence.String()}
	assert.Equal(t, []string{"never", "close", "reset", "silence"}, words)
}

// Many writers and readers, for the race detector.
func TestConn_ConcurrentUse(t *testing.T) {
	client, server, _ := ends(t, Path{})
	for range 4 {
		go func() {
			for range 100 {
				_, _ = client.Write(make([]byte, 100))
			}
		}()
	}
	_, err := io.ReadFull(server, make([]byte, 4*100*100))
	require.NoError(t, err)
}
