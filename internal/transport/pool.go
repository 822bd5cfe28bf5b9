package transport

import "net/http"

// attemptClient returns a copy of the user's client for single attempts, and the RoundTripper that it sends with. The
// Jar and the Timeout of the user's client stay in force, but redirects follow the SDK's rule.
func attemptClient(user *http.Client) (*http.Client, http.RoundTripper) {
	var c http.Client
	var base http.RoundTripper
	switch {
	case user == nil:
		base = sharedPool()
	case user.Transport == nil:
		c, base = *user, http.DefaultTransport
	default:
		c, base = *user, user.Transport
	}
	// redirectGuard has removed the Location of each redirect that must not be followed.
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return nil }
	return &c, base
}
