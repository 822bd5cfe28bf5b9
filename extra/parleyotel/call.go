package parleyotel

import (
	"context"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	semconv "go.opentelemetry.io/otel/semconv/v1.41.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/seed-127a5941/parley"
)

// call is one call while it runs.
type call struct {
	*operation
	telemetry *Telemetry
	ctx       context.Context // with the span, for metrics and for the spans of attempts
	span      trace.Span
}

// callKey finds the call in a context. The Telemetry is part of it, so that two of them can observe one client.
type callKey struct{ telemetry *Telemetry }

// beginCall is Hooks.OnCall.
func (t *Telemetry) beginCall(ctx context.Context, description parley.Call) (context.Context, func(parley.CallResult)) {
	c := &call{
		telemetry: t,
		operation: t.operations.get(description, func() *operation { return newOperation(description) }),
	}
	c.ctx, c.span = t.tracer.Start(ctx, c.Operation, c.start...)
	t.metrics.active.Add(c.ctx, 1, c.active...)
	return context.WithValue(c.ctx, callKey{t}, c), c.end
}

// end ends the span and records the metrics of the call.
func (c *call) end(result parley.CallResult) {
	failure := failureAttributes(result.Err)
	if c.span.IsRecording() {
		attrs := append(make([]attribute.KeyValue, 0, 5), attemptsKey.Int(result.Attempts))
		if result.Bytes > 0 {
			attrs = append(attrs, semconv.HTTPResponseBodySize(int(result.Bytes)))
		}
		if result.StatusCode != 0 {
			attrs = append(attrs, semconv.HTTPResponseStatusCode(result.StatusCode))
		}
		if failure != nil {
			c.span.SetStatus(codes.Error, "")
		}
		c.span.SetAttributes(append(attrs, failure...)...)
	}
	c.span.End()
	c.record(result, failure)
}

// record adds the call to the metrics. failure holds error.type and parley.delivery, or is empty.
func (c *call) record(result parley.CallResult, failure []attribute.KeyValue) {
	m := &c.telemetry.metrics
	m.active.Add(c.ctx, -1, c.active...)
	calls, answers := c.calls, c.answers
	if failure != nil {
		calls = c.failedCalls(failure...)
		answers = c.failedAnswers(failure[0]) // the conventions have error.type only
	}
	m.calls.Record(c.ctx, result.Duration.Seconds(), calls...)
	if c.genAI {
		m.answers.Record(c.ctx, result.Duration.Seconds(), answers...)
	}
	if c.Stream && result.FirstByte > 0 {
		m.firstByte.Record(c.ctx, result.FirstByte.Seconds(), c.calls...)
	}
}

// recordOption returns attributes as the options of one measurement.
func recordOption(attrs ...attribute.KeyValue) []metric.RecordOption {
	return []metric.RecordOption{metric.WithAttributeSet(attribute.NewSet(attrs...))}
}
