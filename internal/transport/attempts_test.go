package transport

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/apierr"
	"github.com/seed-127a5941/parley/internal/auth"
)

func newReader(s string) io.Reader { return strings.NewReader(s) }

func TestDo_StatusDecidesWhetherACallGoesOutAgain(t *testing.T) {
	tests := []struct {
		status    int
		header    string
		get, post int32 // requests on the wire
		unknown   bool  // of the POST
	}{
		{400, "", 1, 1, false}, {402, "", 1, 1, false}, {403, "", 1, 1, false}, {404, "", 1, 1, false},
		{401, "", 1, 1, false}, {409, "", 1, 1, false}, {410, "", 1, 1, false}, {422, "", 1, 1, false},
		{408, "", 3, 1, true}, {500, "", 3, 1, true}, {502, "", 3, 1, true}, {503, "", 3, 1, true},
		{504, "", 3, 1, true}, {520, "", 3, 1, true}, {501, "", 1, 1, false}, {505, "", 1, 1, false},
		{429, "", 3, 3, false}, {429, "0", 3, 3, false}, {503, "0", 3, 3, false}, {503, "soon", 3, 1, true},
		{503, "-1", 3, 1, true}, {303, "", 1, 1, true}, {302, "", 1, 1, false}, {304, "", 1, 1, false},
	}
	for _, tt := range tests {
		t.Run(http.StatusText(tt.status)+tt.header, func(t *testing.T) {
			url, n := counted(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
				if tt.header != "" {
					w.Header().Set("Retry-After", tt.header)
				}
				w.WriteHeader(tt.status)
			})
			c := newTestClient(t, url, nil)
			err := use(t, c, get)
			assert.Equal(t, tt.get, n.Swap(0), "GETs")
			assert.NotErrorIs(t, err, parley.ErrDeliveryUnknown)
			failure := asFailure(t, err)
			assert.Equal(t, tt.status, failure.StatusCode)
			assert.Equal(t, int(tt.get), failure.Attempts)

			err = use(t, c, post)
			assert.Equal(t, tt.post, n.Load(), "POSTs")
			assert.Equal(t, tt.unknown, errors.Is(err, parley.ErrDeliveryUnknown), "%v", err)
		})
	}
}

func asFailure(t *testing.T, err error) *apierr.ErrorResponse {
	t.Helper()
	var v *vendorError
	require.ErrorAs(t, err, &v)
	return v.ErrorResponse
}

func TestDo_ConnectionFailures(t *testing.T) {
	for name, serve := range map[string]func(net.Conn, int){"reset after the body": reset, "reply cut": cutReply} {
		t.Run(name, func(t *testing.T) {
			url, n := rawServer(t, serve)
			c := newTestClient(t, url, nil)
			err := use(t, c, get)
			require.Error(t, err)
			assert.EqualValues(t, 3, n.Swap(0), "GETs")
			assert.NotErrorIs(t, err, parley.ErrDeliveryUnknown)
			assert.Contains(t, err.Error(), "(GET /things/{id}, 3 attempts)")

			err = use(t, c, post)
			assert.EqualValues(t, 1, n.Load(), "POSTs")
			assert.ErrorIs(t, err, parley.ErrDeliveryUnknown)
			assert.Contains(t, err.Error(), "(POST /things/{id}, 1 attempt)")
		})
	}
}

func TestDo_AReplyCutOnceIsAskedForAgain(t *testing.T) {
	url, n := rawServer(t, func(conn net.Conn, n int) {
		if n == 1 {
			cutReply(conn, n)
			return
		}
		_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{\"id\":\"1\"}")
		_ = conn.(*net.TCPConn).CloseWrite()
		_, _ = io.Copy(io.Discard, conn)
	})
	require.NoError(t, use(t, newTestClient(t, url, nil), get))
	assert.EqualValues(t, 2, n.Load())
}

