package websocket_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/testing/fakeserver"
	"github.com/seed-127a5941/parley/internal/websocket"
)

func TestDial_RefusedHandshake(t *testing.T) {
	s := serveHTTP(t, func(w http.ResponseWriter, _ *http.Request, _ int64) {
		w.Header().Set("X-Request-Id", "r1")
		http.Error(w, `{"error":"no"}`, http.StatusUnauthorized)
	})
	s.url.RawQuery = "key=s3cret"
	_, err := open(t.Context(), websocket.Config{URL: s.url})
	var refused *websocket.HandshakeError
	require.ErrorAs(t, err, &refused)
	assert.Equal(t, 401, refused.StatusCode)
	assert.Equal(t, "r1", refused.Header.Get("X-Request-Id"))
	assert.Contains(t, string(refused.Body), `{"error":"no"}`)
	assert.ErrorIs(t, err, parley.ErrUnauthorized)
	assert.EqualError(t, err, "handshake refused: 401 Unauthorized")
}

func TestDial_ErrorsShowNoURL(t *testing.T) {
	target, _ := url.Parse("ws://127.0.0.1:1/path?key=s3cret")
	_, err := open(t.Context(), websocket.Config{URL: target})
	require.Error(t, err)
	assert.NotContains(t, err.Error(), "s3cret")
	assert.NotContains(t, err.Error(), "path")
	assert.ErrorContains(t, err, "handshake failed: dial tcp 127.0.0.1:1")
}

// A RoundTripper of the user, such as one that fetches a token, may fail with the URL in its own error.
func TestDial_ErrorsOfARoundTripperShowNoURL(t *testing.T) {
	client := &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		return nil, fmt.Errorf("signing: %w", &url.Error{Op: "Get", URL: r.URL.String(), Err: io.ErrUnexpectedEOF})
	})}
	target, _ := url.Parse("ws://127.0.0.1:1/path?key=s3cret")
	_, err := open(t.Context(), websocket.Config{URL: target, HTTPClient: client})
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	assert.NotContains(t, err.Error(), "s3cret")
	assert.ErrorContains(t, err, "signing")
}

func TestDial_NoUpgrade(t *testing.T) {
	s := serveHTTP(t, func(w http.ResponseWriter, _ *http.Request, _ int64) {
		w.Header().Set("Connection", "Upgrade")
		w.Header().Set("Upgrade", "websocket")
		w.Header().Set("Sec-WebSocket-Accept", "wrong")
		w.WriteHeader(http.StatusSwitchingProtocols)
	})
	_, err := open(t.Context(), websocket.Config{URL: s.url})
	assert.ErrorContains(t, err, "handshake failed: ")
}

func TestDial_HandshakeTimeout(t *testing.T) {
	t.Parallel()
	s := serveHTTP(t, func(_ http.ResponseWriter, r *http.Request, _ int64) { <-r.Context().Done() })
	_, err := open(t.Context(), websocket.Config{URL: s.url, HandshakeTimeout: 30 * time.Millisecond})
	assert.ErrorIs(t, err, context.DeadlineExceeded)
	assert.ErrorIs(t, err, parley.ErrAttemptTimeout)
	var timeout net.Error
	require.ErrorAs(t, err, &timeout)
	assert.True(t, timeout.Timeout())
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Millisecond)
	defer cancel()
	_, err = open(ctx, websocket.Config{URL: s.url, HandshakeTimeout: time.Hour})
	assert.ErrorIs(t, err, context.DeadlineExceeded)
	assert.NotErrorIs(t, err, parley.ErrAttemptTimeout)
}

func TestDial_RedirectToAnotherOriginIsNotFollowed(t *testing.T) {
	var asked atomic.Int64
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	defer other.Close()
	s := serveHTTP(t, func(w http.ResponseWriter, r *http.Request, _ int64) {
		http.Redirect(w, r, other.URL+"/secret-path?q=s3cret", http.StatusTemporaryRedirect)
	})
	_, err := open(t.Context(), websocket.Config{URL: s.url, Header: http.Header{"X-Key": {"s3cret"}}})
	var refused *websocket.HandshakeError
	require.ErrorAs(t, err, &refused)
	assert.Equal(t, 307, refused.StatusCode)
	assert.EqualError(t, err, "handshake refused: 307 Temporary Redirect: redirect not followed: "+
		"it leads to another origin, "+other.URL)
	assert.Zero(t, asked.Load())
}

