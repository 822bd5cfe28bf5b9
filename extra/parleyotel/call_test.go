package parleyotel_test

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/trace"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/raia"
	"github.com/seed-127a5941/parley/raia/raiatest"
	"github.com/seed-127a5941/parley/siteassist"
	"github.com/seed-127a5941/parley/siteassist/siteassisttest"
	"github.com/seed-127a5941/parley/syntphony"
	"github.com/seed-127a5941/parley/syntphony/syntphonytest"
)

func TestCall_SpansAndAttributes(t *testing.T) {
	r := newRecorder(t)
	client, server := raiaClient(t, r.Hooks())
	server.Fail(1, raiatest.Failure{Status: 503, Header: http.Header{"Retry-After": {"0"}}})
	ctx, parent := r.tracing.Tracer("test").Start(t.Context(), "parent")
	_, err := client.Prompts.Run(ctx, raia.PromptParams{Prompt: "Hello"})
	require.NoError(t, err)
	parent.End()

	spans := r.take()
	call := one(t, spans, "raia: run prompt")
	assert.Equal(t, parent.SpanContext().SpanID(), call.Parent.SpanID())
	assert.Equal(t, trace.SpanKindClient, call.SpanKind)
	attrs := attributesOf(call)
	port := attrs["server.port"]
	assert.NotEmpty(t, port)
	delete(attrs, "http.response.body.size")
	assert.Equal(t, map[string]string{
		"parley.vendor": "raia", "parley.attempts": "2", "http.response.status_code": "200",
		"gen_ai.operation.name": "chat", "gen_ai.provider.name": "raia", "server.address": "127.0.0.1",
		"server.port": port,
	}, attrs)
	assert.Equal(t, codes.Unset, call.Status.Code)

	attempts := named(spans, "POST /prompts")
	require.Len(t, attempts, 2)
	for i, attempt := range attempts {
		assert.Equal(t, call.SpanContext.SpanID(), attempt.Parent.SpanID())
		assert.Equal(t, trace.SpanKindClient, attempt.SpanKind)
		assert.False(t, attempt.StartTime.Before(call.StartTime.Add(-time.Millisecond)))
		assert.False(t, attempt.EndTime.After(call.EndTime))
		want := map[string]string{
			"http.request.method": "POST", "url.template": "/prompts", "server.address": "127.0.0.1",
			"server.port":               port,
			"http.response.status_code": "200", "http.request.resend_count": "1",
		}
		if i == 0 {
			want["http.response.status_code"], want["error.type"] = "503", "503"
			delete(want, "http.request.resend_count")
		}
		assert.Equal(t, want, attributesOf(attempt))
	}
	assert.Equal(t, codes.Error, attempts[0].Status.Code)
	assert.Empty(t, attempts[0].Status.Description)
	assert.Equal(t, codes.Unset, attempts[1].Status.Code)
}

func TestCall_FailureSaysWhetherTheVendorActed(t *testing.T) {
	r := newRecorder(t)
	client, server := raiaClient(t, r.Hooks())
	server.FailAnswers(1, "no")
	conversation, err := client.Conversations.Start(t.Context(),
		raia.VoiceStart{FirstName: "A", LastName: "B", PhoneNumber: "+1", FirstMessage: "x"})
	require.NoError(t, err)
	message, err := client.Conversations.SendAsync(t.Context(), conversation.ConversationID,
		raia.SendMessageParams{Message: "Hello"})
	require.NoError(t, err)
	_, err = client.Conversations.Await(t.Context(), conversation.ConversationID, message.ID)
	require.ErrorIs(t, err, parley.ErrAnswerFailed)
	spans := r.take()
	await := one(t, spans, "raia: await response")
	assert.Equal(t, codes.Error, await.Status.Code)
	assert.Equal(t, "answer_failed", attributesOf(await)["error.type"])
	assert.Equal(t, "done", attributesOf(await)["parley.delivery"])
	for _, poll := range named(spans, "raia: get response") {
		assert.Equal(t, await.SpanContext.SpanID(), poll.Parent.SpanID())
		assert.Equal(t, trace.SpanKindInternal, poll.SpanKind)
	}
}

