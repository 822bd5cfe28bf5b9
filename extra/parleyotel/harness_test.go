package parleyotel_test

import (
	"context"
	"encoding/json"
	"fmt"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.uber.org/goleak"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/extra/parleyotel"
	"github.com/seed-127a5941/parley/raia"
	"github.com/seed-127a5941/parley/raia/raiatest"
	"github.com/seed-127a5941/parley/siteassist"
	"github.com/seed-127a5941/parley/siteassist/siteassisttest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// recorder is a Telemetry with exporters in memory.
type recorder struct {
	*parleyotel.Telemetry
	t       *testing.T
	spans   *tracetest.InMemoryExporter
	reader  *metric.ManualReader
	tracing *trace.TracerProvider
	running atomic.Int64 // spans that were started and not ended
}

func newRecorder(t *testing.T, options ...trace.TracerProviderOption) *recorder {
	t.Helper()
	r := &recorder{t: t, spans: tracetest.NewInMemoryExporter(), reader: metric.NewManualReader()}
	r.tracing = trace.NewTracerProvider(
		append(options, trace.WithSyncer(r.spans), trace.WithSpanProcessor(counter{&r.running}))...,
	)
	meters := metric.NewMeterProvider(metric.WithReader(r.reader))
	r.Telemetry = parleyotel.New(parleyotel.Options{TracerProvider: r.tracing, MeterProvider: meters})
	t.Cleanup(func() {
		assert.Zero(t, r.running.Load(), "spans that were started and never ended")
		r.noActiveCalls()
		assert.NoError(t, r.tracing.Shutdown(context.Background()))
		assert.NoError(t, meters.Shutdown(context.Background()))
	})
	return r
}

// counter counts the spans that run.
type counter struct{ running *atomic.Int64 }

func (c counter) OnStart(context.Context, trace.ReadWriteSpan) { c.running.Add(1) }
func (c counter) OnEnd(trace.ReadOnlySpan)                     { c.running.Add(-1) }
func (c counter) Shutdown(context.Context) error               { return nil }
func (c counter) ForceFlush(context.Context) error             { return nil }

// take returns the spans that ended since the last take.
func (r *recorder) take() tracetest.SpanStubs {
	spans := r.spans.GetSpans()
	r.spans.Reset()
	return spans
}

// collect returns the metrics by name.
func (r *recorder) collect() map[string]metricdata.Metrics {
	r.t.Helper()
	var all metricdata.ResourceMetrics
	require.NoError(r.t, r.reader.Collect(context.Background(), &all))
	byName := map[string]metricdata.Metrics{}
	for _, scope := range all.ScopeMetrics {
		for _, m := range scope.Metrics {
			byName[m.Name] = m
		}
	}
	return byName
}

func (r *recorder) noActiveCalls() {
	r.t.Helper()
	sum, ok := r.collect()["parley.client.active_calls"].Data.(metricdata.Sum[int64])
	for _, point := range sum.DataPoints {
		assert.Zero(r.t, point.Value, "calls that never ended: %v", point.Attributes)
	}
	_ = ok
}

// points returns the number of records of a histogram by the attributes that they have.
func (r *recorder) points(name string) map[string]uint64 {
	r.t.Helper()
	points := map[string]uint64{}
	histogram, _ := r.collect()[name].Data.(metricdata.Histogram[float64])
	for _, point := range histogram.DataPoints {
		points[point.Attributes.Encoded(attribute.DefaultEncoder())] += point.Count
	}
	return points
}

// dump returns all that the exporters got, as text and as JSON.
func (r *recorder) dump(spans tracetest.SpanStubs) string {
	r.t.Helper()
	asJSON, err := json.Marshal(spans)
	require.NoError(r.t, err)
	metrics, err := json.Marshal(r.collect())
	require.NoError(r.t, err)
	return fmt.Sprintf("%+v\n%s\n%+v\n%s", spans, asJSON, r.collect(), metrics)
}

// attributesOf returns the attributes of a span as text.
func attributesOf(span tracetest.SpanStub) map[string]string {
	attrs := map[string]string{}
	for _, kv := range span.Attributes {
		attrs[string(kv.Key)] = kv.Value.String()
	}
	return attrs
}

// named returns the spans of that name.
func named(spans tracetest.SpanStubs, name string) tracetest.SpanStubs {
	var found tracetest.SpanStubs
	for _, span := range spans {
		if span.Name == name {
			found = append(found, span)
		}
	}
	return found
}

// one returns the only span of that name.
func one(t *testing.T, spans tracetest.SpanStubs, name string) tracetest.SpanStub {
	t.Helper()
	found := named(spans, name)
	require.Len(t, found, 1, "spans named %q among %v", name, names(spans))
	return found[0]
}

func names(spans tracetest.SpanStubs) (list []string) {
	for _, span := range spans {
		list = append(list, span.Name)
	}
	return list
}

func raiaClient(t *testing.T, hooks parley.Hooks) (*raia.Client, *raiatest.Server) {
	t.Helper()
	server := raiatest.NewServer()
	t.Cleanup(server.Close)
	cfg := server.Config()
	cfg.Hooks = hooks
	client, err := raia.NewClient(cfg)
	require.NoError(t, err)
	return client, server
}

func siteassistClient(t *testing.T, hooks parley.Hooks) (*siteassist.Client, *siteassisttest.Server) {
	t.Helper()
	server := siteassisttest.NewServer()
	t.Cleanup(server.Close)
	cfg := server.Config()
	cfg.Hooks = hooks
	client, err := siteassist.NewClient(cfg)
	require.NoError(t, err)
	return client, server
}