func TestDial_RedirectWithinTheOriginIsFollowed(t *testing.T) {
	key := make(chan string, 1)
	s := serveHTTP(t, func(w http.ResponseWriter, r *http.Request, n int64) {
		if r.URL.Path != "/there" {
			http.Redirect(w, r, "/there", http.StatusFound)
			return
		}
		key <- r.Header.Get("X-Key")
		if p, err := fakeserver.Accept(w, r); err == nil {
			defer p.Drop()
			listen(r.Context(), p, n)
		}
	})
	dial(t, s, websocket.Config{Header: http.Header{"X-Key": {"k"}}})
	assert.Equal(t, "k", get(t, key))
}

func TestDial_EndlessRedirectsEnd(t *testing.T) {
	s := serveHTTP(t, func(w http.ResponseWriter, r *http.Request, _ int64) {
		http.Redirect(w, r, "/again", http.StatusFound)
	})
	_, err := open(t.Context(), websocket.Config{URL: s.url})
	assert.ErrorContains(t, err, "10 were followed already")
	assert.EqualValues(t, 11, s.conns.Load())
}

// trace is a user's RoundTripper.
type trace struct{ requests atomic.Int64 }

func (tr *trace) RoundTrip(r *http.Request) (*http.Response, error) {
	tr.requests.Add(1)
	return http.DefaultTransport.RoundTrip(r)
}

func TestDial_UsersClientIsUsedAndLeftAlone(t *testing.T) {
	s := serve(t, echo)
	tr := &trace{}
	client := &http.Client{Transport: tr, Timeout: 10 * time.Second}
	before := *client
	cfg := websocket.Config{HTTPClient: client, Header: http.Header{"X-Key": {"k"}}}
	q := inbox(&cfg)
	c := dial(t, s, cfg)
	require.NoError(t, send(t.Context(), c, text("hello")))
	assert.Equal(t, "hello", pop(t, q))
	assert.EqualValues(t, 1, tr.requests.Load())
	assert.Equal(t, before.Timeout, client.Timeout)
	assert.Nil(t, client.CheckRedirect)
	assert.Equal(t, http.Header{"X-Key": {"k"}}, cfg.Header)
	dial(t, s, websocket.Config{HTTPClient: &http.Client{}})
	http.DefaultTransport.(*http.Transport).CloseIdleConnections()
}

func TestDial_Subprotocols(t *testing.T) {
	offered := make(chan string, 1)
	s := serveHTTP(t, func(w http.ResponseWriter, r *http.Request, n int64) {
		offered <- r.Header.Get("Sec-Websocket-Protocol")
		if p, err := fakeserver.Accept(w, r, "b"); err == nil {
			defer p.Drop()
			listen(r.Context(), p, n)
		}
	})
	dial(t, s, websocket.Config{Subprotocols: []string{"a", "b"}})
	assert.Equal(t, "a,b", get(t, offered))
}

func TestHandshakeBody_StaysAReadWriteCloser(t *testing.T) {
	// A response that cannot be written to must be an error, and must not cause a panic.
	s := serve(t, echo)
	client := &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
		resp, err := http.DefaultTransport.RoundTrip(r)
		if err == nil {
			inner := resp.Body
			resp.Body = struct {
				io.Reader
				io.Closer
			}{strings.NewReader(""), inner}
		}
		return resp, err
	})}
	_, err := open(t.Context(), websocket.Config{URL: s.url, HTTPClient: client})
	assert.ErrorContains(t, err, "ReadWriteCloser")
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestDial_CutAfterEachByteOfTheResponse(t *testing.T) {
	var response string
	h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, rw, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		cut, _ := strconv.Atoi(r.Header.Get("Cut"))
		response = switching(r)
		_, _ = io.WriteString(conn, response[:min(cut, len(response))])
		if cut >= len(response) {
			_, _ = io.Copy(io.Discard, rw)
		}
		_ = conn.Close()
	})
	bubble(t, h, func(t *testing.T, cfg websocket.Config, _ *pipes) {
		for cut := 0; response == "" || cut <= len(response); cut++ {
			cfg.Header = http.Header{"Cut": {strconv.Itoa(cut)}}
			c, err := open(t.Context(), cfg)
			if cut < len(response) {
				require.ErrorContains(t, err, "handshake failed: ", "%d bytes", cut)
				require.NotErrorIs(t, err, parley.ErrDeliveryUnknown)
				continue
			}
			require.NoError(t, err)
			c.Close()
		}
	})
}

