package aisera

import (
	"context"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/callopts"
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

func TestFindCode_BesideALetterOrDigitItIsNoCode(t *testing.T) {
	for _, c := range []string{"0", "9", "a", "z", "A", "Z"} {
		assert.Empty(t, findCode(c+"ERR-007"), c)
		assert.Empty(t, findCode("ERR-007"+c), c)
	}
	for _, c := range []string{"/", ":", "`", "{", "@", "[", ""} {
		assert.Equal(t, CodeFulfillment, findCode(c+"ERR-007"+c), c)
	}
}

// Words of fewer than 8 characters are too common to be redacted wherever they appear.
func TestDialOptions_ShortWordsOfAHeaderAreNoSecrets(t *testing.T) {
	header := http.Header{"Authorization": {"Bearer 12345678"}, "X-Version": {"1234567"}}
	secrets := DialOptions{Header: header}.secrets()
	assert.ElementsMatch(t, []string{"12345678", "Bearer 12345678"}, secrets)
}

func TestSessionConfig_LeavesTheCallersHeaderAlone(t *testing.T) {
	client, err := NewClient(Config{
		BaseURL: "https://aisera.example", WebSocketURL: "wss://aisera.example", Token: "token",
	})
	require.NoError(t, err)
	header := http.Header{"X-Mine": {"1"}}
	ctx := parley.WithHeader(t.Context(), "X-Call", "2")
	cfg := client.sessionConfig(DialOptions{Header: header}, callopts.From(ctx))
	assert.Equal(t, "2", cfg.Header.Get("X-Call"))
	assert.Equal(t, http.Header{"X-Mine": {"1"}}, header)
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

// A live agent of a connection that is gone does not concern the messages of the next one.
func TestRouter_ALostConnectionForgetsTheAgent(t *testing.T) {
	rt := router{agent: true}
	rt.lost(parley.ErrClosed)
	assert.False(t, rt.agent)
}
