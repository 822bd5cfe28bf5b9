package transport

import (
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/apierr"
	"github.com/seed-127a5941/parley/internal/callopts"
	"github.com/seed-127a5941/parley/internal/redact"
)

// observed reports whether someone is told about each attempt.
func (s *settings) observed() bool { return s.Hooks.OnAttempt != nil || s.Logger != nil }

// notifyObservers tells OnAttempt and the logger about the attempt that ended. The log record holds only listed fields,
// never a URL, header, body or credential.
func (l *loop) notifyObservers() {
	s := l.request.client.settings
	attempt := l.describeAttempt()
	if s.Hooks.OnAttempt != nil {
		s.Hooks.OnAttempt(l.request.ctx, attempt)
	}
	if s.Logger != nil {
		l.log(attempt)
	}
}

func (l *loop) describeAttempt() parley.Attempt {
	op, a := l.request.Operation, &l.attempt
	d := parley.Attempt{
		Operation: l.request.client.settings.operation + op.Name, Method: op.Method, Path: op.Path,
		Number: a.number, Duration: a.took, Wait: l.retry.wait,
	}
	if a.outcome.err != nil {
		sent := l.sentCall()
		d.Err = sent.redactor().Error(a.outcome.err)
	}
	if a.response != nil {
		d.StatusCode, d.Header = a.response.StatusCode, a.response.Header
	}
	return d
}

// log writes a warning for an attempt without a usable response and for a 429 or 5xx response. Others are logged at
// debug level.
func (l *loop) log(a parley.Attempt) {
	level := slog.LevelDebug
	if a.Err != nil || a.StatusCode >= http.StatusInternalServerError || a.StatusCode == http.StatusTooManyRequests {
		level = slog.LevelWarn
	}
	attrs := []slog.Attr{
		slog.String("operation", a.Operation), slog.String("method", a.Method), slog.String("path", a.Path),
		slog.Int("attempt", a.Number), slog.Int("status", a.StatusCode), slog.Duration("duration", a.Duration),
	}
	if a.Wait > 0 {
		attrs = append(attrs, slog.Duration("wait", a.Wait))
	}
	if a.Err != nil {
		attrs = append(attrs, slog.String("error", redact.OneLine(a.Err.Error())))
	}
	l.request.client.settings.Logger.LogAttrs(l.request.ctx, level, "attempt", attrs...)
}

// beginCall calls OnCall. The requests of the call carry the context that OnCall returns.
func (l *loop) beginCall() {
	r := &l.request
	l.began = time.Now()
	ctx, onEnd := r.client.settings.Hooks.OnCall(r.ctx, parley.Call{
		Vendor: r.client.settings.Vendor, Operation: r.client.settings.operation + r.Operation.Name,
		Method: r.Operation.Method, Path: r.Operation.Path, Server: r.client.settings.server,
		Idempotent: r.Operation.Idempotent, Stream: r.StreamType != "",
	})
	if ctx != nil {
		r.ctx = ctx
	}
	l.onEnd = onEnd
}

// endCall passes the result of the call to the function that OnCall returned, once, even if that function panics.
func (l *loop) endCall(err error) {
	result := parley.CallResult{Duration: time.Since(l.began), FirstByte: l.firstByte, Err: err}
	result.Attempts, result.Bytes = l.attempt.number, int64(len(l.attempt.body))
	if l.attempt.response != nil {
		result.StatusCode = l.attempt.response.StatusCode
	}
	onEnd := l.onEnd
	l.onEnd = nil
	onEnd(result)
}

// errAbandoned is the result that OnCall's function gets if a panic ended the call, such as one of the user's
// RoundTripper.
var errAbandoned = errors.New("the call ended by a panic")

// abandon frees the resources of a call that a panic ends.
func (l *loop) abandon() {
	if a := &l.attempt; a.number > 0 {
		if a.timer != nil {
			a.timer.Stop()
		}
		a.stop(errAbandoned)
	}
	if l.onEnd != nil {
		l.endCall(errAbandoned)
	}
}

// notifyResponse passes a response to the function of WithResponse.
func (l *loop) notifyResponse() {
	f := l.request.options.OnResponse
	if f == nil {
		return
	}
	a, sent := &l.attempt, l.sentCall()
	id := (&apierr.ErrorResponse{Header: a.response.Header, Redact: sent.redactor().Text}).RequestID()
	f(callopts.Response{
		StatusCode: a.response.StatusCode, Header: a.response.Header, RequestID: id,
		Attempts: a.number, Duration: time.Since(l.began),
	})
}
