package uistream

import (
	"context"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestKeyLocks_OneAtATimeAndNoTrace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		locks := keyLocks{held: map[key]*keyLock{}}
		k := key{"ann", "c1"}
		unlock, err := locks.lock(t.Context(), k)
		require.NoError(t, err)
		other, err := locks.lock(t.Context(), key{"bob", "c1"})
		require.NoError(t, err)
		other()
		ctx, cancel := context.WithCancel(t.Context())
		left := make(chan error, 1)
		go func() {
			_, err := locks.lock(ctx, k)
			left <- err
		}()
		got := make(chan bool, 1)
		go func() {
			unlock, err := locks.lock(t.Context(), k)
			assert.NoError(t, err)
			unlock()
			got <- true
		}()
		synctest.Wait()
		cancel()
		require.ErrorIs(t, <-left, context.Canceled)
		unlock()
		assert.True(t, <-got)
		assert.Empty(t, locks.held)
	})
}

// A follower that lost its last reader serves no other.
func TestRun_AFollowerEndsWithItsReaders(t *testing.T) {
	r := newRun(key{}, turn{})
	left := 0
	r.leave = func() { left++ }
	assert.True(t, r.attach())
	assert.True(t, r.attach())
	r.detach()
	assert.Equal(t, 0, left)
	r.detach()
	assert.Equal(t, 1, left)
	assert.False(t, r.attach())
}

func TestRun_TakesNoChunkBehindItsEnd(t *testing.T) {
	r := newRun(key{}, turn{})
	r.publish([]byte("1"))
	r.end(whole)
	r.publish([]byte("2"))
	r.end(broken)
	chunks, state, _ := r.since(0)
	assert.Equal(t, [][]byte{[]byte("1")}, chunks)
	assert.Equal(t, whole, state)
}

func TestHead_IsAtLeastOneChunk(t *testing.T) {
	large, small := make([]byte, 2*maxPiece), make([]byte, maxPiece/2)
	assert.Len(t, head([][]byte{large, small}), 1)
	assert.Len(t, head([][]byte{small, small, small}), 2)
	assert.Empty(t, head(nil))
}

func TestNumbered_IsReadBack(t *testing.T) {
	n, chunk, ok := readNumbered(numbered(12, []byte("{} x")))
	assert.True(t, ok)
	assert.Equal(t, 12, n)
	assert.Equal(t, "{} x", string(chunk))
	for _, entry := range []string{"", "x y", "12"} {
		_, _, ok := readNumbered([]byte(entry))
		assert.False(t, ok)
	}
}

func TestTerminal(t *testing.T) {
	for _, c := range []chunk{{Type: "finish"}, {Type: "finish", MessageMetadata: 1}, {Type: "error", ErrorText: "x"}} {
		assert.True(t, terminal(encode(c)))
	}
	for _, c := range []chunk{
		{Type: "finish-step"}, {Type: typeError}, {Type: "text-delta", ID: "finish"}, {Type: "start"},
	} {
		assert.False(t, terminal(encode(c)))
	}
}
