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

// telemetry is what others see of the gateway. It holds no text, no id and no secret.
type telemetry struct {
	registry *prometheus.Registry
	meters   *sdkmetric.MeterProvider
	spans    *sdktrace.TracerProvider
	duration metric.Float64Histogram
	open     metric.Int64UpDownCounter
	hooks    parley.Hooks // of the vendors' clients
}

// newTelemetry offers metrics to Prometheus and sends spans to a collector, if it has a URL.
func newTelemetry(ctx context.Context, collector string) (t *telemetry, err error) {
	t = &telemetry{registry: prometheus.NewRegistry()}
	t.registry.MustRegister(collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	reader, err := otelprometheus.New(otelprometheus.WithRegisterer(t.registry))
	if err != nil {
		return nil, err
	}
	t.meters = sdkmetric.NewMeterProvider(sdkmetric.WithReader(reader))
	var exporters []sdktrace.TracerProviderOption
	if collector != "" {
		exporter, err := otlptracehttp.New(ctx, otlptracehttp.WithEndpointURL(collector+"/v1/traces"))
		if err != nil {
			return nil, err
		}
		exporters = append(exporters, sdktrace.WithBatcher(exporter))
	}
	t.spans = sdktrace.NewTracerProvider(exporters...)
	meter := t.meters.Meter("gateway")
	if t.duration, err = meter.Float64Histogram("http.server.request.duration", metric.WithUnit("s"),
		metric.WithExplicitBucketBoundaries(.005, .025, .1, .5, 1, 2.5, 5, 10, 30, 60, 300)); err != nil {
		return nil, err
	}
	t.hooks = parleyotel.New(parleyotel.Options{TracerProvider: t.spans, MeterProvider: t.meters}).Hooks()
	t.open, err = meter.Int64UpDownCounter("http.server.active_requests")
	return t, err
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
		writer := &response{ResponseWriter: w, control: http.NewResponseController(w)}
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
	attributes := []attribute.KeyValue{
		attribute.String("http.route", r.Pattern), attribute.Int("http.response.status_code", w.status),
	}
	g.telemetry.duration.Record(r.Context(), took.Seconds(), metric.WithAttributes(attributes...))
	span.SetName(r.Pattern)
	span.SetAttributes(attributes...)
	if w.status >= 500 {
		span.SetStatus(codes.Error, "")
	}
	span.End()
	if strings.HasPrefix(r.URL.Path, "/api/") || w.status >= 400 {
		g.log.InfoContext(r.Context(), "request", "route", r.Pattern, "status", w.status, "bytes", w.bytes,
			"ms", took.Milliseconds(), "trace", span.SpanContext().TraceID().String())
	}
}

// response counts what is written and gives each write its time, so that a client that reads nothing loses its
// connection while a stream lasts as long as it takes.
type response struct {
	http.ResponseWriter
	control *http.ResponseController
	status  int // 0 until something was written
	bytes   int64
}

func (w *response) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

func (w *response) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	w.extend()
	n, err := w.ResponseWriter.Write(b)
	w.bytes += int64(n)
	return n, err
}

func (w *response) extend() { _ = w.control.SetWriteDeadline(time.Now().Add(writeStalls)) }

// Unwrap lets http.ResponseController flush.
func (w *response) Unwrap() http.ResponseWriter { return w.ResponseWriter }
