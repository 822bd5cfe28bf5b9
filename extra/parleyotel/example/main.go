package main

import (
	"bufio"
	"context"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"

	"github.com/prometheus/client_golang/prometheus/promhttp"
	"go.opentelemetry.io/otel"
	"go.opentelemetry.io/otel/exporters/prometheus"
	"go.opentelemetry.io/otel/exporters/stdout/stdouttrace"
	"go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/trace"

	"github.com/seed-127a5941/parley/extra/parleyotel"
	"github.com/seed-127a5941/parley/raia"
	"github.com/seed-127a5941/parley/raia/raiatest"
)

func main() {
	ctx := context.Background()
	shutdown, err := setUp()
	if err != nil {
		log.Fatal(err)
	}
	defer shutdown(ctx)

	server := raiatest.NewServer() // the fake; for the vendor: raia.Config{AgentKey: key}
	defer server.Close()
	cfg := server.Config()
	cfg.Hooks = parleyotel.New(parleyotel.Options{}).Hooks() // takes the global providers
	client, err := raia.NewClient(cfg)
	if err != nil {
		log.Fatal(err)
	}
	ctx, span := otel.Tracer("shop").Start(ctx, "answer a customer")
	server.Fail(1, raiatest.Failure{Status: 429, Header: http.Header{"Retry-After": {"0"}}})
	_, err = client.Prompts.Run(ctx, raia.PromptParams{Prompt: "Where is my order?"})
	span.End()
	if err != nil {
		log.Fatal(err)
	}
	printMetrics(promhttp.Handler())
}

// setUp sets the global providers. The spans go to standard error, and the metrics to Prometheus' default registry.
func setUp() (shutdown func(context.Context), err error) {
	spans, err := stdouttrace.New(stdouttrace.WithWriter(os.Stderr)) // in a service: otlptracehttp.New
	if err != nil {
		return nil, err
	}
	reader, err := prometheus.New(prometheus.WithoutScopeInfo(), prometheus.WithoutTargetInfo())
	if err != nil {
		return nil, err
	}
	tracing := trace.NewTracerProvider(trace.WithBatcher(spans))
	metrics := metric.NewMeterProvider(metric.WithReader(reader))
	otel.SetTracerProvider(tracing)
	otel.SetMeterProvider(metrics)
	return func(ctx context.Context) {
		_ = tracing.Shutdown(ctx)
		_ = metrics.Shutdown(ctx)
	}, nil
}

// printMetrics shows what Prometheus would read, but only how many calls and attempts there were.
func printMetrics(handler http.Handler) {
	page := httptest.NewRecorder()
	handler.ServeHTTP(page, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	for lines := bufio.NewScanner(page.Body); lines.Scan(); {
		if line := lines.Text(); strings.HasPrefix(line, "parley_client_call_duration_seconds_count") {
			fmt.Println(line)
		}
	}
}
