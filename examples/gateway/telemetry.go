package main

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	otelprometheus "go.opentelemetry.io/otel/exporters/prometheus"
	"go.opentelemetry.io/otel/metric"
	"go.opentelemetry.io/otel/propagation"
	sdkmetric "go.opentelemetry.io/otel/sdk/metric"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/trace"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/extra/parleyotel"
)

// telemetry measures and traces requests, turns and calls. It holds no text, no id and no secret.
type telemetry struct {
	registry *prometheus.Registry
	meters   *sdkmetric.MeterProvider
	spans    *sdktrace.TracerProvider
	duration metric.Float64Histogram
	open     metric.Int64UpDownCounter
	hooks    parley.Hooks // of the vendors' clients
}

// newTelemetry offers metrics to Prometheus and sends spans to a collector, if it has a URL.
func newTelemetry(ctx context.Context, collector string) (*telemetry, error) {
	t := &telemetry{registry: prometheus.NewRegistry()}
	t.registry.MustRegister(collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	reader, err := otelprometheus.New(otelprometheus.WithRegisterer(t.registry))
	if err != nil {
		return nil, err
	}
	t.meters = sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader))
	t.spans = sdktrace.NewTracerProvider()
	if collector != "" {
		exporter, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(collector+"/v1/traces"))
		if err != nil {
			return nil, err
		}
		t.spans.RegisterSpanProcessor(sdktrace.NewBatchSpanProcessor(exporter))
	}
	meter := t.meters.Meter("gateway")
	t.open, _ = meter.Int64UpDownCounter("http.server.active_requests") // the names are valid
	t.duration, _ = meter.Float64Histogram("http.server.request.duration", metric.WithUnit("s"),
		metric.WithExplicitBucketBoundaries(.005, .025, .1, .5, 1, 2.5, 5, 10, 30, 60, 300))
	t.hooks = parleyotel.New(parleyotel.Options{TracerProvider: t.spans, MeterProvider: t.meters}).Hooks()
	return t, nil
}

// close sends the spans that were not sent yet.
func (t *telemetry) close() {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	_ = t.spans.Shutdown(ctx)
	_ = t.meters.Shutdown(ctx)
}

// observed gives each request a span, metrics and a line in the log, which name its route and never its path.
func (g *gateway) observed(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		begun := time.Now()
		ctx := propagation.TraceContext{}.Extract(r.Context(), propagation.HeaderCarrier(r.Header))
		ctx, span := g.telemetry.spans.Tracer("gateway").Start(ctx, r.Method, trace.WithSpanKind(trace.SpanKindServer))
		g.telemetry.open.Add(ctx, 1)
		r = r.WithContext(ctx)
		writer := &response{w, http.NewResponseController(w), http.StatusOK}
		defer func() { // also when a handler cuts the connection
			writer.extend() // for what net/http still has to write
			g.telemetry.open.Add(ctx, -1)
			g.report(r, writer, time.Since(begun), span)
		}()
		next.ServeHTTP(writer, r)
	})
}

// report ends the span of a request that has ended. Machines ask for their routes all the time, which is not logged.
func (g *gateway) report(r *http.Request, w *response, took time.Duration, span trace.Span) {
	attributes := []attribute.KeyValue{attribute.String("http.route", r.Pattern),
		attribute.Int("http.response.status_code", w.status)}
	g.telemetry.duration.Record(r.Context(), took.Seconds(), metric.WithAttributes(attributes...))
	span.SetName(r.Pattern)
	span.SetAttributes(attributes...)
	if w.status >= 500 {
		span.SetStatus(codes.Error, "")
	}
	span.End()
	if strings.HasPrefix(r.URL.Path, "/api/") || w.status >= 400 {
		g.log.InfoContext(r.Context(), "request", "route", r.Pattern, "status", w.status, "ms", took.Milliseconds(),
			"trace", span.SpanContext().TraceID().String())
	}
}

// response keeps the status and gives each write its time, so that a client that does not read loses its connection
// while a stream lasts as long as it takes.
type response struct {
	http.ResponseWriter
	control *http.ResponseController
	status  int
}

func (w *response) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

func (w *response) Write(b []byte) (int, error) {
	w.extend()
	return w.ResponseWriter.Write(b)
}

func (w *response) extend() { _ = w.control.SetWriteDeadline(time.Now().Add(writeStalls)) }

// Unwrap lets http.ResponseController flush.
func (w *response) Unwrap() http.ResponseWriter { return w.ResponseWriter }