func TestDo_AttemptTimeout(t *testing.T) {
	release := make(chan struct{})
	url, n := counted(t, func(http.ResponseWriter, *http.Request, int) { <-release })
	t.Cleanup(func() { close(release) })
	c := newTestClient(t, url, func(cfg *Config) { cfg.Timeout = 30 * time.Millisecond })
	err := use(t, c, get)
	assert.EqualValues(t, 3, n.Swap(0))
	assert.ErrorIs(t, err, context.DeadlineExceeded)
	assert.NotErrorIs(t, err, parley.ErrDeliveryUnknown)

	err = use(t, c, post)
	assert.EqualValues(t, 1, n.Load())
	assert.ErrorIs(t, err, parley.ErrDeliveryUnknown)
	assert.Equal(t, "test: send thing: attempt timed out after 30ms: delivery unknown: the server may have acted on it"+
		" (POST /things/{id}, 1 attempt)", err.Error())
}

func TestDo_UsersClientTimeoutStaysInForce(t *testing.T) {
	release := make(chan struct{})
	url, n := counted(t, func(http.ResponseWriter, *http.Request, int) { <-release })
	t.Cleanup(func() { close(release) })
	user := &http.Client{Timeout: 30 * time.Millisecond, Transport: &http.Transport{DisableKeepAlives: true}}
	err := use(t, newTestClient(t, url, func(cfg *Config) { cfg.HTTPClient = user }), post)
	assert.EqualValues(t, 1, n.Load())
	assert.ErrorIs(t, err, parley.ErrDeliveryUnknown)
	assert.ErrorIs(t, err, context.DeadlineExceeded)
	assert.Nil(t, user.CheckRedirect, "the user's client was changed")
}

func TestDo_LeftByItsCallerWhileTheServerWorks(t *testing.T) {
	working, release := make(chan struct{}, 1), make(chan struct{})
	url, n := counted(t, func(http.ResponseWriter, *http.Request, int) { working <- struct{}{}; <-release })
	t.Cleanup(func() { close(release) })
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-working; cancel() }()
	c := newTestClient(t, url, nil)
	_, err := c.Do(ctx, Call{Operation: post, IDs: []string{"1"}, Body: 1})
	assert.EqualValues(t, 1, n.Load())
	assert.ErrorIs(t, err, context.Canceled)
	assert.ErrorIs(t, err, parley.ErrDeliveryUnknown)
}

func TestDo_ContextEndedBeforeTheCall(t *testing.T) {
	url, n := counted(t, status(200))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := newTestClient(t, url, nil).Do(ctx, Call{Operation: post, IDs: []string{"1"}, Body: 1})
	assert.ErrorIs(t, err, context.Canceled)
	assert.NotErrorIs(t, err, parley.ErrDeliveryUnknown)
	assert.Zero(t, n.Load())
	assert.Equal(t, "test: send thing: context canceled (POST /things/{id}, 0 attempts)", err.Error())
}

func TestDo_CauseOfTheCancellationIsKept(t *testing.T) {
	shutdown := errors.New("shutting down")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(shutdown)
	_, err := newTestClient(t, "https://127.0.0.1:1", nil).Do(ctx, Call{Operation: get, IDs: []string{"1"}})
	assert.ErrorIs(t, err, context.Canceled)
	assert.ErrorIs(t, err, shutdown)
}

func TestDo_CancelInAWaitReturnsAtOnceWithTheLastStatus(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		down := roundTripper(func(*http.Request) (*http.Response, error) {
			r := answer(503, "busy")
			r.Header.Set("Retry-After", "20")
			return r, nil
		})
		c := newTestClient(t, "https://api.example", func(cfg *Config) {
			cfg.HTTPClient, cfg.MaxRetryWait = &http.Client{Transport: down}, 0
		})
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(3*time.Second, cancel)
		start := time.Now()
		_, err := c.Do(ctx, Call{Operation: get, IDs: []string{"1"}})
		assert.Equal(t, 3*time.Second, time.Since(start))
		assert.ErrorIs(t, err, context.Canceled)
		assert.Equal(t, 503, asFailure(t, err).StatusCode)
		assert.Equal(t, 20*time.Second, asFailure(t, err).RetryAfter)
	})
}

