//go:build !js

package websocket

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"nhooyr.io/websocket"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/backoff"
	"github.com/seed-127a5941/parley/internal/origin"
)

// SendsHeaders says that the program decides about the headers of the handshake.
const SendsHeaders = true

// canPing reports whether the library's pings reach the peer.
const canPing = true

// ownTransport makes the handshakes of sessions that have no http.Client of the user. It keeps no connection.
var ownTransport = sync.OnceValue(func() *http.Transport {
	dialer := &net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}
	return &http.Transport{
		Proxy:               http.ProxyFromEnvironment, // a rule of net/http, as in http.DefaultTransport
		DialContext:         dialer.DialContext,
		TLSHandshakeTimeout: 10 * time.Second,
		DisableKeepAlives:   true,
	}
})

// handshake makes one connection.
func handshake(ctx context.Context, cfg *Config) (*conn, error) {
	caller := ctx
	if cfg.HandshakeTimeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, cfg.HandshakeTimeout)
		defer cancel()
	}
	if ctx.Err() != nil {
		return nil, &failure{
			text: "handshake failed: " + ctx.Err().Error(), cause: ctx.Err(), ended: ctx.Err(), unsent: true,
		}
	}
	u := &upgrader{base: ownTransport()}
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn: func(string) { u.asked.Store(true) },
		GotConn: func(httptrace.GotConnInfo) { u.connected.Store(true) },
	})
	//nolint:bodyclose // the library returns it closed, or keeps it as the connection
	lib, resp, err := websocket.Dial(ctx, cfg.URL.String(), &websocket.DialOptions{
		HTTPClient:   u.client(cfg.HTTPClient),
		HTTPHeader:   cfg.Header.Clone(), // the library changes it
		Subprotocols: cfg.Subprotocols,
	})
	if err != nil {
		return nil, u.failed(caller, ctx, cfg, resp, err)
	}
	lib.SetReadLimit(cfg.ReadLimit)
	u.frames.open.Store(true)
	return newConn(lib, u.frames), nil
}

// upgrader is the RoundTripper of one handshake. It puts a frameCounter under the connection.
type upgrader struct {
	base     http.RoundTripper
	frames   *frameCounter
	redirect error // why a redirect was not followed
	// asked and connected record that net/http looked for a connection and got one. A RoundTripper of the user may
	// record neither, so only asked without connected proves that no request was sent. Once there is a connection, a
	// request may be written even after its context has ended.
	asked, connected atomic.Bool
}

// client returns a copy of the user's client that sends through u and follows the SDK's rule for redirects.
func (u *upgrader) client(user *http.Client) *http.Client {
	var client http.Client
	if user != nil {
		client = *user
		u.base = client.Transport
		if u.base == nil {
			u.base = http.DefaultTransport
		}
	}
	client.Transport = u
	client.CheckRedirect = u.checkRedirect
	return &client
}

func (u *upgrader) checkRedirect(req *http.Request, via []*http.Request) error {
	if reason := origin.RefuseRedirect(via[0].URL, req.URL, len(via)-1); reason != "" {
		u.redirect = errors.New("redirect not followed: " + reason)
		return http.ErrUseLastResponse
	}
	return nil
}

func (u *upgrader) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := u.base.RoundTrip(req)
	if err != nil || resp == nil || resp.StatusCode != http.StatusSwitchingProtocols {
		return resp, err // http.Client reports a nil response as an error
	}
	if body, ok := resp.Body.(io.ReadWriteCloser); ok {
		u.frames = &frameCounter{body: body, clock: newClock()}
		resp.Body = u.frames
	}
	return resp, nil
}

// failed makes the error of a handshake. It leaves out the URL, whose query may hold a key, although the library and
// http.Client put it into their errors.
func (u *upgrader) failed(caller, ctx context.Context, cfg *Config, resp *http.Response, err error) error {
	if resp != nil && resp.StatusCode != http.StatusSwitchingProtocols {
		refused := &HandshakeError{StatusCode: resp.StatusCode, Header: resp.Header, Redirect: u.redirect}
		refused.Body, _ = io.ReadAll(resp.Body)
		refused.RetryAfter, _ = backoff.RetryAfter(resp.Header, time.Now())
		return refused
	}
	if sending, ok := errors.AsType[*url.Error](err); ok {
		err = sending.Err // the errors around it add only the method and the URL
	}
	ended := ctx.Err()
	if ended != nil && !errors.Is(err, ended) {
		err = fmt.Errorf("%w: %w", ended, err)
	}
	failed := cfg.redacted("handshake failed", err)
	failed.ended, failed.unsent = ended, u.asked.Load() && !u.connected.Load()
	if failed.timedOut = ended != nil && caller.Err() == nil; failed.timedOut {
		failed.text = fmt.Sprintf("handshake failed: %v after %s", parley.ErrAttemptTimeout, cfg.HandshakeTimeout)
	}
	return failed
}
