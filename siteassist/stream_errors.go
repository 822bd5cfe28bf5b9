package siteassist

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/seed-127a5941/parley"
)

const maxKeptBody = 1 << 20 // bytes of an event that are kept in an Error

// failWith returns the error of the answer with data as its body.
func (r *answerReader) failWith(data []byte, causes ...error) error {
	r.reply.Body = bytes.Clone(data[:min(len(data), maxKeptBody)])
	return r.reply.Fail(causes...)
}

// failed returns the error of an answer that the server gave up. data is the server's explanation: an error chunk, the
// error envelope, or text. Servers that fail after the stream has begun write any of these, with and without an event
// around it.
func (r *answerReader) failed(data []byte) error {
	return r.failWith(data, parley.ErrAnswerFailed)
}

// errorLine returns the value of a line "error: ..." outside of events. Event streams have no such field, so readers of
// event streams skip the line. At the end of an answer it says that the server gave up.
func errorLine(stray []byte) ([]byte, bool) {
	for line := range bytes.Lines(stray) {
		if value, ok := bytes.CutPrefix(line, []byte(typeError+":")); ok {
			return bytes.TrimSpace(value), true
		}
	}
	return nil, false
}

// truncated returns the error of an answer that is not whole. It keeps the text outside of events, because a proxy or a
// server that fails may have written it.
func (r *answerReader) truncated(causes ...error) error {
	return r.failWith(r.events.Stray(), append([]error{parley.ErrTruncated}, causes...)...)
}

// ended interprets err, which ended the body. It returns errEnd if the answer is whole.
func (r *answerReader) ended(err error) error {
	cause := r.body.cause()
	switch {
	case errors.Is(err, parley.ErrResponseTooLarge), errors.Is(err, parley.ErrDecode):
		return r.reply.Fail(err)
	case errors.Is(cause, parley.ErrClosed):
		return r.truncated(cause)
	case r.isWhole():
		return errEnd
	case cause != nil:
		return r.truncated(cause)
	}
	return r.broken(err)
}

// broken returns the error of a body that ended before the answer did.
func (r *answerReader) broken(err error) error {
	switch ended := r.ctx.Err(); {
	case errors.Is(err, parley.ErrTruncated):
		return r.failWith(r.events.Stray(), err)
	case errors.Is(err, io.EOF):
		return r.failWith(r.events.Stray(), fmt.Errorf("%w: the body ended before the answer did", parley.ErrTruncated))
	case ended != nil && !errors.Is(err, ended):
		return r.truncated(ended, err)
	}
	return r.truncated(err)
}
