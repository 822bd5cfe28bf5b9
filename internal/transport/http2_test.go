package transport

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"

	"github.com/seed-127a5941/parley"
)

// http2Server speaks raw HTTP/2 over TLS. It counts requests and calls answer for each whole one.
type http2Server struct {
	url     string
	streams atomic.Int32
	conn    atomic.Pointer[net.Conn]                  // the last one
	answer  func(f *http2.Framer, stream uint32) bool // false closes the connection
}

func newHTTP2Server(t *testing.T, answer func(f *http2.Framer, stream uint32) bool) *http2Server {
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: testCertificate(), NextProtos: []string{"h2"}})
	require.NoError(t, err)
	s := &http2Server{answer: answer, url: "https://" + l.Addr().String()}
	s.start(t, l)
	return s
}

func (s *http2Server) start(t *testing.T, l net.Listener) {
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
	s.conn.Store(&conn)
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

// A request that is not idempotent is sent again only if the server says that it did not process it. An idempotent one
// leaves once per attempt.
func TestHTTP2_EveryAttemptIsOneRequest(t *testing.T) {
	t.Parallel()
	reset := func(code http2.ErrCode) func(*http2.Framer, uint32) bool {
		return func(f *http2.Framer, stream uint32) bool { return f.WriteRSTStream(stream, code) == nil }
	}
	goAway := func(below uint32, code http2.ErrCode, debug string, open bool) func(*http2.Framer, uint32) bool {
		return func(f *http2.Framer, stream uint32) bool {
			_ = f.WriteGoAway(stream-below, code, []byte(debug))
			return open
		}
	}
	for name, tt := range map[string]struct {
		answer      func(*http2.Framer, uint32) bool
		unprocessed bool
	}{
		"protocol error":                    {reset(http2.ErrCodeProtocol), false},
		"cancel":                            {reset(http2.ErrCodeCancel), false},
		"internal error":                    {reset(http2.ErrCodeInternal), false},
		"GOAWAY that covers the stream":     {goAway(0, http2.ErrCodeNo, "", false), false},
		"the same with a debug text":        {goAway(0, http2.ErrCodeNo, http2GoAway, false), false},
		"refused stream":                    {reset(http2.ErrCodeRefusedStream), true},
		"GOAWAY that leaves the stream out": {goAway(1, http2.ErrCodeNo, "", false), true},
		"the same on an open connection":    {goAway(1, http2.ErrCodeNo, "", true), true},
		"GOAWAY with an error code":         {goAway(1, http2.ErrCodeEnhanceYourCalm, "slow down", true), true},
	} {
		t.Run(name, func(t *testing.T) {
			posts := int32(1)
			if tt.unprocessed {
				posts = 3
			}
			s := newHTTP2Server(t, tt.answer)
			err := use(t, s.client(t, 3), post)
			assert.Equal(t, posts, s.streams.Swap(0), "POSTs")
			assert.Equal(t, !tt.unprocessed, errors.Is(err, parley.ErrDeliveryUnknown), "%v", err)

			_, err = s.client(t, 3).Do(t.Context(), Call{Operation: post, IDs: []string{"1"}})
			assert.Equal(t, posts, s.streams.Swap(0), "POSTs without a body")
			assert.Equal(t, !tt.unprocessed, errors.Is(err, parley.ErrDeliveryUnknown), "%v", err)

			require.Error(t, use(t, s.client(t, 3), get))
			assert.EqualValues(t, 3, s.streams.Swap(0), "GETs")
			require.Error(t, use(t, s.client(t, 3), remove))
			assert.EqualValues(t, 3, s.streams.Swap(0), "DELETEs")
		})
	}
}

// A reload of the server costs no message. After some requests the server closes each connection by a GOAWAY that
// leaves the next stream out.
func TestHTTP2_MessagesSurviveAReload(t *testing.T) {
	t.Parallel()
	s := newHTTP2Server(t, nil)
	var answered atomic.Int32
	s.answer = func(f *http2.Framer, stream uint32) bool {
		if stream > 5 {
			_ = f.WriteGoAway(stream-2, http2.ErrCodeNo, nil)
			return false
		}
		answered.Add(1)
		return respondHTTP2(f, stream, `{"id":"1"}`)
	}
	c := s.client(t, 3)
	for range 30 {
		require.NoError(t, use(t, c, post))
	}
	assert.EqualValues(t, 30, answered.Load())
}

// respondHTTP2 sends a whole 200 response.
func respondHTTP2(f *http2.Framer, stream uint32, body string) bool {
	var header bytes.Buffer
	encoder := hpack.NewEncoder(&header)
	_ = encoder.WriteField(hpack.HeaderField{Name: ":status", Value: "200"})
	_ = f.WriteHeaders(http2.HeadersFrameParam{StreamID: stream, BlockFragment: header.Bytes(), EndHeaders: true})
	return f.WriteData(stream, true, []byte(body)) == nil
}

// RST_STREAM after a response began does not tell whether the request was processed.
func TestHTTP2_RefusedStreamAfterTheResponseBeganProvesNothing(t *testing.T) {
	s := newHTTP2Server(t, func(f *http2.Framer, stream uint32) bool {
		var header bytes.Buffer
		_ = hpack.NewEncoder(&header).WriteField(hpack.HeaderField{Name: ":status", Value: "200"})
		_ = f.WriteHeaders(http2.HeadersFrameParam{StreamID: stream, BlockFragment: header.Bytes(), EndHeaders: true})
		return f.WriteRSTStream(stream, http2.ErrCodeRefusedStream) == nil
	})
	err := use(t, s.client(t, 3), post)
	assert.EqualValues(t, 1, s.streams.Load())
	assert.ErrorIs(t, err, parley.ErrDeliveryUnknown)
}

func TestHTTP2_AnAttemptThatNetHTTPWouldSendTwiceSaysSo(t *testing.T) {
	s := newHTTP2Server(t, func(f *http2.Framer, stream uint32) bool {
		return f.WriteRSTStream(stream, http2.ErrCodeProtocol) == nil
	})
	err := use(t, s.client(t, 0), get)
	assert.EqualValues(t, 1, s.streams.Load())
	assert.ErrorIs(t, err, errWrittenTwice)
}

// The same as above for a user's Transport that speaks HTTP/2 without TLS.
func TestHTTP2_EveryAttemptIsOneRequestWithoutTLS(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	s := &http2Server{url: "http://" + l.Addr().String(), answer: func(f *http2.Framer, stream uint32) bool {
		return f.WriteRSTStream(stream, http2.ErrCodeProtocol) == nil
	}}
	s.start(t, l)
	pool := &http.Transport{Protocols: &http.Protocols{}}
	pool.Protocols.SetUnencryptedHTTP2(true)
	t.Cleanup(pool.CloseIdleConnections)
	c := newTestClient(t, s.url, func(cfg *Config) {
		cfg.HTTPClient, cfg.MaxRetries = &http.Client{Transport: pool}, 2
	})
	require.Error(t, use(t, c, get))
	assert.EqualValues(t, 3, s.streams.Swap(0), "GETs")
	assert.ErrorIs(t, use(t, c, post), parley.ErrDeliveryUnknown)
	assert.EqualValues(t, 1, s.streams.Swap(0), "POSTs")
}

// A redirect that is followed is a request of its own, and the hooks that end a repetition let it pass.
func TestHTTP2_RedirectIsFollowed(t *testing.T) {
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		assert.Equal(t, 2, r.ProtoMajor)
		if r.URL.Path != "/moved" {
			http.Redirect(w, r, "/moved", http.StatusTemporaryRedirect)
			return
		}
		_, _ = io.WriteString(w, `{"id":"1"}`)
	}))
	s.EnableHTTP2 = true
	s.StartTLS()
	t.Cleanup(s.Close)
	c := newTestClient(t, s.URL, func(cfg *Config) { cfg.HTTPClient = s.Client() })
	assert.NoError(t, use(t, c, get))
}