func TestDial_ErrorMatchesNotSentOnlyIfTheServerWasNotReached(t *testing.T) {
	closed := httptest.NewServer(nil)
	closed.Close()
	u, _ := url.Parse(closed.URL)
	_, err := open(t.Context(), websocket.Config{URL: u})
	assert.ErrorIs(t, err, parley.ErrNotSent)

	s := serveHTTP(t, func(w http.ResponseWriter, _ *http.Request, _ int64) { w.WriteHeader(http.StatusTeapot) })
	_, err = open(t.Context(), websocket.Config{URL: s.url})
	assert.NotErrorIs(t, err, parley.ErrNotSent)

	ended, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = open(ended, websocket.Config{URL: s.url})
	assert.ErrorIs(t, err, parley.ErrNotSent)
	assert.ErrorIs(t, err, context.Canceled)
}

// roundTripper is a RoundTripper of the user.
type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// Once net/http has a connection, it may write the request even after the context has ended.
func TestDial_ErrorDoesNotMatchNotSentOnceThereIsAConnection(t *testing.T) {
	var connected bool
	transport := roundTripper(func(r *http.Request) (*http.Response, error) {
		hooks := httptrace.ContextClientTrace(r.Context())
		hooks.GetConn(r.URL.Host)
		if connected {
			hooks.GotConn(httptrace.GotConnInfo{})
		}
		<-r.Context().Done()
		return nil, r.Context().Err()
	})
	config := websocket.Config{
		URL: new(serverURL), HTTPClient: &http.Client{Transport: transport}, HandshakeTimeout: time.Millisecond,
	}
	_, err := open(t.Context(), config)
	assert.ErrorIs(t, err, parley.ErrNotSent)
	connected = true
	_, err = open(t.Context(), config)
	assert.NotErrorIs(t, err, parley.ErrNotSent)
}

// signError is an error of a user's RoundTripper.
type signError struct{ key string }

func (e *signError) Error() string { return "cannot sign with s3cret" }

func TestDial_ErrorsOfTheUsersRoundTripperStayMatchable(t *testing.T) {
	down := errors.New("down")
	transport := roundTripper(func(*http.Request) (*http.Response, error) {
		return nil, fmt.Errorf("gateway: %w: %w", &signError{"k"}, down)
	})
	_, err := open(t.Context(), websocket.Config{
		URL: new(serverURL), HTTPClient: &http.Client{Transport: transport},
		Redact: func(text string) string { return strings.ReplaceAll(text, "s3cret", "[redacted]") },
	})
	assert.EqualError(t, err, "handshake failed: gateway: cannot sign with [redacted]: down")
	assert.ErrorIs(t, err, down)
	var own *signError
	require.ErrorAs(t, err, &own)
	assert.Equal(t, "k", own.key)
	assert.NotErrorAs(t, err, new(*url.Error))
}

// A dial that times out by itself matches context.DeadlineExceeded in package net. The caller's deadline has not
// passed.
func TestDial_DeadlineExceededIsTheCallersDeadline(t *testing.T) {
	client := &http.Client{Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			ctx, cancel := context.WithTimeout(ctx, time.Millisecond)
			defer cancel()
			<-ctx.Done()
			return nil, &net.OpError{Op: "dial", Err: ctx.Err()}
		},
	}}
	_, err := open(t.Context(), websocket.Config{URL: new(serverURL), HTTPClient: client})
	assert.NotErrorIs(t, err, context.DeadlineExceeded)
	var network *net.OpError
	assert.ErrorAs(t, err, &network)
}
