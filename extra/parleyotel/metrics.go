package parleyotel

import (
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/metric"
)

// metrics are the instruments. docs/observability.md lists them for readers.
type metrics struct {
	attempts  metric.Float64Histogram   // http.client.request.duration
	answers   metric.Float64Histogram   // gen_ai.client.operation.duration
	calls     metric.Float64Histogram   // parley.client.call.duration
	firstByte metric.Float64Histogram   // parley.client.call.time_to_first_byte
	active    metric.Int64UpDownCounter // parley.client.active_calls
}

// The boundaries that the conventions advise, in seconds.
var (
	httpBoundaries  = []float64{.005, .01, .025, .05, .075, .1, .25, .5, .75, 1, 2.5, 5, 7.5, 10}
	genAIBoundaries = []float64{.01, .02, .04, .08, .16, .32, .64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92}
)

func newMetrics(meter metric.Meter) metrics {
	seconds := func(name, description string, boundaries []float64) metric.Float64Histogram {
		histogram, err := meter.Float64Histogram(name, metric.WithUnit("s"), metric.WithDescription(description),
			metric.WithExplicitBucketBoundaries(boundaries...))
		report(err)
		return histogram
	}
	active, err := meter.Int64UpDownCounter("parley.client.active_calls", metric.WithUnit("{call}"),
		metric.WithDescription("Calls that have begun and not ended, open streams included."))
	report(err)
	return metrics{
		attempts: seconds("http.client.request.duration", "Duration of HTTP client requests.", httpBoundaries),
		answers:  seconds("gen_ai.client.operation.duration", "GenAI operation duration.", genAIBoundaries),
		calls: seconds("parley.client.call.duration",
			"Duration of calls with all their attempts, waits and token requests.", genAIBoundaries),
		firstByte: seconds("parley.client.call.time_to_first_byte",
			"Time from the begin of a streamed call until its answer began.", genAIBoundaries),
		active: active,
	}
}

func report(err error) {
	if err != nil {
		otel.Handle(err)
	}
}
