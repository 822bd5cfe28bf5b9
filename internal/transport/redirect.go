package transport

import (
	"errors"
	"net/http"
	"net/url"

	"github.com/seed-127a5941/parley/internal/origin"
)

// hop sends one request of an attempt: the first, or one that a redirect asked for. It has no CloseIdleConnections on
// purpose: go-retryablehttp calls that after each failed call, and the user's pool is not ours to empty.
type hop struct{ base http.RoundTripper }

// RoundTrip removes the Location of a redirect that must not be followed, so that http.Client hands the 3xx out as it
// is instead of following it or failing with the full target in its error.
func (h *hop) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := h.base.RoundTrip(req)
	if err != nil {
		discard(resp)
		return nil, err
	}
	if resp == nil || resp.StatusCode < 300 || resp.StatusCode > 399 || resp.Header.Get("Location") == "" {
		return resp, nil // http.Client makes an error of nil
	}
	c := callOf(req.Context())
	if reason := c.refuseRedirect(req, resp); reason != "" {
		c.redirect = errors.New("redirect not followed: " + reason)
		return withoutLocation(resp), nil
	}
	c.hops++
	c.trace.nextHop()
	return resp, nil
}

// discard closes the answer that a RoundTripper returned beside an error: http.Client would neither read nor close it.
func discard(resp *http.Response) {
	if resp != nil && resp.Body != nil {
		_ = resp.Body.Close()
	}
}

// withoutLocation returns a copy: a RoundTripper may keep the header that it answers with.
func withoutLocation(resp *http.Response) *http.Response {
	bare := *resp
	bare.Header = resp.Header.Clone()
	bare.Header.Del("Location")
	return &bare
}

// refuseRedirect names the reason for not following resp, "" if it may be followed.
func (c *call) refuseRedirect(req *http.Request, resp *http.Response) string {
	if req.Method != http.MethodGet && req.Method != http.MethodHead {
		return "only GET and HEAD are sent on"
	}
	target, err := req.URL.Parse(resp.Header.Get("Location"))
	if err != nil {
		target = &url.URL{}
	}
	return origin.RefuseRedirect(req.URL, target, c.hops)
}
