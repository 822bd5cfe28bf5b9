// Package transport sends a call, retries it, limits its response and decodes it.
//
// A vendor package describes its operations (Operation) and its own rules (Config), and calls Fetch, Send or Do. Every
// call takes these steps in this order, which loop.go holds:
//
//	prepare   arguments, URL, body: errors are ErrInvalidArgument, no request was sent  request.go
//	for each attempt:
//	  start     credential, deadline, trace, body                                       attempt.go, trace.go
//	  read      the whole response within limits; a cut response fails the attempt      response.go, coding.go
//	  classify  a pure function of the outcome: verdict.go, network.go, http2.go
//	  decide    count, Retry-After, budget, 401: retry.go, budget.go, internal/backoff
//	  observe   OnAttempt and Logger                                                    observe.go
//	  wait, or refresh the refused credential
//	finish    the response, or one error that says what happened                        finish.go
//
// Fetch then decodes the response. If that fails, its error matches ErrDecode.
package transport

import (
	"log/slog"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/apierr"
	"github.com/seed-127a5941/parley/internal/auth"
	"github.com/seed-127a5941/parley/internal/lenient"
)

// The defaults apply where a field of Config is zero.
const (
	defaultTimeout      = 60 * time.Second
	defaultMaxRetries   = 2
	defaultMaxRetryWait = 30 * time.Second
)

// firstWait is the upper limit of the first wait. Each further limit is twice the one before.
const firstWait = 500 * time.Millisecond

// mostRetries replaces any larger number, so that sums do not overflow. No call makes so many retries.
const mostRetries = 1 << 20

// Config holds the fields of a vendor's Config that concern the transport, and the rules in which vendors differ.
type Config struct {
	Vendor    string // first word of every error text and of the User-Agent, such as "raia"
	UserAgent string // put before the SDK's own User-Agent

	BaseURL            string
	AllowInsecureHTTP  bool
	HTTPClient         *http.Client  // nil means the SDK's pool
	Timeout            time.Duration // of one attempt; zero means 60 s, negative disables the timeout
	MaxRetries         int           // zero means 2, negative disables retries
	MaxRetryWait       time.Duration // zero means 30 s
	RetryNonIdempotent bool
	Logger             *slog.Logger // nil disables logging
	Hooks              parley.Hooks

	Authorizer auth.Authorizer // nil means that requests carry no credential
	// CredentialHeaders are the names of the headers that carry the vendor's credentials, beside Authorization. A user
	// cannot set them for one call.
	CredentialHeaders []string
	// Secrets are redacted in the texts of a server, beside the secrets of the credential that the call used.
	Secrets []string
	// NewError makes the vendor's *Error of an error response, or of a 2xx response that cannot be used.
	NewError func(*apierr.ErrorResponse) error
	// RetryHint reads a wait from the body of a 429 or 503, where the vendor documents one. Nil means that only the
	// Retry-After header counts.
	RetryHint func(body []byte) (time.Duration, bool)
	// FailedAfterAccept reports whether the vendor documents status as a failure of its own after it took the request.
	// Such a call is not retried, and its delivery is unknown. Nil means that the vendor has no such status.
	FailedAfterAccept func(status int) bool
}

// Client sends the calls of one vendor client. It is safe for concurrent use.
type Client struct {
	settings   *settings
	authorizer auth.Authorizer
}

// settings are shared by a client and the clients that With makes of it.
type settings struct {
	Config
	base      *url.URL
	http      *http.Client // a copy of HTTPClient; each loop sets its own Transport
	loops     sync.Pool    // the *loop values that no call uses
	decoder   lenient.Decoder
	transport http.RoundTripper
	budget    *budget
	agent     []string // the User-Agent header
	operation string   // the vendor's name, a colon and a space
	server    string   // host and port of base, for Hooks.OnCall
}
