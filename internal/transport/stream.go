package transport

import "io"

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