// net/http repeats a refused GET by itself and tells nobody of the refusal, so the SDK cannot know that this one was
// not processed. Without retries the call ends after its one request.
func TestHTTP2_RefusedGETWithoutRetriesIsOneRequest(t *testing.T) {
	s := newHTTP2Server(t, func(f *http2.Framer, stream uint32) bool {
		return f.WriteRSTStream(stream, http2.ErrCodeRefusedStream) == nil
	})
	err := use(t, s.client(t, 0), get)
	assert.EqualValues(t, 1, s.streams.Load())
	assert.ErrorIs(t, err, errWrittenTwice)
	assert.NotErrorIs(t, err, parley.ErrNotSent)
}

func TestIsUnprocessed(t *testing.T) {
	for _, text := range []string{
		http2GoAway, http2Unusable, http2Unopened,
		"stream error: stream ID 17; REFUSED_STREAM; received from peer",
		"http2: Transport received GOAWAY from server ErrCode:ENHANCE_YOUR_CALM",
		"http2: Transport: cannot retry err [stream error: stream ID 1; REFUSED_STREAM; received from peer]" +
			http2NoGetBody[1:],
		"http2: Transport: cannot retry err [" + http2GoAway + http2NoGetBody,
	} {
		assert.True(t, isUnprocessed(&url.Error{Op: "Post", URL: "https://api.example", Err: errors.New(text)}), text)
	}
	for _, text := range []string{
		"", "http2: client connection lost", "http2: client conn is closed", "EOF",
		"stream error: stream ID 1; REFUSED_STREAM", "stream error: stream ID x; REFUSED_STREAM; received from peer",
		"stream error: stream ID 1; PROTOCOL_ERROR; received from peer",
		"http2: Transport: cannot retry err [stream error: stream ID 1; PROTOCOL_ERROR; received from peer" +
			http2NoGetBody,
		"http2: Transport: cannot retry err [" + http2GoAway + "]",
		"http2: Transport received GOAWAY from server ErrCode:" + http2GoAway,
		`http2: server sent GOAWAY and closed the connection; LastStreamID=1, ErrCode=NO_ERROR, debug="` + http2GoAway +
			`"`,
		"proxy: " + http2GoAway,
	} {
		assert.False(t, isUnprocessed(errors.New(text)), text)
	}
	assert.False(t, isUnprocessed(nil))
	assert.False(t, isUnprocessed(errors.Join(errors.New(http2GoAway), io.EOF)), "what else happened is not known")
}

