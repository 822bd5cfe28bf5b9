package transport

import (
	"net"
	"net/http"
	"sync"
	"time"
)

// sharedPool holds the connections of all clients of the process that were given no http.Client.
var sharedPool = sync.OnceValue(func() *http.Transport {
	dialer := &net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}
	return &http.Transport{
		Proxy:                 http.ProxyFromEnvironment, // as http.DefaultTransport: net/http's rule, not the SDK's
		DialContext:           dialer.DialContext,
		ForceAttemptHTTP2:     true,
		MaxIdleConns:          1000,
		MaxIdleConnsPerHost:   100,
		IdleConnTimeout:       30 * time.Second, // load balancers drop older ones silently
		TLSHandshakeTimeout:   10 * time.Second,
		ExpectContinueTimeout: time.Second,
	}
})

// attemptClient returns a copy of the user's client for single attempts: its Transport, Jar and Timeout stay in force,
// redirects follow the SDK's rule.
func attemptClient(user *http.Client) *http.Client {
	var c http.Client
	if user != nil {
		c = *user
	}
	base := c.Transport
	switch {
	case user == nil:
		base = sharedPool()
	case base == nil:
		base = http.DefaultTransport
	}
	c.Transport = &hop{base: base}
	c.CheckRedirect = func(*http.Request, []*http.Request) error { return nil } // hop has removed what must not be followed
	return &c
}
