package transport

import (
	"context"
	"io"
	"net/http"
	"net/url"

	"github.com/seed-127a5941/parley/internal/auth"
)

// Operation is one row of a vendor's index of endpoints. Operations are variables only because Go has no constants of
// struct types.
type Operation struct {
	Name   string // for error texts and log records, such as "get conversation"
	Method string
	Path   string // template with a placeholder for each id, such as "/conversations/{id}"
	// Idempotent operations may reach the server more than once. Each operation decides that for itself: a POST that
	// only reads can be idempotent, but one that speaks, creates or rates cannot.
	Idempotent bool
}

// Call is one use of an operation.
type Call struct {
	Operation *Operation
	IDs       []string   // values for the placeholders of the path, in order
	Query     url.Values // nil means no query
	// Header holds further headers that the vendor wants. Its keys are canonical. Control characters in values are
	// refused.
	Header http.Header
	// Body is sent as JSON. Nil means no JSON body.
	Body any
	// Form is sent as application/x-www-form-urlencoded in place of Body. Nil means that Body is sent.
	Form url.Values
	// Content is a body that is streamed in place of Body and Form, such as an upload. Nil means that one of those is
	// sent.
	Content Content
	// Authorizer replaces the client's Authorizer for this call. Nil means the client's.
	Authorizer auth.Authorizer
	// ArgumentErr is the error of the caller's validation. If it is not nil, the call returns it behind the name of the
	// operation and sends no request.
	ArgumentErr error
	// Accept is the Accept header. An empty text means application/json.
	Accept string
	// Buffer is memory that a 2xx response is read into if it is large enough. Response.Body then lies in it. Nil means
	// that new memory is allocated.
	Buffer []byte
	// StreamType leaves the body of a 2xx response of that content type to the caller, in Response.Stream. Timeout then
	// ends with the headers. A response of any other type is read whole, and Timeout bounds that. An empty StreamType
	// means that every response is read whole.
	StreamType string
	// HalveTimeLeft gives each attempt half of the time that is left until the deadline of ctx, so that another can
	// follow one that hangs.
	HalveTimeLeft bool
}

// Content is a request body that is not held in memory as one piece of JSON.
type Content interface {
	// ContentType is the Content-Type header. An empty text means that the header is not sent.
	ContentType() string
	// Length is the number of bytes, -1 if it is unknown.
	Length() int64
	// Open returns the body from its first byte. It is called once per attempt. It waits until the body of the former
	// attempt is closed, or until ctx ends, because net/http may still read that body after the response came.
	Open(ctx context.Context) (io.ReadCloser, error)
	// Replayable reports whether Open will work once more. That is always so for a seeker or bytes. For a plain reader
	// it is so only until the first byte was read from it.
	Replayable() bool
	// Err returns the reason if the body itself ended the request: a file that proved too large, or a reader that
	// failed. Otherwise it returns nil.
	Err() error
}
