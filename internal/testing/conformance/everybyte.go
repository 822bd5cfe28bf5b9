package conformance

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/seed-127a5941/parley"
)

// requestStep is the distance of the places at which the connection is cut during the request.
const requestStep = 15

// silence is how long a client waits for a server that has gone silent.
const silence = 500 * time.Millisecond

// everyByte cuts the response to each operation after each of its bytes, and the connection after some bytes of the
// request. Connections are in memory. A stream has tests of its own, because only its beginning belongs to the attempt.
func (s *subject[C]) everyByte(t reporter) {
	s.all(func(op *Operation[C]) {
		if op.Stream {
			return
		}
		response := s.wholeResponse(&op.Spec)
		for cut := range len(response) {
			s.cut(t, op, &cutServer{response: response[:cut]})
		}
		for _, cut := range []int{20, len(response) - 1} { // each costs a timeout
			s.cut(t, op, &cutServer{response: response[:cut], silent: true})
		}
		if s.Grant != nil && !op.FixedKey {
			return // the first request is the one for a token
		}
		for cut := 1; cut < 300; cut += requestStep {
			s.cut(t, op, &cutServer{request: cut})
		}
	})
}

func (s *subject[C]) wholeResponse(spec *Spec) string {
	return fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s", spec.contentType(), len(spec.Reply), spec.Reply)
}

// cut makes one call against server and verifies the verdict on it.
func (s *subject[C]) cut(to reporter, op *Operation[C], server *cutServer) {
	t := &trial{spec: &op.Spec}
	t.reporter = prefixed{to, fmt.Sprintf("%s, cut after %d bytes of the request or %d of the response, silent %t",
		op.Name, server.request, len(server.response), server.silent)}
	server.grant = s.Grant
	pool := &http.Transport{DialContext: server.dial, DisableKeepAlives: true}
	set := Settings{BaseURL: "http://127.0.0.1" + prefix + "0", HTTPClient: &http.Client{Transport: pool}, MaxRetryWait: time.Microsecond}
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
	grant    func(http.ResponseWriter, string) bool

	requests atomic.Int32
	serving  sync.WaitGroup
}

func (c *cutServer) dial(context.Context, string, string) (net.Conn, error) {
	client, server := net.Pipe()
	c.serving.Go(func() { c.serve(server) })
	return client, nil
}

func (c *cutServer) wait() { c.serving.Wait() }

func (c *cutServer) serve(conn net.Conn) {
	defer conn.Close()
	first := &head{r: conn, limit: c.request}
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
			_ = recorder.Result().Write(conn)
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
