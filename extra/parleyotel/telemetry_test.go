package parleyotel_test

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/extra/parleyotel"
	"github.com/seed-127a5941/parley/raia/raiatest"
)

func TestHooks_ConcurrentCalls(t *testing.T) {
	r := newRecorder(t)
	client, _ := raiaClient(t, r.Hooks())
	const callers, calls = 8, 25
	var all sync.WaitGroup
	for range callers {
		all.Go(func() {
			for range calls {
				ctx, parent := r.tracing.Tracer("test").Start(t.Context(), "parent")
				_, err := client.Agents.GetCurrent(ctx)
				assert.NoError(t, err)
				parent.End()
			}
		})
	}
	all.Wait()
	spans := r.take()
	traces := map[trace.TraceID]int{}
	for _, span := range spans {
		traces[span.SpanContext.TraceID()]++
	}
	assert.Len(t, traces, callers*calls)
	for _, count := range traces {
		assert.Equal(t, 3, count, "parent, call and attempt")
	}
}

func TestHooks_SampledOutCallsAreStillMeasured(t *testing.T) {
	r := newRecorder(t, sdktrace.WithSampler(sdktrace.NeverSample()))
	client, server := raiaClient(t, r.Hooks())
	_, err := client.Agents.GetCurrent(t.Context())
	require.NoError(t, err)
	server.Fail(1, raiatest.Failure{Status: 404})
	_, err = client.Agents.GetCurrent(t.Context())
	require.ErrorIs(t, err, parley.ErrNotFound)
	assert.Empty(t, r.take())
	assert.Len(t, r.points("parley.client.call.duration"), 2)
	assert.Len(t, r.points("http.client.request.duration"), 2)
}

func TestHooks_TwoTelemetriesObserveOneClient(t *testing.T) {
	first, second := newRecorder(t), newRecorder(t)
	client, _ := raiaClient(t, parley.JoinHooks(first.Hooks(), second.Hooks()))
	_, err := client.Agents.GetCurrent(t.Context())
	require.NoError(t, err)
	for _, r := range []*recorder{first, second} {
		spans := r.take()
		require.Len(t, spans, 2)
		call := one(t, spans, "raia: get current agent")
		assert.Equal(t, call.SpanContext.SpanID(), one(t, spans, "GET /agents/by-api-key").Parent.SpanID(),
			"each below its own")
	}
}

func TestNew_ZeroOptionsAndNilTelemetry(t *testing.T) {
	for _, hooks := range []parley.Hooks{
		parleyotel.New(parleyotel.Options{}).Hooks(), (*parleyotel.Telemetry)(nil).Hooks(),
	} {
		assert.Nil(t, hooks.WrapTransport)
		client, _ := raiaClient(t, hooks)
		_, err := client.Agents.GetCurrent(t.Context())
		require.NoError(t, err)
	}
}
