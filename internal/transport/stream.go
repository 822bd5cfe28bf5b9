package transport

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/redact"
)

// streaming reports whether the body of the response is left to the caller.
func (a *attempt) streaming(r *request) bool {
	return a.response != nil && MediaType(a.response.Header) == r.StreamType
}

// MediaType returns the content type without its parameters, in lower case.
func MediaType(header http.Header) string {
	name, _, _ := strings.Cut(header.Get("Content-Type"), ";")
	return strings.ToLower(strings.TrimSpace(name))
}

// Stream is the body of a streamed response. Closing it cancels the context of the request and ends the call. A stream
// may be open for long, so it holds only the parts of its call that it needs.
type Stream struct {
	body       io.ReadCloser
	compressed bool // net/http decompresses the body
	response   *Response
	ctx        context.Context // of the call, for the log record
	stop       context.CancelCauseFunc

	began     time.Time // of the call; zero if onEnd is nil
	firstByte time.Duration
	onEnd     func(parley.CallResult) // nil if no hook waits for the end of the call

	mu    sync.Mutex
	bytes int64
	err   error // the first error of the stream
	ended bool
}

// newStream returns the stream of the response of the last attempt.
func (l *loop) newStream(response *Response) *Stream {
	return &Stream{
		body: l.attempt.response.Body, compressed: l.attempt.response.Uncompressed, response: response,
		ctx: l.request.ctx, stop: l.attempt.stop, began: l.began, firstByte: l.firstByte, onEnd: l.onEnd,
	}
}

// Read reads the next bytes of the body.
func (s *Stream) Read(p []byte) (int, error) {
	n, err := s.body.Read(p)
	err = codingErr(s.compressed, err)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.bytes += int64(n)
	if err != nil && !errors.Is(err, io.EOF) && s.err == nil {
		s.err = s.response.sent.redactor().Error(err)
	}
	return n, err
}

// fail records the error that the reader of the stream returns to the caller.
func (s *Stream) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.err = err
}

// Interrupt ends a Read that waits. It does not record an outcome, so that End can follow with one.
func (s *Stream) Interrupt() error {
	defer s.stop(nil) // even if the body of a user's RoundTripper panics
	return s.body.Close()
}

// End ends the call before the stream is closed. err is the error that the stream's reader returns to its caller. It is
// nil if the reader has read all that it wanted. Only the first End or Close ends the call, and a Read that fails later
// does not change the outcome.
func (s *Stream) End(err error) {
	s.fail(err)
	s.end()
}

// Close frees the connection. The connection is reused if the body was read to its end, and closed otherwise. Close
// ends the call unless End did.
func (s *Stream) Close() error {
	defer s.end()
	return s.Interrupt()
}

func (s *Stream) end() {
	s.mu.Lock()
	first := !s.ended
	s.ended = true
	cause, read := s.err, s.bytes
	s.mu.Unlock()
	if first {
		s.report(cause, read)
	}
}

// report logs a stream that err ended as a warning, and tells the hook of the end of the call.
func (s *Stream) report(err error, bytes int64) {
	settings, op := s.response.sent.client.settings, s.response.sent.operation
	if err != nil && settings.Logger != nil {
		settings.Logger.LogAttrs(s.ctx, slog.LevelWarn, "stream failed",
			slog.String("operation", settings.operation+op.Name), slog.String("method", op.Method),
			slog.String("path", op.Path),
			slog.Int64("bytes", bytes), slog.String("error", redact.OneLine(err.Error())))
	}
	if s.onEnd != nil {
		s.onEnd(parley.CallResult{
			StatusCode: s.response.StatusCode, Attempts: s.response.sent.attempts,
			Duration: time.Since(s.began), FirstByte: s.firstByte, Bytes: bytes, Err: err,
		})
	}
}
