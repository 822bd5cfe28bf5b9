// Package transport answers: how is one call sent, retried, limited and decoded?
//
// A vendor package describes its operations (Operation), what differs between vendors (Config) and calls Fetch, Send or
// Do. One call flows so, and loop.go holds this order:
//
//	prepare   arguments, URL, body: nothing was sent, so an error is ErrInvalidArgument      request.go
//	for each attempt:
//	  start     credential, deadline, trace, body                                            attempt.go, trace.go
//	  read      the whole response within limits: one that is cut is an attempt that failed  response.go, coding.go
//	  classify  a pure function of the outcome                                               verdict.go, network.go, http2.go
//	  decide    count, Retry-After, budget, 401                                              retry.go, wait.go, budget.go
//	  observe   OnAttempt and Logger                                                         observe.go
//	  wait, or refresh the refused credential
//	finish    the response, or one error that says what happened                             finish.go
//
// Fetch then decodes the response, which may be ErrDecode.
package transport

import (
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/apierr"
	"github.com/seed-127a5941/parley/internal/auth"
)

// What a zero Config field means.
const (
	defaultTimeout      = 60 * time.Second
	defaultMaxRetries   = 2
	defaultMaxRetryWait = 30 * time.Second
)

// firstWait is the upper end of the first wait. Each further one doubles it.
const firstWait = 500 * time.Millisecond

// mostRetries stands for any larger number: no call lives to see it, and sums with it do not overflow.
const mostRetries = 1 << 20

// Config is a vendor's Config in the terms of the transport, plus what differs between vendors.
type Config struct {
	Vendor    string // first word of every error text and of the User-Agent: "raia"
	UserAgent string // put before the SDK's own

	BaseURL            string
	AllowInsecureHTTP  bool
	HTTPClient         *http.Client  // nil: the SDK's pool
	Timeout            time.Duration // one attempt; 0: 60 s; negative: none
	MaxRetries         int           // 0: 2; negative: none
	MaxRetryWait       time.Duration // 0: 30 s
	RetryNonIdempotent bool
	Logger             *slog.Logger // nil: silent
	Hooks              parley.Hooks

	Authorizer auth.Authorizer // nil: none
	// CredentialHeaders are the names of the headers that carry the vendor's credentials, beside Authorization. A user
	// cannot set them for one call.
	CredentialHeaders []string
	// Secrets are masked in what a server says, beside those of the credential that the call used.
	Secrets []string
	// NewError makes the vendor's *Error of an answer that is not a success.
	NewError func(*apierr.ErrorResponse) error
	// RetryHint reads a wait from the body of a 429 or 503 where the vendor documents one; nil: only the header counts.
	RetryHint func(body []byte) (time.Duration, bool)
	// FailedAfterAccept reports whether the vendor documents status as a failure of its own after it took the request.
	// Such a call is not sent again, and its delivery is unknown. nil means that there is no such status.
	FailedAfterAccept func(status int) bool
}

// Client sends the calls of one vendor client. It is safe for concurrent use.
type Client struct {
	settings   *settings
	authorizer auth.Authorizer
}

// settings are shared by a client and those derived from it.
type settings struct {
	Config
	base      *url.URL
	http      *http.Client // a copy of HTTPClient, whose Transport is replaced for each attempt
	transport http.RoundTripper
	budget    *budget
	agent     []string // the User-Agent header
	operation string   // "raia: "
}
