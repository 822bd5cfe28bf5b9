package transport

import (
	"io"
	"net/http"
	"strings"
)

// streaming reports whether the response is one whose body is left to the caller.
func (c *call) streaming() bool {
	return c.in.StreamType != "" && c.response != nil && MediaType(c.response.Header) == c.in.StreamType
}

// MediaType returns the content type without its parameters, in lower case.
func MediaType(header http.Header) string {
	name, _, _ := strings.Cut(header.Get("Content-Type"), ";")
	return strings.ToLower(strings.TrimSpace(name))
}

// stream is the body of a streamed reply; closing it ends the request's context.
type stream struct {
	io.ReadCloser
	call *call
}

// Close frees the connection: for reuse if the body was read to its end, else by closing it.
func (s *stream) Close() error {
	err := s.ReadCloser.Close()
	s.call.stop(nil)
	return err
}
