package auth

import (
	"context"
	"net/http"
	"net/url"

	"github.com/seed-127a5941/parley/internal/apierr"
	"github.com/seed-127a5941/parley/internal/redact"
)

// Header is a fixed credential in a header, such as raia's Agent-Secret-Key or a bearer token that cannot be refreshed.
type Header struct {
	name   string
	values []string // all requests share it, because net/http clones a header before changing it
	secret string
}

// NewHeader returns the credential that sends prefix+secret in the header name.
func NewHeader(name, prefix, secret string) *Header {
	return &Header{name: http.CanonicalHeaderKey(name), values: []string{prefix + secret}, secret: secret}
}

// NewBearer returns the credential that sends token as a bearer token and never refreshes it.
func NewBearer(token string) *Header { return NewHeader("Authorization", "Bearer ", token) }

// Authorize sets the header.
func (h *Header) Authorize(_ context.Context, req *http.Request) (string, error) {
	req.Header[h.name] = h.values
	return h.secret, nil
}

// Refresh returns false, because a fixed key cannot be refreshed.
func (h *Header) Refresh(context.Context, string) (bool, error) { return false, nil }

// Redact replaces the key in text.
func (h *Header) Redact(text string) string { return redact.Secret(text, h.secret) }

// Token returns the key.
func (h *Header) Token(context.Context) (string, error) { return h.secret, nil }

// Invalidate has no effect, because there is no other key.
func (h *Header) Invalidate(string) {}

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

// Refresh returns false, because a fixed key cannot be refreshed.
func (q *Query) Refresh(context.Context, string) (bool, error) { return false, nil }

// Redact replaces the key in text.
func (q *Query) Redact(text string) string { return redact.Secret(text, q.secret) }

// None is the credential of operations that need no credential.
type None struct{}

// Authorize leaves req unchanged.
func (None) Authorize(context.Context, *http.Request) (string, error) { return "", nil }

// Refresh returns false.
func (None) Refresh(context.Context, string) (bool, error) { return false, nil }

// Redact returns text unchanged.
func (None) Redact(text string) string { return text }

// Unset stands for a credential that the user did not configure. Calls that need it fail before they send a request.
type Unset struct {
	None
	Field string // the field of the Config, such as "OrganizationKey"
}

// Authorize returns an error that matches ErrInvalidArgument and names the field.
func (u Unset) Authorize(context.Context, *http.Request) (string, error) {
	return "", apierr.Invalid(u.Field, "is not set in Config, and this operation needs it")
}
