package transport

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley"
)

// flakyDialer refuses the first dials.
func flakyDialer(refusals int32, err error) (*http.Transport, *atomic.Int32) {
	var n atomic.Int32
	var d net.Dialer
	return &http.Transport{
		DisableKeepAlives: true, DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			if n.Add(1) <= refusals {
				return nil, err
			}
			return d.DialContext(ctx, network, addr)
		},
	}, &n
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
	c := newTestClient(t, "https://missing.example",
		func(cfg *Config) { cfg.HTTPClient = &http.Client{Transport: dialer} })
	err := use(t, c, post)
	assert.EqualValues(t, 1, dials.Load())
	assert.NotErrorIs(t, err, parley.ErrDeliveryUnknown)
	assert.Contains(t, err.Error(), "no such host")
}

func TestDo_UnknownAuthorityIsNotTriedAgain(t *testing.T) {
	var handshakes atomic.Int32
	s := httptest.NewUnstartedServer(http.NotFoundHandler())
	s.TLS = &tls.Config{
		GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) { handshakes.Add(1); return nil, nil },
	}
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

// connectProxy refuses every CONNECT with status and counts them.
func connectProxy(t *testing.T, status string) (*url.URL, *atomic.Int32) {
	address, n := rawServer(t, func(conn net.Conn, _ int) {
		_, _ = io.WriteString(conn, "HTTP/1.1 "+status+"\r\nContent-Length: 0\r\n\r\n")
		_ = conn.(*net.TCPConn).CloseWrite()
		_, _ = io.Copy(io.Discard, conn)
	})
	u, err := url.Parse(address)
	require.NoError(t, err)
	u.User = url.UserPassword("corp", "corp-password")
	return u, n
}

func TestProxy_RefusedConnect(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		status, user, own string
		asked             int32
	}{
		{
			"407 Proxy Authentication Required", "proxy or network: Proxy Authentication Required",
			"the proxy refused to connect: 407 Proxy Authentication Required", 1,
		},
		{"403 Forbidden", "proxy or network: Forbidden", "the proxy refused to connect: 403 Forbidden", 1},
		{"502 Bad Gateway", "proxy or network: Bad Gateway", "the proxy refused to connect: 502 Bad Gateway", 3},
		{"599 Out of order", "proxy or network: Out of order", "the proxy refused to connect: 599", 3},
	} {
		for _, known := range []bool{false, true} {
			proxy, n := connectProxy(t, tt.status)
			pool := &http.Transport{Proxy: http.ProxyURL(proxy)}
			want := tt.user
			if known { // as in the SDK's own pool
				pool.OnProxyConnectResponse, want = checkConnect, tt.own
			}
			c := newTestClient(t, "https://api.example",
				func(cfg *Config) { cfg.HTTPClient = &http.Client{Transport: pool} })
			for _, op := range []*Operation{get, post} {
				err := use(t, c, op)
				assert.ErrorContains(t, err, ": "+want+" (")
				assert.NotErrorIs(t, err, parley.ErrDeliveryUnknown)
				assert.NotContains(t, err.Error(), "corp-password")
				assert.Equal(t, tt.asked, n.Swap(0), tt.status)
			}
		}
	}
	assert.NotNil(t, sharedPool().OnProxyConnectResponse)
	assert.NoError(t, checkConnect(t.Context(), nil, nil, answer(200, "")))
}