func TestDo_RoundTripperWithoutHooksProvesNothing(t *testing.T) {
	var n atomic.Int32
	broken := roundTripper(func(*http.Request) (*http.Response, error) { n.Add(1); return nil, io.ErrUnexpectedEOF })
	c := newTestClient(t, "https://api.example", func(cfg *Config) { cfg.HTTPClient = &http.Client{Transport: broken} })
	err := use(t, c, post)
	assert.EqualValues(t, 1, n.Swap(0))
	assert.ErrorIs(t, err, parley.ErrDeliveryUnknown)
	assert.ErrorIs(t, err, io.ErrUnexpectedEOF)
	require.Error(t, use(t, c, get))
	assert.EqualValues(t, 3, n.Load())
}

// flakyDialer refuses the first dials.
func flakyDialer(refusals int32, err error) (*http.Transport, *atomic.Int32) {
	var n atomic.Int32
	var d net.Dialer
	return &http.Transport{DisableKeepAlives: true, DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
		if n.Add(1) <= refusals {
			return nil, err
		}
		return d.DialContext(ctx, network, addr)
	}}, &n
}

func TestDo_DialRefusedTwiceThenThePOSTSucceeds(t *testing.T) {
	url, n := counted(t, func(w http.ResponseWriter, _ *http.Request, _ int) { _, _ = io.WriteString(w, `{"id":"1"}`) })
	for name, err := range map[string]error{
		"refused":          &net.OpError{Op: "dial", Err: errors.New("connection refused")},
		"temporary lookup": &net.OpError{Op: "dial", Err: &net.DNSError{Err: "server misbehaving", IsTemporary: true}},
	} {
		t.Run(name, func(t *testing.T) {
			dialer, dials := flakyDialer(2, err)
			c := newTestClient(t, url, func(cfg *Config) { cfg.HTTPClient = &http.Client{Transport: dialer} })
			require.NoError(t, use(t, c, post))
			assert.EqualValues(t, 3, dials.Load())
			assert.EqualValues(t, 1, n.Swap(0))
		})
	}
}

func TestDo_PermanentFailuresAreNotTriedAgain(t *testing.T) {
	noSuchHost := &net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", IsNotFound: true}}
	dialer, dials := flakyDialer(100, noSuchHost)
	c := newTestClient(t, "https://missing.example", func(cfg *Config) { cfg.HTTPClient = &http.Client{Transport: dialer} })
	err := use(t, c, post)
	assert.EqualValues(t, 1, dials.Load())
	assert.NotErrorIs(t, err, parley.ErrDeliveryUnknown)
	assert.Contains(t, err.Error(), "no such host")
}

func TestDo_UnknownAuthorityIsNotTriedAgain(t *testing.T) {
	var handshakes atomic.Int32
	s := httptest.NewUnstartedServer(http.NotFoundHandler())
	s.TLS = &tls.Config{GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) { handshakes.Add(1); return nil, nil }}
	s.Config.ErrorLog = discardLog()
	s.StartTLS()
	t.Cleanup(s.Close)
	err := use(t, newTestClient(t, s.URL, nil), get)
	require.Error(t, err)
	assert.EqualValues(t, 1, handshakes.Load())
	var unknown *tls.CertificateVerificationError
	assert.ErrorAs(t, err, &unknown)
}

func TestDo_TLSHandshakeCutIsNeverSent(t *testing.T) {
	var dials atomic.Int32
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			dials.Add(1)
			_ = conn.Close()
		}
	}()
	t.Cleanup(func() { _ = l.Close(); <-done })
	err = use(t, newTestClient(t, "https://"+l.Addr().String(), nil), post)
	assert.EqualValues(t, 3, dials.Load())
	assert.NotErrorIs(t, err, parley.ErrDeliveryUnknown)
}

func TestDo_RetryUnsafeSendsAgainAndKeepsSayingThatDeliveryIsUnknown(t *testing.T) {
	url, n := counted(t, func(w http.ResponseWriter, _ *http.Request, n int) {
		if n == 1 {
			w.WriteHeader(502)
			return
		}
		w.WriteHeader(400)
	})
	err := use(t, newTestClient(t, url, func(cfg *Config) { cfg.RetryNonIdempotent = true }), post)
	assert.EqualValues(t, 2, n.Load())
	assert.ErrorIs(t, err, parley.ErrBadRequest)
	assert.ErrorIs(t, err, parley.ErrDeliveryUnknown, "the first attempt may have been acted on")
}

