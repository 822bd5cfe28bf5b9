package transport

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/apierr"
	"github.com/seed-127a5941/parley/internal/auth"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const testKey = "fake-key-000"

// vendorError stands for a vendor package's Error.
type vendorError struct{ *apierr.ErrorResponse }

func (e *vendorError) Error() string {
	return apierr.ErrorText{
		Operation: e.Operation, Method: e.Method, Path: e.Path, StatusCode: e.StatusCode,
		Message: e.Redact(string(e.Body)), Attempts: e.Attempts, Causes: e.Causes,
	}.String()
}

func (e *vendorError) Is(target error) bool { return apierr.Matches(e.StatusCode, target) }

func (e *vendorError) Unwrap() []error { return e.Causes }

var (
	get    = &Operation{Name: "get thing", Method: http.MethodGet, Path: "/things/{id}", Idempotent: true}
	remove = &Operation{Name: "remove thing", Method: http.MethodDelete, Path: "/things/{id}", Idempotent: true}
	post   = &Operation{Name: "send thing", Method: http.MethodPost, Path: "/things/{id}"}
)

// newTestClient returns a client of baseURL whose retries wait at most a millisecond and whose connections end with the
// test.
func newTestClient(t testing.TB, baseURL string, change func(*Config)) *Client {
	pool := &http.Transport{MaxIdleConnsPerHost: 100}
	t.Cleanup(pool.CloseIdleConnections)
	cfg := Config{
		Vendor: "test", BaseURL: baseURL, HTTPClient: &http.Client{Transport: pool}, MaxRetryWait: time.Millisecond,
		Authorizer: auth.NewHeader("Agent-Secret-Key", "", testKey),
		NewError:   func(f *apierr.ErrorResponse) error { return &vendorError{f} },
	}
	if change != nil {
		change(&cfg)
	}
	c, err := New(cfg)
	require.NoError(t, err)
	return c
}

type thing struct {
	ID  string     `json:"id"`
	Raw parley.Raw `json:"-"`
}

func (o *thing) complete(raw parley.Raw) error {
	o.Raw = raw
	if o.ID == "" {
		return errors.New("id is missing")
	}
	return nil
}

// use makes one call of op. It has a small body if the method has one.
func use(t testing.TB, c *Client, op *Operation) error {
	in := Call{Operation: op, IDs: []string{"42"}}
	if op.Method == http.MethodPost {
		in.Body = map[string]string{"message": "hello"}
	}
	_, err := Fetch(t.Context(), c, in, (*thing).complete)
	return err
}

// counted serves handler and counts the requests that arrived whole.
func counted(t testing.TB, handler func(w http.ResponseWriter, r *http.Request, n int)) (string, *atomic.Int32) {
	var n atomic.Int32
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		handler(w, r, int(n.Add(1)))
	}))
	t.Cleanup(s.Close)
	return s.URL, &n
}

func status(code int) func(http.ResponseWriter, *http.Request, int) {
	return func(w http.ResponseWriter, _ *http.Request, _ int) { w.WriteHeader(code) }
}

// rawServer reads one request per connection and passes the connection to serve. Afterwards it closes the connection
// with a reset.
func rawServer(t testing.TB, serve func(conn net.Conn, n int)) (string, *atomic.Int32) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	var n atomic.Int32
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			serveRaw(conn, &n, serve)
		}
	}()
	t.Cleanup(func() { _ = l.Close(); <-done })
	return "http://" + l.Addr().String(), &n
}

func serveRaw(conn net.Conn, n *atomic.Int32, serve func(net.Conn, int)) {
	defer conn.Close()
	r, err := http.ReadRequest(bufio.NewReader(conn))
	if err != nil {
		return
	}
	_, _ = io.Copy(io.Discard, r.Body)
	serve(conn, int(n.Add(1)))
	_ = conn.(*net.TCPConn).SetLinger(0)
}

func cutReply(conn net.Conn, _ int) {
	_, _ = fmt.Fprint(conn, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{\"id\":")
}

func reset(net.Conn, int) {}

// roundTripper is a RoundTripper that calls no hook of httptrace.
type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func answer(code int, body string) *http.Response {
	return &http.Response{
		StatusCode: code, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: http.Header{},
		Body: io.NopCloser(newReader(body)), ContentLength: int64(len(body)),
	}
}

func discardLog() *log.Logger { return log.New(io.Discard, "", 0) }

func newReader(s string) io.Reader { return strings.NewReader(s) }

func asFailure(t *testing.T, err error) *apierr.ErrorResponse {
	t.Helper()
	var v *vendorError
	require.ErrorAs(t, err, &v)
	return v.ErrorResponse
}
