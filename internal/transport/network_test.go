package transport

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley"
)

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
