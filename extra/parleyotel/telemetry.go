package parleyotel

import (
	"net/http"

	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/propagation"
	semconv "go.opentelemetry.io/otel/semconv/v1.41.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/seed-127a5941/parley"
)

// scope is the name of the instrumentation scope.
const scope = "github.com/seed-127a5941/parley/extra/parleyotel"

// Options say where spans and metrics go. The zero value uses the global providers of package otel.
type Options struct {
	// TracerProvider makes the spans. Nil means the provider that otel.SetTracerProvider sets, before or after New.
	TracerProvider trace.TracerProvider
	// MeterProvider makes the metrics. Nil means the provider that otel.SetMeterProvider sets, before or after New.
	MeterProvider metric.MeterProvider
	// Propagator puts the context of the trace into the header of each request, for example as traceparent. Nil means
	// that the vendors get no such header, whatever otel.SetTextMapPropagator sets. Vendors are other companies: a
	// propagator of baggage would tell them the baggage of your requests.
	Propagator propagation.TextMapPropagator
}

// Telemetry records calls. It is safe for concurrent use.
type Telemetry struct {
	tracer     trace.Tracer
	metrics    metrics
	propagator propagation.TextMapPropagator // nil if no header is set
	operations cache[parley.Call, *operation]
	attempts   cache[attemptKey, *attemptKind]
}

// New returns a Telemetry that records calls as opts say. If the MeterProvider refuses an instrument, otel.Handle gets
// the error and the other instruments work.
func New(opts Options) *Telemetry {
	if opts.TracerProvider == nil {
		opts.TracerProvider = otel.GetTracerProvider()
	}
	if opts.MeterProvider == nil {
		opts.MeterProvider = otel.GetMeterProvider()
	}
	return &Telemetry{
		tracer:     opts.TracerProvider.Tracer(scope, trace.WithSchemaURL(semconv.SchemaURL)),
		metrics:    newMetrics(opts.MeterProvider.Meter(scope, metric.WithSchemaURL(semconv.SchemaURL))),
		propagator: opts.Propagator,
	}
}

// Hooks returns the hooks for the Config of a client. Use parley.JoinHooks to combine them with others. The hooks of a
// nil Telemetry observe nothing.
func (t *Telemetry) Hooks() parley.Hooks {
	if t == nil {
		return parley.Hooks{}
	}
	hooks := parley.Hooks{OnCall: t.beginCall, OnAttempt: t.recordAttempt}
	if t.propagator != nil {
		hooks.WrapTransport = func(base http.RoundTripper) http.RoundTripper {
			return &injector{base: base, propagator: t.propagator}
		}
	}
	return hooks
}
