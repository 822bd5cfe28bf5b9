package parleyotel_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/trace"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/aisera"
	"github.com/seed-127a5941/parley/aisera/aiseratest"
)

func TestWebSocket_FramesAreCalls(t *testing.T) {
	r := newRecorder(t)
	server := aiseratest.NewServer()
	defer server.Close()
	server.Answer(func(m aiseratest.Message) []aiseratest.Reply {
		if m.Text == "fail" {
			return []aiseratest.Reply{aiseratest.Fault(aisera.ModeError, "ERR-012")}
		}
		return aiseratest.Stream("Hel", "lo")
	})
	cfg := server.Config()
	cfg.Hooks = r.Hooks()
	client, err := aisera.NewClient(cfg)
	require.NoError(t, err)
	conn, err := client.Dial(t.Context(), aisera.User{ID: needle, Email: needle + "@example.com"}, aisera.DialOptions{})
	require.NoError(t, err)
	defer conn.Close()
	text := aisera.Text(needle)
	_, err = conn.Ask(t.Context(), text)
	require.NoError(t, err)
	for _, err := range conn.Exchange(t.Context(), text) {
		require.NoError(t, err)
	}
	for range conn.Exchange(t.Context(), text) {
		break
	}
	assert.Panics(t, func() {
		for range conn.Exchange(t.Context(), text) {
			panic("the caller's")
		}
	})
	_, err = conn.Ask(t.Context(), aisera.Text("fail"))
	require.ErrorIs(t, err, parley.ErrAnswerFailed)
	_, err = conn.Send(t.Context(), text)
	require.NoError(t, err)
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = conn.Send(cancelled, text)
	require.ErrorIs(t, err, parley.ErrNotSent)

	spans := r.take()
	assert.Len(t, named(spans, "aisera: exchange"), 3)
	asks := named(spans, "aisera: ask")
	require.Len(t, asks, 2)
	attrs := attributesOf(asks[1])
	assert.Equal(t, "answer_failed done chat",
		attrs["error.type"]+" "+attrs["parley.delivery"]+" "+attrs["gen_ai.operation.name"])
	assert.NotEmpty(t, attrs["server.port"])
	sends := named(spans, "aisera: send")
	require.Len(t, sends, 2)
	assert.Equal(t, trace.SpanKindClient, sends[0].SpanKind)
	assert.Equal(t, "canceled", attributesOf(sends[1])["error.type"])
	assert.NotContains(t, r.dump(spans), needle)
	assert.NotContains(t, r.dump(spans), cfg.Token)
}
