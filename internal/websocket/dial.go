package websocket

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"

	"nhooyr.io/websocket"

	"github.com/seed-127a5941/parley/internal/apierr"
	"github.com/seed-127a5941/parley/internal/origin"
	"github.com/seed-127a5941/parley/internal/redact"
)

// HandshakeError is a server's answer to the handshake that is no upgrade.
type HandshakeError struct {
	StatusCode int
	Header     http.Header
	Body       []byte // at most 1 KiB
	// Redirect says why a redirect was not followed; nil: it was none.
	Redirect error
}

// Error names the status, and why a redirect was not followed. It shows nothing else of the answer.
func (e *HandshakeError) Error() string {
	text := fmt.Sprintf("handshake refused: %d %s", e.StatusCode, http.StatusText(e.StatusCode))
	if e.Redirect != nil {
		text += ": " + e.Redirect.Error()
	}
	return text
}

// Is reports whether target is the class of the status.
func (e *HandshakeError) Is(target error) bool { return apierr.Matches(e.StatusCode, target) }

// terminal reports whether another handshake makes no sense: the server does not want these credentials.
func (e *HandshakeError) terminal() bool {
	return e.StatusCode == http.StatusUnauthorized || e.StatusCode == http.StatusForbidden
}

// ownTransport makes the handshakes of connections without a user's http.Client. It keeps no connection.
var ownTransport = sync.OnceValue(func() *http.Transport {
	dialer := &net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}
	return &http.Transport{
		Proxy:               http.ProxyFromEnvironment, // as http.DefaultTransport: net/http's rule, not the SDK's
		DialContext:         dialer.DialContext,
		TLSHandshakeTimeout: 10 * time.Second,
		DisableKeepAlives:   true,
	}
})

// dial makes one handshake.
func dial(ctx context.Context, cfg *Config) (*link, error) {
	if cfg.HandshakeTimeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, cfg.HandshakeTimeout)
		defer cancel()
	}
	h := &holder{}
	var refusal error
	//nolint:bodyclose // the library hands it out closed, or keeps it as the connection
	conn, resp, err := websocket.Dial(ctx, cfg.URL.String(), &websocket.DialOptions{
		HTTPClient:   handshakeClient(cfg, h, &refusal),
		HTTPHeader:   cfg.Header.Clone(), // the library writes into it when it is nil or not
		Subprotocols: cfg.Subprotocols,
	})
	if err != nil {
		return nil, cfg.dialError(ctx, resp, refusal, err)
	}
	conn.SetReadLimit(cfg.ReadLimit)
	return newLink(conn, h.wire), nil
}

// handshakeClient is a copy of the user's client, with its Transport under h and the SDK's rule for redirects.
func handshakeClient(cfg *Config, h *holder, refusal *error) *http.Client {
	var client http.Client
	h.base = ownTransport()
	if cfg.HTTPClient != nil {
		client = *cfg.HTTPClient
		h.base = client.Transport
		if h.base == nil {
			h.base = http.DefaultTransport
		}
	}
	client.Transport = h
	client.CheckRedirect = func(req *http.Request, via []*http.Request) error {
		if reason := origin.RefuseRedirect(via[0].URL, req.URL, len(via)-1); reason != "" {
			*refusal = errors.New("redirect not followed: " + reason)
			return http.ErrUseLastResponse
		}
		return nil
	}
	return &client
}

// dialError leaves out what the library and http.Client wrap around an error: the URL, whose query may hold a key.
func (cfg *Config) dialError(ctx context.Context, resp *http.Response, refusal, err error) error {
	if resp != nil && resp.StatusCode != http.StatusSwitchingProtocols {
		refused := &HandshakeError{StatusCode: resp.StatusCode, Header: resp.Header, Redirect: refusal}
		refused.Body, _ = io.ReadAll(resp.Body)
		return refused
	}
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		err = wrapped.Err
	}
	err = redact.WithoutURLs(err)
	if ended := ctx.Err(); ended != nil && !errors.Is(err, ended) {
		err = fmt.Errorf("%w: %w", ended, err)
	}
	return cfg.clean("handshake failed", err)
}
