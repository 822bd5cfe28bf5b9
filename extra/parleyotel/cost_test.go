package parleyotel_test

import (
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/trace"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/extra/parleyotel"
	"github.com/seed-127a5941/parley/raia"
)

// costOf returns the allocations of one call of one attempt with these hooks.
func costOf(tb testing.TB, hooks parley.Hooks) float64 {
	return testing.AllocsPerRun(200, callWith(tb, hooks))
}

func callWith(tb testing.TB, hooks parley.Hooks) func() {
	client, err := raia.NewClient(raia.Config{AgentKey: "key", Hooks: hooks, HTTPClient: &http.Client{
		Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			_, _ = io.Copy(io.Discard, r.Body)
			return response(r, 200, "application/json", `{"status":"completed","response":"Hello"}`), nil
		}),
	}})
	require.NoError(tb, err)
	return func() {
		_, err := client.Prompts.Run(tb.Context(), raia.PromptParams{Prompt: "Hello"})
		require.NoError(tb, err)
	}
}

// hooksOf are those of a Telemetry whose providers export nothing, so that only the recording is measured.
func hooksOf(sampler trace.Sampler) parley.Hooks {
	return parleyotel.New(parleyotel.Options{
		TracerProvider: trace.NewTracerProvider(trace.WithSampler(sampler)),
		MeterProvider:  metric.NewMeterProvider(metric.WithReader(metric.NewManualReader())),
	}).Hooks()
}

func TestCost_AllocationsOfACall(t *testing.T) {
	if raceEnabled {
		t.Log("the race detector allocates too: only the plain run counts")
		return
	}
	floor := costOf(t, parley.Hooks{})
	for _, test := range []struct {
		name  string
		hooks parley.Hooks
		most  float64
	}{
		{"nothing set", parleyotel.New(parleyotel.Options{}).Hooks(), 20},
		{"sampled out", hooksOf(trace.NeverSample()), 20},
		{"sampled", hooksOf(trace.AlwaysSample()), 25},
	} {
		more := costOf(t, test.hooks) - floor
		t.Logf("%s: %v allocations on top of %v", test.name, more, floor)
		assert.LessOrEqual(t, more, test.most, test.name)
	}
}

func BenchmarkCall(b *testing.B) {
	for name, hooks := range map[string]parley.Hooks{
		"none": {}, "unset": parleyotel.New(parleyotel.Options{}).Hooks(),
		"sampled-out": hooksOf(trace.NeverSample()), "sampled": hooksOf(trace.AlwaysSample()),
	} {
		b.Run(name, func(b *testing.B) {
			call := callWith(b, hooks)
			b.ReportAllocs()
			for b.Loop() {
				call()
			}
		})
	}
}
