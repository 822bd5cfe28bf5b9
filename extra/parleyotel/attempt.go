package parleyotel

import (
	"context"
	"strconv"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/codes"
	"go.opentelemetry.io/otel/metric"
	semconv "go.opentelemetry.io/otel/semconv/v1.41.0"
	"go.opentelemetry.io/otel/trace"

	"github.com/seed-127a5941/parley"
)

// attemptKey is what attempts with the same attributes have in common.
type attemptKey struct {
	method, path, server string
	statusCode           int
	errorType            string // empty for an attempt that succeeded
	number               int
}

// attemptKind holds the attributes of an attempt.
type attemptKind struct {
	name   string // of the span
	start  trace.SpanStartOption
	record []metric.RecordOption
}

// recordAttempt is Hooks.OnAttempt. It makes the span of the attempt after the attempt, with the times of the attempt,
// so that no span stays open whatever becomes of a request. ctx is that of the call.
func (t *Telemetry) recordAttempt(ctx context.Context, attempt parley.Attempt) {
	ended := time.Now()
	key := attemptKey{
		method: attempt.Method, path: attempt.Path, statusCode: attempt.StatusCode, number: attempt.Number,
		errorType: attemptErrorType(attempt),
	}
	var server []attribute.KeyValue
	if c, ok := ctx.Value(callKey{t}).(*call); ok { // without it, the hooks were not used together
		ctx, key.server, server = trace.ContextWithSpan(ctx, c.span), c.Server, c.server
	}
	kind := t.attempts.get(key, func() *attemptKind { return newAttemptKind(key, server) })
	ctx, span := t.tracer.Start(ctx, kind.name,
		kind.start, trace.WithSpanKind(trace.SpanKindClient), trace.WithTimestamp(ended.Add(-attempt.Duration)))
	if key.errorType != "" {
		span.SetStatus(codes.Error, "")
	}
	span.End(trace.WithTimestamp(ended))
	t.metrics.attempts.Record(ctx, attempt.Duration.Seconds(), kind.record...)
}

func newAttemptKind(key attemptKey, server []attribute.KeyValue) *attemptKind {
	attrs := append([]attribute.KeyValue{requestMethod(key.method), semconv.URLTemplate(key.path)}, server...)
	if key.statusCode != 0 {
		attrs = append(attrs, semconv.HTTPResponseStatusCode(key.statusCode))
	}
	if key.errorType != "" {
		attrs = append(attrs, semconv.ErrorTypeKey.String(key.errorType))
	}
	kind := &attemptKind{name: spanName(key), record: recordOption(attrs...)}
	if key.number > 1 {
		attrs = append(attrs, semconv.HTTPRequestResendCount(key.number-1)) // of the span only
	}
	kind.start = trace.WithAttributes(attrs...)
	return kind
}

// spanName is the name that the conventions want.
func spanName(key attemptKey) string {
	if requestMethod(key.method) == semconv.HTTPRequestMethodOther {
		return "HTTP " + key.path
	}
	return key.method + " " + key.path
}

// requestMethod is the attribute of method. A method of the user's own making, which Client.Do and only it can send, is
// _OTHER, as the conventions want it.
func requestMethod(method string) attribute.KeyValue {
	switch method {
	case "GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "CONNECT", "TRACE", "QUERY":
		return semconv.HTTPRequestMethodKey.String(method)
	}
	return semconv.HTTPRequestMethodOther
}

// attemptErrorType is the status of an error response, or the class of the error if there is no whole response. It is
// empty for an attempt that succeeded.
func attemptErrorType(attempt parley.Attempt) string {
	const firstError = 400
	switch {
	case attempt.StatusCode >= firstError:
		return strconv.Itoa(attempt.StatusCode)
	case attempt.Err != nil:
		return errorType(attempt.Err)
	}
	return ""
}