func TestProxy_FuncThatFailsIsNeverOfUnknownDelivery(t *testing.T) {
	down := errors.New("no proxy for today")
	pool := &http.Transport{Proxy: func(*http.Request) (*url.URL, error) { return nil, down }}
	c := newTestClient(t, "https://api.example", func(cfg *Config) { cfg.HTTPClient = &http.Client{Transport: pool} })
	err := use(t, c, post)
	assert.ErrorIs(t, err, down)
	assert.NotErrorIs(t, err, parley.ErrDeliveryUnknown)

	// Another protocol of the Transport calls no hook either, so its error proves no loss.
	other := &http.Transport{
		TLSNextProto: map[string]func(string, *tls.Conn) http.RoundTripper{}, // no HTTP/2, which would register itself
		Proxy:        func(*http.Request) (*url.URL, error) { return nil, nil },
	}
	other.RegisterProtocol("https",
		roundTripper(func(*http.Request) (*http.Response, error) { return nil, io.ErrUnexpectedEOF }))
	c = newTestClient(t, "https://api.example", func(cfg *Config) { cfg.HTTPClient = &http.Client{Transport: other} })
	assert.ErrorIs(t, use(t, c, post), parley.ErrDeliveryUnknown)
}

// A Proxy function that begins to fail with the error of a lost connection proves nothing about a request that was
// written.
func TestProxy_FuncThatFailsAfterTheRequestWasWritten(t *testing.T) {
	base, n := rawServer(t, reset)
	asked := 0
	pool := &http.Transport{DisableKeepAlives: true, Proxy: func(*http.Request) (*url.URL, error) {
		if asked++; asked > 1 {
			return nil, syscall.ECONNRESET
		}
		return nil, nil
	}}
	c := newTestClient(t, base, func(cfg *Config) { cfg.HTTPClient = &http.Client{Transport: pool} })
	err := use(t, c, post)
	assert.ErrorIs(t, err, parley.ErrDeliveryUnknown)
	assert.NotErrorIs(t, err, parley.ErrNotSent)
	assert.EqualValues(t, 1, n.Load())
}

func TestProxy_ThatIsDownIsNamedByNetHTTP(t *testing.T) {
	gone := &url.URL{Scheme: "http", Host: "127.0.0.1:1"}
	c := newTestClient(t, "https://api.example", func(cfg *Config) {
		cfg.HTTPClient = &http.Client{Transport: &http.Transport{Proxy: http.ProxyURL(gone)}}
	})
	err := use(t, c, post)
	assert.ErrorContains(t, err, "proxyconnect")
	assert.NotErrorIs(t, err, parley.ErrDeliveryUnknown)
}

