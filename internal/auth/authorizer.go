// Package auth answers: whose token is on the request, to which origin, and how is it renewed?
package auth

import (
	"context"
	"net/http"
	"net/url"

	"github.com/seed-127a5941/parley/internal/apierr"
)

// Authorizer puts a credential on requests. The transport asks it once per attempt and sends the request to the
// configured origin only. An Authorizer is safe for concurrent use.
type Authorizer interface {
	// Authorize puts the credential on req (its header or its query) and returns the token or key that it used.
	// It fetches a token first if there is none. When it fails, the request is not sent and not retried, because a
	// fetch has attempts of its own.
	Authorize(ctx context.Context, req *http.Request) (used string, err error)
	// Renew is told that the server refused the token used, which Authorize returned, with a 401. It reports whether
	// sending the call once more, authorized anew, makes sense. An error means that the refresh itself failed.
	Renew(ctx context.Context, used string) (again bool, err error)
	// Secrets lists the values that no error, log record or close reason may show.
	Secrets() []string
}

// Header is a fixed credential in a header, such as raia's Agent-Secret-Key.
type Header struct {
	name   string
	values []string // shared by all requests: net/http clones headers before it changes them
	secret string
}

// NewHeader returns the credential that sends prefix+secret in the header name.
func NewHeader(name, prefix, secret string) *Header {
	return &Header{name: http.CanonicalHeaderKey(name), values: []string{prefix + secret}, secret: secret}
}

// Authorize sets the header.
func (h *Header) Authorize(_ context.Context, req *http.Request) (string, error) {
	req.Header[h.name] = h.values
	return h.secret, nil
}

// Renew reports false: a fixed key cannot be renewed.
func (h *Header) Renew(context.Context, string) (bool, error) { return false, nil }

// Secrets returns the key.
func (h *Header) Secrets() []string { return []string{h.secret} }

// Query is a fixed credential in the query, such as SiteAssist's publishable key.
type Query struct{ name, secret string }

// NewQuery returns the credential that sends secret as the query parameter name.
func NewQuery(name, secret string) *Query { return &Query{name: name, secret: secret} }

// Authorize adds the parameter.
func (q *Query) Authorize(_ context.Context, req *http.Request) (string, error) {
	if req.URL.RawQuery != "" {
		req.URL.RawQuery += "&"
	}
	req.URL.RawQuery += q.name + "=" + url.QueryEscape(q.secret)
	return q.secret, nil
}

// Renew reports false: a fixed key cannot be renewed.
func (q *Query) Renew(context.Context, string) (bool, error) { return false, nil }

// Secrets returns the key.
func (q *Query) Secrets() []string { return []string{q.secret} }

// None is the credential of operations that need none.
type None struct{}

// Authorize leaves req as it is.
func (None) Authorize(context.Context, *http.Request) (string, error) { return "", nil }

// Renew reports false.
func (None) Renew(context.Context, string) (bool, error) { return false, nil }

// Secrets returns nothing.
func (None) Secrets() []string { return nil }

// Unset stands for a credential that the user did not configure: calls that need it fail before anything is sent.
type Unset struct {
	None
	Field string // of the Config: "OrganizationKey"
}

// Authorize fails with ErrInvalidArgument and names the field.
func (u Unset) Authorize(context.Context, *http.Request) (string, error) {
	return "", apierr.Invalid(u.Field, "is not set in Config, and this operation needs it")
}
