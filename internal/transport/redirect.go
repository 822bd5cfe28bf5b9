package transport

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/seed-127a5941/parley/internal/callopts"
	"github.com/seed-127a5941/parley/internal/origin"
)

// redirectGuard sends the request of an attempt and those of the redirects that follow. It has no CloseIdleConnections
// method on purpose: go-retryablehttp would call it after each failed call and so empty the user's pool.
type redirectGuard struct {
	base     http.RoundTripper
	trace    *trace
	options  *callopts.Options // its header lines are not sent after a redirect; nil if the call has no options
	followed int
	refused  error // why a redirect was not followed
}

// RoundTrip removes the Location of a redirect that must not be followed. http.Client then returns the 3xx response as
// it is. It would otherwise follow the redirect, or fail with the full target in its error.
func (g *redirectGuard) RoundTrip(req *http.Request) (*http.Response, error) {
	if g.followed > 0 && g.options != nil {
		for _, line := range g.options.Headers {
			req.Header.Del(line.Name)
		}
	}
	resp, err := g.base.RoundTrip(req)
	if err != nil {
		discard(resp)
		return nil, err
	}
	if resp == nil || resp.StatusCode < 300 || resp.StatusCode > 399 || resp.Header.Get("Location") == "" {
		return resp, nil // http.Client reports a nil response as an error
	}
	if reason := g.refuse(req, resp); reason != "" {
		g.refused = errors.New("redirect not followed: " + reason)
		return withoutLocation(resp), nil
	}
	g.followed++
	g.trace.nextRequest()
	return resp, nil
}

// discard closes the response that a RoundTripper returned together with an error, because http.Client would neither
// read nor close it.
func discard(resp *http.Response) {
	if resp != nil && resp.Body != nil {
		_ = resp.Body.Close()
	}
}

// withoutLocation returns a copy without the Location header. It copies because a RoundTripper may keep its header.
func withoutLocation(resp *http.Response) *http.Response {
	bare := *resp
	bare.Header = resp.Header.Clone()
	bare.Header.Del("Location")
	return &bare
}

// refuse returns the reason if the redirect of resp must not be followed, and otherwise "".
func (g *redirectGuard) refuse(req *http.Request, resp *http.Response) string {
	if req.Method != http.MethodGet && req.Method != http.MethodHead {
		return "only GET and HEAD are sent on"
	}
	target, err := req.URL.Parse(resp.Header.Get("Location"))
	if err != nil {
		target = &url.URL{}
	}
	return origin.RefuseRedirect(req.URL, target, g.followed)
}