func TestDo_MaxRetries(t *testing.T) {
	for retries, want := range map[int]int32{-1: 1, 0: 3, 1: 2, 5: 6} {
		url, n := counted(t, status(500))
		require.Error(t, use(t, newTestClient(t, url, func(cfg *Config) { cfg.MaxRetries = retries }), get))
		assert.Equal(t, want, n.Load(), "MaxRetries %d", retries)
	}
}

// renewable is a credential whose second value the server takes.
type renewable struct {
	auth.None
	renewals atomic.Int32
	refuse   bool
	err      error
}

func (r *renewable) Authorize(_ context.Context, req *http.Request) (string, error) {
	token := []string{"old-token", "new-token"}[min(r.renewals.Load(), 1)]
	req.Header.Set("Authorization", "Bearer "+token)
	return token, nil
}

func (r *renewable) Refresh(context.Context, string) (bool, error) {
	r.renewals.Add(1)
	return !r.refuse, r.err
}

func TestDo_UnauthorizedRenewsOnceAlsoWithoutRetries(t *testing.T) {
	url, n := counted(t, func(w http.ResponseWriter, r *http.Request, _ int) {
		if r.Header.Get("Authorization") != "Bearer new-token" {
			w.WriteHeader(401)
			return
		}
		_, _ = io.WriteString(w, `{"id":"1"}`)
	})
	source := &renewable{}
	c := newTestClient(t, url, func(cfg *Config) { cfg.Authorizer, cfg.MaxRetries = source, -1 })
	require.NoError(t, use(t, c, post))
	assert.EqualValues(t, 2, n.Load())
	assert.EqualValues(t, 1, source.renewals.Load())
}

func TestDo_UnauthorizedTwiceIsTheError(t *testing.T) {
	url, n := counted(t, status(401))
	source := &renewable{}
	err := use(t, newTestClient(t, url, func(cfg *Config) { cfg.Authorizer = source }), get)
	assert.ErrorIs(t, err, parley.ErrUnauthorized)
	assert.EqualValues(t, 2, n.Load())
	assert.EqualValues(t, 1, source.renewals.Load())
}

func TestDo_RenewalThatFailsOrBringsNothingNew(t *testing.T) {
	url, n := counted(t, status(401))
	down := errors.New("token server down")
	for _, source := range []*renewable{{refuse: true}, {err: down}} {
		err := use(t, newTestClient(t, url, func(cfg *Config) { cfg.Authorizer = source }), post)
		assert.ErrorIs(t, err, parley.ErrUnauthorized)
		assert.Equal(t, source.err != nil, errors.Is(err, down))
		assert.EqualValues(t, 1, n.Swap(0))
	}
}

// broken is a credential that cannot be had.
type broken struct{ auth.None }

func (broken) Authorize(context.Context, *http.Request) (string, error) {
	return "", errors.New("no token")
}

func TestDo_NoTokenNothingSent(t *testing.T) {
	url, n := counted(t, status(200))
	err := use(t, newTestClient(t, url, func(cfg *Config) { cfg.Authorizer = broken{} }), post)
	assert.EqualError(t, err, "test: send thing: no token (POST /things/{id}, 0 attempts)")
	assert.Zero(t, n.Load())
}

func TestDo_ASecondAttemptWithoutTokenKeepsDeliveryUnknown(t *testing.T) {
	url, n := counted(t, status(502))
	source := &failsLater{}
	c := newTestClient(t, url, func(cfg *Config) { cfg.Authorizer, cfg.RetryNonIdempotent = source, true })
	err := use(t, c, post)
	assert.EqualValues(t, 1, n.Load())
	assert.ErrorIs(t, err, parley.ErrDeliveryUnknown)
	assert.ErrorContains(t, err, "no token")
	assert.ErrorIs(t, err, parley.ErrServer, "the last status")
	assert.Equal(t, 502, asFailure(t, err).StatusCode)
}

type failsLater struct {
	auth.None
	calls atomic.Int32
}

func (f *failsLater) Authorize(context.Context, *http.Request) (string, error) {
	if f.calls.Add(1) > 1 {
		return "", errors.New("no token")
	}
	return "", nil
}