// tlsServer counts its handshakes.
func tlsServer(t *testing.T, change func(*tls.Config)) (*httptest.Server, *atomic.Int32) {
	var n atomic.Int32
	s := httptest.NewUnstartedServer(
		http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{"id":"1"}`) }),
	)
	s.TLS = &tls.Config{
		GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) { n.Add(1); return nil, nil },
	}
	change(s.TLS)
	s.Config.ErrorLog = discardLog()
	s.StartTLS()
	t.Cleanup(s.Close)
	return s, &n
}

func TestTLS_RefusedClientCertificateIsTriedOnce(t *testing.T) {
	s, n := tlsServer(t, func(c *tls.Config) {
		c.ClientAuth, c.MaxVersion = tls.RequireAnyClientCert, tls.VersionTLS12
	})
	c := newTestClient(t, s.URL, func(cfg *Config) { cfg.HTTPClient = s.Client() })
	for _, op := range []*Operation{get, post} {
		err := use(t, c, op)
		require.Error(t, err)
		assert.EqualValues(t, 1, n.Swap(0), "%v", err)
		assert.NotErrorIs(t, err, parley.ErrDeliveryUnknown)
	}
}

func TestTLS_PlainHTTPBehindAnHTTPSURLIsTriedOnce(t *testing.T) {
	var n atomic.Int32
	s := httptest.NewUnstartedServer(http.NotFoundHandler())
	s.Config.ConnState = countNew(&n)
	s.Start()
	t.Cleanup(s.Close)
	err := use(t, newTestClient(t, "https"+strings.TrimPrefix(s.URL, "http"), nil), post)
	require.Error(t, err)
	assert.EqualValues(t, 1, n.Load())
	assert.NotErrorIs(t, err, parley.ErrDeliveryUnknown)
}

func TestClassifyError(t *testing.T) {
	alert := &net.OpError{Op: "remote error", Err: errors.New("tls: certificate required")}
	for name, tt := range map[string]struct {
		o    outcome
		want verdict
	}{
		"expired": {
			outcome{err: &tls.CertificateVerificationError{Err: io.EOF}}, verdict{neverSent, false},
		},
		"unknown authority": {outcome{err: x509.UnknownAuthorityError{}}, verdict{neverSent, false}},
		"other host": {
			outcome{err: x509.HostnameError{Certificate: &x509.Certificate{}}}, verdict{neverSent, false},
		},
		"no TLS": {
			outcome{err: tls.RecordHeaderError{Msg: "first record"}}, verdict{neverSent, false},
		},
		"client certificate": {outcome{err: alert, written: true}, verdict{neverSent, false}},
		"another alert": {
			outcome{err: &net.OpError{Op: "remote error", Err: errors.New("tls: internal error")}, written: true},
			verdict{ambiguous, true},
		},
		"no such host": {outcome{err: &net.DNSError{IsNotFound: true}}, verdict{neverSent, false}},
		"no such host, but later": {
			outcome{err: &net.DNSError{IsNotFound: true}, written: true}, verdict{ambiguous, false},
		},
		"lookup failed": {
			outcome{err: &net.DNSError{IsTemporary: true}, unsent: true}, verdict{neverSent, true},
		},
		"proxy says no": {outcome{err: &proxyError{status: 407}, unsent: true}, verdict{neverSent, false}},
		"proxy is down": {outcome{err: &proxyError{status: 502}, unsent: true}, verdict{neverSent, true}},
		"unprocessed":   {outcome{err: errors.New(http2GoAway), written: true}, verdict{neverSent, true}},
		"the same in the response": {
			outcome{err: errors.New(http2GoAway), written: true, began: true}, verdict{ambiguous, true},
		},
		"cut": {outcome{err: io.EOF, written: true}, verdict{ambiguous, true}},
	} {
		assert.Equal(t, tt.want, classify(tt.o), name)
	}
}

func TestTLS_ExpiredCertificateIsTriedOnce(t *testing.T) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	expired := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-48 * time.Hour),
		NotAfter: time.Now().Add(-24 * time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true,
		BasicConstraintsValid: true,
	}
	encoded, err := x509.CreateCertificate(rand.Reader, expired, expired, key.Public(), key)
	require.NoError(t, err)
	certificate, err := x509.ParseCertificate(encoded)
	require.NoError(t, err)
	s := httptest.NewUnstartedServer(http.NotFoundHandler())
	s.Config.ErrorLog = discardLog()
	s.TLS = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{encoded}, PrivateKey: key}}}
	s.StartTLS()
	defer s.Close()
	known := x509.NewCertPool()
	known.AddCert(certificate)
	pool := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: known}}
	defer pool.CloseIdleConnections()
	var attempts int
	c := newTestClient(t, s.URL, func(cfg *Config) {
		cfg.HTTPClient = &http.Client{Transport: pool}
		cfg.Hooks.OnAttempt = func(context.Context, parley.Attempt) { attempts++ }
	})
	err = use(t, c, post)
	require.ErrorIs(t, err, parley.ErrNotSent)
	assert.ErrorContains(t, err, "expired")
	assert.Equal(t, 1, attempts)
}

// Without a proxy, no error is told as that of a proxy.
func TestDo_AnErrorOfTheUsersDialIsNoProxys(t *testing.T) {
	pool := &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) {
		return nil, errors.New("the tunnel is closed")
	}}
	c := newTestClient(t, "https://vendor.example", func(cfg *Config) {
		cfg.HTTPClient = &http.Client{Transport: pool}
	})
	err := use(t, c, post)
	require.ErrorContains(t, err, "the tunnel is closed")
	assert.NotContains(t, err.Error(), "proxy")
}
