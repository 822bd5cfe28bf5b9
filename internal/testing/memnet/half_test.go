package memnet

import (
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestHalf_TakesWhatHasRoom(t *testing.T) {
	h := half{buffer: window}
	assert.Equal(t, window, h.write(make([]byte, window+1)))
	assert.Zero(t, h.write([]byte("x")))
	n, _, err := h.read(make([]byte, 10))
	assert.NoError(t, err)
	assert.Equal(t, 10, n)
	assert.Equal(t, 10, h.write(make([]byte, 100)))
}

func TestHalf_StopsAtItsCut(t *testing.T) {
	h := half{cut: Cut{3, Close}}
	assert.Equal(t, 3, h.write([]byte("hello")))
	assert.Zero(t, h.write([]byte("lo")))
	assert.True(t, h.unread())
}

func TestHalf_StallsOnce(t *testing.T) {
	h := half{stall: Stall{After: 3, For: time.Hour}}
	h.write([]byte("abc"))
	n, _, _ := h.read(make([]byte, 10))
	assert.Equal(t, 3, n, "what came before is not held back")
	h.write([]byte("d"))
	h.finish(io.EOF)
	_, wait, err := h.read(make([]byte, 10))
	assert.NoError(t, err)
	assert.InDelta(t, time.Hour, wait, float64(time.Minute))
	assert.InDelta(t, time.Hour, time.Until(h.endsAt), float64(time.Minute), "the end stands behind the data")
	assert.Zero(t, h.stall)
}

func TestHalf_EndsOnce(t *testing.T) {
	h := half{latency: time.Hour}
	h.finish(io.EOF)
	h.finish(io.ErrUnexpectedEOF)
	_, wait, err := h.read(make([]byte, 1))
	assert.NoError(t, err)
	assert.Positive(t, wait)
	h.fail(io.ErrClosedPipe)
	h.fail(io.EOF)
	assert.Equal(t, io.ErrClosedPipe, h.broken)

	silent := half{silent: true}
	silent.finish(io.EOF)
	_, wait, err = silent.read(make([]byte, 1))
	assert.NoError(t, err)
	assert.Zero(t, wait)
}