// The response is cut after each of its bytes, by a close and by a reset. With -short it is cut after every third.
func TestHTTP2_ResponseCutAfterEachByte(t *testing.T) {
	t.Parallel()
	var whole bytes.Buffer
	respondHTTP2(http2.NewFramer(&whole, nil), 1, `{"id":"1"}`)
	var length atomic.Int32
	var abruptly atomic.Bool
	s := newHTTP2Server(t, nil)
	s.answer = func(*http2.Framer, uint32) bool {
		conn := *s.conn.Load()
		_, _ = conn.Write(whole.Bytes()[:length.Load()])
		if tcp, ok := conn.(*tls.Conn).NetConn().(*net.TCPConn); ok && abruptly.Load() {
			_ = tcp.SetLinger(0)
			_ = tcp.Close()
		}
		return false
	}
	once := s.client(t, 0) // no retries
	step := 1
	if testing.Short() {
		step = 3
	}
	for cut := whole.Len() - 1; cut >= 0; cut -= step {
		for _, abrupt := range []bool{false, true} {
			length.Store(int32(cut))
			abruptly.Store(abrupt)
			err := use(t, once, post)
			assert.EqualValues(t, 1, s.streams.Swap(0), "POSTs, cut after %d", cut)
			assert.ErrorIs(t, err, parley.ErrDeliveryUnknown, "cut after %d", cut)
			assert.NotErrorIs(t, err, parley.ErrDecode)
			err = use(t, once, get)
			require.Error(t, err)
			assert.EqualValues(t, 1, s.streams.Swap(0), "GETs, cut after %d", cut)
			assert.NotErrorIs(t, err, parley.ErrDeliveryUnknown)
			assert.NotErrorIs(t, err, parley.ErrNotSent)
		}
	}
}
