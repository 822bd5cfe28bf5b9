package transport

import (
	"log/slog"
	"net/http"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/redact"
)

// report tells OnAttempt and the logger about the attempt that ended. The log record is an allow-list: no URL, header,
// body or credential is in it.
func (c *call) report() {
	s := c.client.settings
	if s.Hooks.OnAttempt == nil && s.Logger == nil {
		return
	}
	attempt := c.attempt()
	if s.Hooks.OnAttempt != nil {
		s.Hooks.OnAttempt(c.caller, attempt)
	}
	if s.Logger != nil {
		c.log(attempt)
	}
}

func (c *call) attempt() parley.Attempt {
	op := c.in.Operation
	a := parley.Attempt{
		Operation: c.client.settings.operation + op.Name, Method: op.Method, Path: op.Path,
		Number: c.attempts, Duration: c.took, Wait: c.wait, Err: c.clean(c.cause),
	}
	if c.response != nil {
		a.StatusCode, a.Header = c.response.StatusCode, c.response.Header
	}
	return a
}

// log writes an attempt that came to nothing as a warning, and one that brought an answer below 500 at debug level.
func (c *call) log(a parley.Attempt) {
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
	c.client.settings.Logger.LogAttrs(c.caller, level, "attempt", attrs...)
}
