package websocket

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// pipe is a connection that keeps what is written.
type pipe struct{ bytes.Buffer }

func (*pipe) Close() error { return nil }

// The window in which the library writes a message behind the close frame is a few microseconds wide, so a test over
// sockets hits it in one of a thousand runs.
func TestWire_TakesNothingAfterTheCloseFrame(t *testing.T) {
	text := []byte{0x81, 0x81, 1, 2, 3, 4, 'x' ^ 1}
	closing := []byte{0x88, 0x82, 1, 2, 3, 4, 0x03 ^ 1, 0xe8 ^ 2}
	peer := new(pipe)
	w := &wire{body: peer}
	for _, part := range [][]byte{text, closing[:6], closing[6:]} { // the library may flush a frame in parts
		_, err := w.Write(part)
		require.NoError(t, err)
	}
	for _, late := range [][]byte{text, {0x89, 0x80, 1, 2, 3, 4}, closing} {
		_, err := w.Write(late)
		require.ErrorIs(t, err, errCloseSent)
	}
	assert.Equal(t, append(text, closing...), peer.Bytes())
	assert.EqualValues(t, 1, w.messages.Load())
}
