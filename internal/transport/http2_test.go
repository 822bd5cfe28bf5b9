package transport

import (
	"crypto/tls"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/net/http2"

	"github.com/seed-127a5941/parley"
)

// http2Server speaks raw HTTP/2 over TLS: it counts requests and lets answer treat each whole one.
type http2Server struct {
	url     string
	streams atomic.Int32
	answer  func(f *http2.Framer, stream uint32) bool // false: close the connection
}

func newHTTP2Server(t *testing.T, answer func(f *http2.Framer, stream uint32) bool) *http2Server {
	s := &http2Server{answer: answer}
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: testCertificate(), NextProtos: []string{"h2"}})
	require.NoError(t, err)
	s.url = "https://" + l.Addr().String()
	var serving sync.WaitGroup
	var open []net.Conn
	serving.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				break
			}
			open = append(open, conn)
			serving.Go(func() { s.serve(conn) })
		}
		for _, conn := range open {
			_ = conn.Close()
		}
	})
	t.Cleanup(func() { _ = l.Close(); serving.Wait() })
	return s
}

func testCertificate() []tls.Certificate {
	s := httptest.NewUnstartedServer(nil)
	s.StartTLS()
	defer s.Close()
	return s.TLS.Certificates
}

func (s *http2Server) serve(conn net.Conn) {
	defer conn.Close()
	if _, err := io.ReadFull(conn, make([]byte, len(http2.ClientPreface))); err != nil {
		return
	}
	f := http2.NewFramer(conn, conn)
	_ = f.WriteSettings()
	for {
		frame, err := f.ReadFrame()
		if err != nil {
			return
		}
		if !s.handle(f, frame) {
			return
		}
	}
}

func (s *http2Server) handle(f *http2.Framer, frame http2.Frame) bool {
	switch frame := frame.(type) {
	case *http2.SettingsFrame:
		if !frame.IsAck() {
			_ = f.WriteSettingsAck()
		}
	case *http2.HeadersFrame:
		s.streams.Add(1)
		if frame.StreamEnded() {
			return s.answer(f, frame.StreamID)
		}
	case *http2.DataFrame:
		if frame.StreamEnded() {
			return s.answer(f, frame.StreamID)
		}
	}
	return true
}

func (s *http2Server) client(t *testing.T, attempts int) *Client {
	pool := &http.Transport{ForceAttemptHTTP2: true, TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
	t.Cleanup(pool.CloseIdleConnections)
	return newTestClient(t, s.url, func(cfg *Config) {
		cfg.HTTPClient = &http.Client{Transport: pool}
		cfg.MaxRetries = attempts - 1
	})
}

func TestHTTP2_NoStormAndNoSecondPOST(t *testing.T) {
	reset := func(code http2.ErrCode) func(*http2.Framer, uint32) bool {
		return func(f *http2.Framer, stream uint32) bool { return f.WriteRSTStream(stream, code) == nil }
	}
	for name, answer := range map[string]func(*http2.Framer, uint32) bool{
		"protocol error": reset(http2.ErrCodeProtocol),
		"refused stream": reset(http2.ErrCodeRefusedStream),
		"cancel":         reset(http2.ErrCodeCancel),
		"internal error": reset(http2.ErrCodeInternal),
		"GOAWAY that covers the stream": func(f *http2.Framer, stream uint32) bool {
			_ = f.WriteGoAway(stream, http2.ErrCodeNo, nil)
			return false
		},
		"GOAWAY that leaves the stream out": func(f *http2.Framer, _ uint32) bool {
			_ = f.WriteGoAway(0, http2.ErrCodeNo, nil)
			return false
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := newHTTP2Server(t, answer)
			err := use(t, s.client(t, 3), post)
			assert.EqualValues(t, 1, s.streams.Swap(0), "POSTs")
			assert.ErrorIs(t, err, parley.ErrDeliveryUnknown)

			bodiless := Call{Operation: post, IDs: []string{"1"}}
			_, err = s.client(t, 3).Do(t.Context(), bodiless)
			assert.EqualValues(t, 1, s.streams.Swap(0), "POSTs without a body")
			assert.ErrorIs(t, err, parley.ErrDeliveryUnknown)

			err = use(t, s.client(t, 3), get)
			require.Error(t, err)
			assert.LessOrEqual(t, s.streams.Load(), int32(6), "GETs, at most twice an attempt")
			assert.GreaterOrEqual(t, s.streams.Load(), int32(3), "GETs")
		})
	}
}

func TestHTTP2_AnAttemptThatWasMultipliedSaysSo(t *testing.T) {
	s := newHTTP2Server(t, func(f *http2.Framer, stream uint32) bool {
		return f.WriteRSTStream(stream, http2.ErrCodeProtocol) == nil
	})
	err := use(t, s.client(t, 0), get)
	assert.LessOrEqual(t, s.streams.Load(), int32(2*3))
	assert.ErrorIs(t, err, errMultiplied)
}
