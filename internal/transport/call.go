package transport

import (
	"context"
	"io"
	"net/http"
	"net/url"

	"github.com/seed-127a5941/parley/internal/auth"
)

// Operation is one row of a vendor's endpoint index. Operations are package-level constants in all but keyword.
type Operation struct {
	Name   string // what error texts and log records call it: "get conversation"
	Method string
	Path   string // template with a placeholder per id: "/conversations/{id}"
	// Idempotent operations may reach the server more than once. It is decided per operation: a POST that only reads
	// may be, one that speaks, creates or rates is not.
	Idempotent bool
}

// Call is one use of an operation.
type Call struct {
	Operation *Operation
	IDs       []string   // fill the placeholders of the path, in order
	Query     url.Values // nil: none
	// Header holds what the vendor wants beside the credential; canonical keys. Control characters are refused.
	Header http.Header
	// Body is sent as JSON; nil: no body, unless Content is set.
	Body any
	// Form is sent as application/x-www-form-urlencoded in place of Body; nil: Body is sent.
	Form url.Values
	// Content is a body that is streamed instead, such as an upload.
	Content Content
	// Authorizer replaces the client's; nil: the client's.
	Authorizer auth.Authorizer
	// ArgumentErr is what is wrong with the arguments: the call returns it, prefixed, and sends nothing.
	ArgumentErr error
	// Accept is the Accept header; "": application/json.
	Accept string
	// Buffer is memory that a 2xx is read into if it is large enough, in place of new memory; nil: none. Response.Body
	// then lies in it.
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
	// ContentType is the Content-Type header. An empty text means that none is sent.
	ContentType() string
	// Length is the number of bytes, -1 if it is unknown.
	Length() int64
	// Open returns the body from its first byte. It is called once per attempt, and waits (until ctx ends) for the
	// body of the former attempt to be closed: net/http may still read it after the answer came.
	Open(ctx context.Context) (io.ReadCloser, error)
	// Replayable reports whether Open will work once more: always for a seeker or bytes, for a plain reader only as
	// long as nothing was read from it.
	Replayable() bool
	// Err is the reason for which the body itself ended the request (a file that proved too large, a reader that
	// failed), nil if it did not.
	Err() error
}
