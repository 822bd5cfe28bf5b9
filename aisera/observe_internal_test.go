package aisera

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley"
)

// The first frame of an answer counts, however many follow.
func TestFrameCall_FirstByteIsThatOfTheFirstFrame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var result parley.CallResult
		call := frameCall{began: time.Now(), onEnd: func(r parley.CallResult) { result = r }}
		for range 3 {
			time.Sleep(time.Second)
			call.received(&Response{Raw: []byte("frame")})
		}
		call.end()
		assert.Equal(t, time.Second, result.FirstByte)
		assert.Equal(t, 3*time.Second, result.Duration)
		assert.EqualValues(t, 15, result.Bytes)
	})
}

// The context that a hook returns is that of the call.
func TestHooks_TheContextOfOnCallIsThatOfTheFrame(t *testing.T) {
	type key struct{}
	onCall := func(ctx context.Context, _ parley.Call) (context.Context, func(parley.CallResult)) {
		return context.WithValue(ctx, key{}, "span"), nil
	}
	client, err := NewClient(Config{
		BaseURL: "https://aisera.example", WebSocketURL: "wss://aisera.example", Token: "token",
		Hooks: parley.Hooks{OnCall: onCall},
	})
	require.NoError(t, err)
	ctx, _ := (&connState{client: client}).beginCall(t.Context(), "aisera: send", false)
	assert.Equal(t, "span", ctx.Value(key{}))
}