// The request for a token is a call below the call that needed it, and so is the opening of a visitor session.
func TestCall_TokenRequestsStandBelowTheirCall(t *testing.T) {
	r := newRecorder(t)
	server := syntphonytest.NewServer()
	defer server.Close()
	cfg := server.Config()
	cfg.Hooks = r.Hooks()
	client, err := syntphony.NewClient(cfg)
	require.NoError(t, err)
	_, err = client.NewSession(syntphony.Caller{UserRef: "ada", OS: "Web"}).Say(t.Context(), "Hello")
	require.NoError(t, err)
	visits, _ := siteassistClient(t, r.Hooks())
	_, err = visits.Identity.Me(t.Context())
	require.NoError(t, err)

	spans := r.take()
	for below, above := range map[string]string{
		"syntphony: fetch token":   "syntphony: start conversation",
		"siteassist: init session": "siteassist: get visitor",
		"POST /identity/init":      "siteassist: init session",
	} {
		assert.Equal(t, one(t, spans, above).SpanContext.SpanID(), one(t, spans, below).Parent.SpanID(), below)
		assert.Equal(t, one(t, spans, above).SpanContext.TraceID(), one(t, spans, below).SpanContext.TraceID(), below)
	}
}

func TestStream_SpanEndsWithTheStream(t *testing.T) {
	r := newRecorder(t)
	client, server := siteassistClient(t, r.Hooks())
	conversation, err := client.Conversations.Start(t.Context(),
		siteassist.StartConversationParams{PageURL: "https://shop.example"})
	require.NoError(t, err)
	open := func(ctx context.Context) *siteassist.Stream {
		stream, err := client.Messages.Stream(ctx, conversation.ID, siteassist.SendMessageParams{Content: "Hello"})
		require.NoError(t, err)
		assert.Empty(t, named(r.take(), "siteassist: stream message"), "the stream is open")
		return stream
	}
	for name, use := range map[string]func(context.CancelFunc, *siteassist.Stream) string{
		"read": func(_ context.CancelFunc, s *siteassist.Stream) string {
			_, err := s.Text()
			assert.NoError(t, err)
			return ""
		},
		"left": func(_ context.CancelFunc, s *siteassist.Stream) string {
			for range s.Chunks() {
				break
			}
			return ""
		},
		"closed": func(_ context.CancelFunc, s *siteassist.Stream) string { assert.NoError(t, s.Close()); return "" },
		"cancelled": func(cancel context.CancelFunc, s *siteassist.Stream) string {
			cancel()
			_, err := s.Text()
			assert.ErrorIs(t, err, context.Canceled)
			return "canceled"
		},
		"panics": func(_ context.CancelFunc, s *siteassist.Stream) string {
			assert.Panics(t, func() {
				for range s.Chunks() {
					panic("the caller's")
				}
			})
			return ""
		},
	} {
		ctx, cancel := context.WithCancel(t.Context())
		if name == "cancelled" {
			server.Fail(1, siteassisttest.Failure{AfterEvents: 2, Delay: time.Minute})
		}
		stream := open(ctx)
		want := use(cancel, stream)
		_ = stream.Close()
		span := one(t, r.take(), "siteassist: stream message")
		assert.Equal(t, want, attributesOf(span)["error.type"], name)
		cancel()
	}
	for attributes, count := range r.points("parley.client.call.time_to_first_byte") {
		assert.Equal(t, "parley.operation=siteassist: stream message,parley.vendor=siteassist", attributes)
		assert.EqualValues(t, 5, count)
	}
}

func TestCall_EndsThoughTheRoundTripperPanics(t *testing.T) {
	r := newRecorder(t)
	client, err := raia.NewClient(raia.Config{AgentKey: "k", Hooks: r.Hooks(), HTTPClient: &http.Client{
		Transport: roundTrip(func(*http.Request) (*http.Response, error) { panic("the user's") }),
	}})
	require.NoError(t, err)
	assert.Panics(t, func() { _, _ = client.Agents.GetCurrent(t.Context()) })
	assert.Equal(t, "_OTHER", attributesOf(one(t, r.take(), "raia: get current agent"))["error.type"])
}
