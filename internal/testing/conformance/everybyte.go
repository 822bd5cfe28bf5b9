package conformance

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/seed-127a5941/parley"
)

// requestEnd is the last byte of a request after which the connection is cut. Requests of the operations are longer.
const requestEnd = 200

// silence is how long a client waits for a server that has gone silent.
const silence = 500 * time.Millisecond

// everyByte closes and resets the connection after each byte of the response to each operation, and after each of the
// first bytes of the request. Connections are in memory. A stream has tests of its own, because only its beginning
// belongs to the attempt.
func (s *subject[C]) everyByte(t reporter) {
	s.all(func(op *Operation[C]) {
		if op.Stream {
			return
		}
		response := s.wholeResponse(&op.Spec)
		for cut := range len(response) {
			s.cut(t, op, &cutServer{response: response[:cut], reset: cut%2 == 0})
			s.cut(t, op, &cutServer{response: response[:cut], reset: cut%2 != 0})
		}
		for _, cut := range []int{20, len(response) - 1} { // each costs a timeout
			s.cut(t, op, &cutServer{response: response[:cut], silent: true})
		}
		fetchesToken := s.Grant != nil && !op.FixedKey
		for cut := 1; cut <= requestEnd; cut++ {
			s.cut(t, op, &cutServer{request: cut, reset: cut%2 == 0, tokenFirst: fetchesToken})
		}
	})
}

func (s *subject[C]) wholeResponse(spec *Spec) string {
	return fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s", spec.contentType(),
		len(spec.Reply), spec.Reply)
}

// cut makes one call against server and verifies the verdict on it.
func (s *subject[C]) cut(to reporter, op *Operation[C], server *cutServer) {
	t := &trial{spec: &op.Spec}
	t.reporter = prefixed{to, fmt.Sprintf("%s, cut after %d bytes of the request or %d of the response, silent %t",
		op.Name, server.request, len(server.response), server.silent)}
	server.grant = s.Grant
	pool := &http.Transport{DialContext: server.dial, DisableKeepAlives: true}
	set := Settings{
		BaseURL: "http://127.0.0.1" + prefix + "0", HTTPClient: &http.Client{Transport: pool},
		MaxRetryWait: time.Microsecond,
	}
	if server.silent {
		set.Timeout = silence
	}
	client, err := s.New(set)
	if err != nil {
		t.Errorf("no client: %v", err)
		return
	}
	t.err = op.Call(context.Background(), client, s.ids(op)...)
	server.wait()
	pool.CloseIdleConnections()
	w := lost(&op.Spec)
	if got := int(server.requests.Load()); got != w.requests {
		t.Errorf("%d requests, want %d: %v", got, w.requests, t.err)
	}
	if t.err == nil {
		t.Errorf("returns no error")
		return
	}
	if server.silent {
		w.is = []error{context.DeadlineExceeded, parley.ErrAttemptTimeout}
	}
	s.verifyClasses(t, w)
	if answer := s.Answer(t.err); answer != nil {
		t.Errorf("is an *Error of a response that did not come whole: %v", t.err)
	}
}

// cutServer serves connections in memory. It breaks off each request or each response.
type cutServer struct {
	request  int    // the bytes of a request that it reads, 0 for all of it
	response string // what it writes of a response
	silent   bool   // it then keeps the connection open without a word
	reset    bool   // the client then reads that the connection was reset, and not that it was closed
	grant    func(http.ResponseWriter, string) bool
	// tokenFirst says that the first connection carries a request for a token, which is read whole.
	tokenFirst bool

	connections atomic.Int32
	requests    atomic.Int32
	serving     sync.WaitGroup
}

func (c *cutServer) dial(context.Context, string, string) (net.Conn, error) {
	client, server := net.Pipe()
	limit := c.request
	if c.connections.Add(1) == 1 && c.tokenFirst {
		limit = 0
	}
	c.serving.Go(func() { c.serve(server, limit) })
	if c.reset {
		return resetConn{client}, nil
	}
	return client, nil
}

// resetConn is a connection whose end reads as a reset.
type resetConn struct{ net.Conn }

func (c resetConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if errors.Is(err, io.EOF) {
		err = &net.OpError{Op: "read", Net: "tcp", Err: syscall.ECONNRESET}
	}
	return n, err
}

func (c *cutServer) wait() { c.serving.Wait() }

func (c *cutServer) serve(conn net.Conn, limit int) {
	defer conn.Close()
	first := &head{r: conn, limit: limit}
	r, err := http.ReadRequest(bufio.NewReader(first))
	if err != nil {
		c.requests.Add(1)
		return
	}
	rest, _ := strings.CutPrefix(r.URL.EscapedPath(), prefix+"0")
	if c.grant != nil {
		recorder := httptest.NewRecorder()
		if c.grant(recorder, rest) {
			first.limit = 0
			_, _ = io.Copy(io.Discard, r.Body)
			token := recorder.Result()
			// else the end of the connection would be that of the token
			token.ContentLength = int64(recorder.Body.Len())
			_ = token.Write(conn)
			return
		}
	}
	c.requests.Add(1)
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		return
	}
	_, _ = io.WriteString(conn, c.response)
	if c.silent {
		_, _ = io.Copy(io.Discard, conn) // until the client gives up
	}
}

// head ends after a number of bytes, unless that is 0.
type head struct {
	r     io.Reader
	limit int
	read  int
}

func (h *head) Read(p []byte) (int, error) {
	if h.limit > 0 {
		if h.read >= h.limit {
			return 0, io.ErrUnexpectedEOF
		}
		p = p[:min(len(p), h.limit-h.read)]
	}
	n, err := h.r.Read(p)
	h.read += n
	return n, err
}
