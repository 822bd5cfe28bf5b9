package transport

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"sync"
)

// streaming reports whether the response is one whose body is left to the caller.
func (a *attempt) streaming(r *request) bool {
	return a.response != nil && MediaType(a.response.Header) == r.StreamType
}

// MediaType returns the content type without its parameters, in lower case.
func MediaType(header http.Header) string {
	name, _, _ := strings.Cut(header.Get("Content-Type"), ";")
	return strings.ToLower(strings.TrimSpace(name))
}

// stream is the body of a streamed response. Closing it ends the request's context and the call.
type stream struct {
	io.ReadCloser
	loop *loop

	mu    sync.Mutex
	bytes int64
	err   error // why the stream failed, as far as it is known
	ended bool
}

// Read reads what is there.
func (s *stream) Read(p []byte) (int, error) {
	n, err := s.ReadCloser.Read(p)
	err = codingErr(s.loop.attempt.response, err)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.bytes += int64(n)
	if err != nil && !errors.Is(err, io.EOF) && s.err == nil {
		s.err = s.loop.redactor().Error(err)
	}
	return n, err
}

// fail records the error that the caller gets.
func (s *stream) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.err = err
}

// Close frees the connection: for reuse if the body was read to its end, else by closing it.
func (s *stream) Close() error {
	err := s.ReadCloser.Close()
	s.loop.attempt.stop(nil)
	s.mu.Lock()
	first := !s.ended
	s.ended = true
	cause, read := s.err, s.bytes
	s.mu.Unlock()
	if first {
		s.loop.endStream(cause, read)
	}
	return err
}
