package transport

import (
	"log/slog"
	"net/http"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/redact"
)

// notifyObservers tells OnAttempt and the logger about the attempt that ended. The log record is an allow-list: no URL,
// header, body or credential is in it.
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
	op, a := l.request.Operation, l.attempt
	d := parley.Attempt{
		Operation: l.request.client.settings.operation + op.Name, Method: op.Method, Path: op.Path,
		Number: a.number, Duration: a.took, Wait: l.retry.wait,
	}
	if a.outcome.err != nil {
		d.Err = l.redactor().Error(a.outcome.err)
	}
	if a.response != nil {
		d.StatusCode, d.Header = a.response.StatusCode, a.response.Header
	}
	return d
}

// log writes an attempt without a useful response as a warning, and one with a response below 500 at debug level.
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
