package transport

import (
	"io"
	"net/http"
	"strings"
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

// stream is the body of a streamed response. Closing it ends the request's context.
type stream struct {
	io.ReadCloser
	attempt *attempt
}

// Read reads what is there.
func (s *stream) Read(p []byte) (int, error) {
	n, err := s.ReadCloser.Read(p)
	return n, codingErr(s.attempt.response, err)
}

// Close frees the connection: for reuse if the body was read to its end, else by closing it.
func (s *stream) Close() error {
	err := s.ReadCloser.Close()
	s.attempt.stop(nil)
	return err
}
