package transport

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
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

// Stream is the body of a streamed response. Closing it cancels the context of the request and ends the call.
type Stream struct {
	body io.ReadCloser
	loop *loop

	mu    sync.Mutex
	bytes int64
	err   error // the first error of the stream
	ended bool
}

// Read reads the next bytes of the body.
func (s *Stream) Read(p []byte) (int, error) {
	n, err := s.body.Read(p)
	err = codingErr(s.loop.attempt.response, err)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.bytes += int64(n)
	if err != nil && !errors.Is(err, io.EOF) && s.err == nil {
		s.err = s.loop.redactor().Error(err)
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
	defer s.loop.attempt.stop(nil) // even if the body of a user's RoundTripper panics
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
		s.loop.endStream(cause, read)
	}
}
