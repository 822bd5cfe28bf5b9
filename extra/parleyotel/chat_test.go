package parleyotel_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/aisera"
	"github.com/seed-127a5941/parley/aisera/aiserachat"
	"github.com/seed-127a5941/parley/aisera/aiseratest"
	"github.com/seed-127a5941/parley/chat"
	"github.com/seed-127a5941/parley/raia/raiachat"
	"github.com/seed-127a5941/parley/siteassist/siteassistchat"
	"github.com/seed-127a5941/parley/syntphony"
	"github.com/seed-127a5941/parley/syntphony/syntphonychat"
	"github.com/seed-127a5941/parley/syntphony/syntphonytest"
)

// The calls of a turn stand below the span of the caller, at every vendor, and show nothing of the turn.
func TestChat_TurnsStandBelowTheSpanOfTheirCaller(t *testing.T) {
	for name, driver := range map[string]func(*testing.T, parley.Hooks) chat.Driver{
		"raia: await response": func(t *testing.T, hooks parley.Hooks) chat.Driver {
			client, _ := raiaClient(t, hooks)
			return raiachat.New(client, raiachat.Options{})
		},
		"siteassist: stream message": func(t *testing.T, hooks parley.Hooks) chat.Driver {
			client, _ := siteassistClient(t, hooks)
			return siteassistchat.New(client, siteassistchat.Options{})
		},
		"syntphony: start conversation": func(t *testing.T, hooks parley.Hooks) chat.Driver {
			server := syntphonytest.NewServer()
			t.Cleanup(server.Close)
			cfg := server.Config()
			cfg.Hooks = hooks
			client, err := syntphony.NewClient(cfg)
			require.NoError(t, err)
			return syntphonychat.New(client, syntphonychat.Options{})
		},
		"aisera: exchange": func(t *testing.T, hooks parley.Hooks) chat.Driver {
			server := aiseratest.NewServer()
			t.Cleanup(server.Close)
			cfg := server.Config()
			cfg.Hooks = hooks
			client, err := aisera.NewClient(cfg)
			require.NoError(t, err)
			return aiserachat.New(client, aiserachat.Options{WebSocket: true})
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRecorder(t)
			user := chat.User{ID: needle, Name: needle + " " + needle, Email: needle + "@example.com"}
			conversation, err := chat.New(driver(t, r.Hooks()), user, chat.Options{})
			require.NoError(t, err)
			defer conversation.Close()
			ctx, parent := r.tracing.Tracer("test").Start(t.Context(), "turn")
			answer, err := conversation.Ask(ctx, chat.Message{ID: needle, Text: needle})
			require.NoError(t, err)
			assert.NotEmpty(t, answer.Text)
			parent.End()

			spans := r.take()
			turn := one(t, spans, name)
			assert.Equal(t, parent.SpanContext().TraceID(), turn.SpanContext.TraceID())
			for _, span := range spans {
				assert.Equal(t, parent.SpanContext().TraceID(), span.SpanContext.TraceID(), span.Name)
			}
			assert.NotContains(t, r.dump(spans), needle)
		})
	}
}
