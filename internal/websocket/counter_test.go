package websocket

import (
	"bytes"
	"io"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// pipe is a connection that keeps the bytes that are written.
type pipe struct{ bytes.Buffer }

func (*pipe) Close() error { return nil }

// The library writes a message behind the close frame only within a few microseconds, so a test over sockets would see
// it in one of a thousand runs.
func TestCounter_TakesNothingAfterTheCloseFrame(t *testing.T) {
	text := []byte{0x81, 0x81, 1, 2, 3, 4, 'x' ^ 1}
	closing := []byte{0x88, 0x82, 1, 2, 3, 4, 0x03 ^ 1, 0xe8 ^ 2}
	peer := new(pipe)
	w := &frameCounter{body: peer, clock: newClock()}
	for _, part := range [][]byte{text, closing[:6], closing[6:]} { // the library may flush a frame in parts
		_, err := w.Write(part)
		require.NoError(t, err)
	}
	for _, late := range [][]byte{text, {0x89, 0x80, 1, 2, 3, 4}, closing} {
		_, err := w.Write(late)
		require.ErrorIs(t, err, errCloseSent)
	}
	assert.Equal(t, append(text, closing...), peer.Bytes())
	assert.Equal(t, wroteAll, w.wrote())
}

// narrow is a connection that accepts so many bytes and then fails.
type narrow struct {
	pipe
	room int
}

func (n *narrow) Write(p []byte) (int, error) {
	taken := min(n.room, len(p))
	n.room -= taken
	if taken < len(p) {
		return taken, io.ErrClosedPipe
	}
	return taken, nil
}

func TestCounter_TellsHowMuchOfAMessageWasWritten(t *testing.T) {
	frame := []byte{0x81, 0x83, 1, 2, 3, 4, 'a', 'b', 'c'}
	for room := range len(frame) + 1 {
		w := &frameCounter{body: &narrow{room: room}, clock: newClock()}
		w.begin()
		require.Equal(t, wroteNothing, w.wrote())
		_, err := w.Write(frame[:6])
		if err == nil {
			_, err = w.Write(frame[6:])
		}
		w.finish(err)
		want := wrotePart
		switch room {
		case 0:
			want = wroteNothing
		case len(frame):
			want = wroteAll
		}
		assert.Equal(t, want, w.wrote(), "%d bytes", room)
	}
}

func TestCounter_ControlFramesAreNoMessages(t *testing.T) {
	w := &frameCounter{body: new(pipe), clock: newClock()}
	w.begin()
	_, err := w.Write([]byte{0x89, 0x80, 1, 2, 3, 4})
	require.NoError(t, err)
	assert.Equal(t, wroteNothing, w.wrote())
}

// A message that begins while the connection is checked must not seem to have made no progress since the one before.
func TestCounter_AMessageThatBeginsIsNotIdle(t *testing.T) {
	t.Parallel()
	for range 100_000 {
		w := &frameCounter{clock: clock{start: time.Now().Add(-time.Hour)}} // it last wrote an hour ago
		var checking, begun sync.WaitGroup
		checking.Add(1)
		begun.Go(func() {
			checking.Wait()
			w.begin()
		})
		checking.Done()
		idle, writes := w.idle()
		begun.Wait()
		if writes {
			require.Less(t, idle, stuckAfter)
		}
	}
}

func TestCounter_ReadsNothingBeforeTheHandshakeIsComplete(t *testing.T) {
	body := new(pipe)
	body.WriteString("bytes")
	w := &frameCounter{body: body, clock: newClock()}
	_, err := w.Read(make([]byte, 1))
	require.Equal(t, io.EOF, err)
	w.open.Store(true)
	_, err = w.Read(make([]byte, 5))
	require.NoError(t, err)
	assert.EqualValues(t, 5, w.received.Load())
}

func TestFrameLength(t *testing.T) {
	assert.EqualValues(t, 2+3, frameLength([]byte{0x81, 3}))
	assert.EqualValues(t, 2+4+3, frameLength([]byte{0x81, 0x83}))
	assert.EqualValues(t, 2+2+4+0x1234, frameLength([]byte{0x81, 0x80 | 126, 0x12, 0x34}))
	assert.EqualValues(t, 2+8+4+0x10000, frameLength([]byte{0x81, 0x80 | 127, 0, 0, 0, 0, 0, 1, 0, 0}))
}
