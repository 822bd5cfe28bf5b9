package parleyotel_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/sdk/trace"

	"github.com/seed-127a5941/parley/extra/parleyotel"
	"github.com/seed-127a5941/parley/raia/raiatest"
)

func TestPropagator_SetsTheHeaderOfEachAttempt(t *testing.T) {
	tracing := trace.NewTracerProvider()
	telemetry := parleyotel.New(parleyotel.Options{TracerProvider: tracing, Propagator: propagation.TraceContext{}})
	client, server := raiaClient(t, telemetry.Hooks())
	server.Fail(1, raiatest.Failure{Status: 503, Header: http.Header{"Retry-After": {"0"}}})
	ctx, span := tracing.Tracer("test").Start(t.Context(), "parent")
	defer span.End()
	_, err := client.Agents.GetCurrent(ctx)
	require.NoError(t, err)
	requests := server.Requests()
	require.Len(t, requests, 2)
	for _, r := range requests {
		assert.Contains(t, r.Header.Get("Traceparent"), span.SpanContext().TraceID().String())
	}
}

func TestPropagator_NilSendsNoHeader(t *testing.T) {
	r := newRecorder(t)
	client, server := raiaClient(t, r.Hooks())
	_, err := client.Agents.GetCurrent(t.Context())
	require.NoError(t, err)
	assert.Empty(t, server.Requests()[0].Header.Values("Traceparent"))
}

func TestPropagator_ChangesNoRequestOfOthers(t *testing.T) {
	telemetry := parleyotel.New(parleyotel.Options{Propagator: propagation.TraceContext{}})
	var got *http.Request
	wrapped := telemetry.Hooks().WrapTransport(roundTrip(func(r *http.Request) (*http.Response, error) {
		got = r
		return nil, http.ErrServerClosed
	}))
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://api.example/", http.NoBody)
	require.NoError(t, err)
	request.Header = nil
	_, err = wrapped.RoundTrip(request)
	require.ErrorIs(t, err, http.ErrServerClosed)
	assert.NotSame(t, request, got)
	assert.Nil(t, request.Header)
	assert.Equal(t, request.Context(), got.Context())
}
