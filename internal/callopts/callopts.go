// Package callopts carries the options of calls in a context.
//
// The functions WithHeader, WithAttemptTimeout, WithMaxRetries and WithResponse of package parley write these options,
// and internal/transport and internal/websocket read them.
package callopts

import (
	"context"
	"net/http"
	"slices"
	"time"
)

// Options are the options that a context carries for the calls that are made with it. The zero value changes no call.
type Options struct {
	// Headers are the header lines to add, in the order in which they were given.
	Headers []Header
	// AttemptTimeout replaces the client's Timeout if it is not nil. A negative value disables the timeout.
	AttemptTimeout *time.Duration
	// MaxRetries replaces the client's MaxRetries if it is not nil. Zero or less disables retries.
	MaxRetries *int
	// OnResponse is called once for each response, unless it is nil.
	OnResponse func(Response)
}

// Header is one header line. Its name is in canonical form.
type Header struct{ Name, Value string }

// Response describes one response to OnResponse. Its fields are those of parley.Response.
type Response struct {
	StatusCode int
	Header     http.Header
	RequestID  string
	Attempts   int
	Duration   time.Duration
}

type key struct{}

// From returns the options of ctx. It returns nil if ctx carries no options.
func From(ctx context.Context) *Options {
	options, _ := ctx.Value(key{}).(*Options)
	return options
}

// With returns a context whose options are those of ctx after change has been applied to a copy of them.
func With(ctx context.Context, change func(*Options)) context.Context {
	var options Options
	if outer := From(ctx); outer != nil {
		options = *outer
		options.Headers = slices.Clip(options.Headers) // an append must not write into the outer options
	}
	change(&options)
	return context.WithValue(ctx, key{}, &options)
}

// Without returns a context that carries no options and keeps all other values of ctx. Requests for tokens and sessions
// are made with it.
func Without(ctx context.Context) context.Context {
	if From(ctx) == nil {
		return ctx
	}
	return context.WithValue(ctx, key{}, (*Options)(nil))
}
