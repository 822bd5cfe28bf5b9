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
)

// protocol is the version of HTTP that a cutServer speaks.
type protocol interface {
	fmt.Stringer
	protocols() *http.Protocols
	// response returns the bytes of the successful response.
	response(*Spec) string
	// readRequest reads one whole request and returns its path. It sets the preface of conn.
	readRequest(conn *served) (path string, err error)
	// respond writes the response to a request for a token.
	respond(conn *served, token *httptest.ResponseRecorder)
}

// cutServer serves connections in memory. It breaks off each request or each response.
type cutServer struct {
	speaks   protocol
	request  int    // the bytes of a request that it reads; 0 means all
	response string // the bytes of a response that it writes
	how      ending
	grant    func(http.ResponseWriter, string) bool
	// tokenFirst says that the first connection carries a request for a token, which is read whole.
	tokenFirst bool

	connections atomic.Int32
	requests    atomic.Int32
	read        atomic.Int32 // the bytes that came on the last connection
	preface     atomic.Int64 // those of them that came before the request
	whole       atomic.Bool  // a whole request came
	serving     sync.WaitGroup
}

// newCutServer returns a server that responds to op as its vendor does.
func (s *subject[C]) newCutServer(op *Operation[C], speaks protocol) *cutServer {
	return &cutServer{
		speaks: speaks, response: speaks.response(&op.Spec), grant: s.Grant, tokenFirst: s.Grant != nil && !op.FixedKey,
	}
}

// another returns a server for another call of the same operation.
func (c *cutServer) another(how ending) *cutServer {
	return &cutServer{speaks: c.speaks, response: c.response, how: how, grant: c.grant, tokenFirst: c.tokenFirst}
}

func (c *cutServer) dial(context.Context, string, string) (net.Conn, error) {
	client, server := net.Pipe()
	limit := c.request
	if c.connections.Add(1) == 1 && c.tokenFirst {
		limit = 0
	}
	c.serving.Go(func() { c.serve(server, limit) })
	if c.how == byReset {
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

func (c *cutServer) serve(pipe net.Conn, limit int) {
	defer pipe.Close()
	conn := &served{Conn: pipe, limit: limit}
	conn.in = bufio.NewReader(conn)
	path, err := c.speaks.readRequest(conn)
	c.read.Store(int32(conn.read))
	c.preface.Store(int64(conn.preface))
	if err == nil && c.granted(conn, path) {
		return
	}
	if conn.read > conn.preface || c.how == bySilence {
		c.requests.Add(1)
	}
	if err == nil {
		c.whole.Store(true)
		_, _ = io.WriteString(conn, c.response)
	}
	if c.how == bySilence {
		_, _ = io.Copy(io.Discard, pipe) // until the client ends the connection
	}
}

// granted responds to a request for a token. It reports whether the request was one.
func (c *cutServer) granted(conn *served, path string) bool {
	if c.grant == nil {
		return false
	}
	rest, _ := strings.CutPrefix(path, prefix+"0")
	token := httptest.NewRecorder()
	if !c.grant(token, rest) {
		return false
	}
	c.speaks.respond(conn, token)
	return true
}

// served is the server's end of a connection. It reads a number of bytes and no more, unless the number is 0.
type served struct {
	net.Conn
	in    *bufio.Reader // reads from the connection
	limit int
	read  int
	// preface is the number of bytes that came before the request.
	preface int
}

func (s *served) Read(p []byte) (int, error) {
	if s.limit > 0 {
		if s.read >= s.limit {
			return 0, io.ErrUnexpectedEOF
		}
		p = p[:min(len(p), s.limit-s.read)]
	}
	n, err := s.Conn.Read(p)
	s.read += n
	return n, err
}

// http1 is HTTP/1.1.
type http1 struct{}

func (http1) String() string             { return "HTTP/1" }
func (http1) protocols() *http.Protocols { return nil }
func (http1) response(spec *Spec) string {
	return fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s", spec.contentType(),
		len(spec.Reply), spec.Reply)
}

func (http1) readRequest(conn *served) (string, error) {
	r, err := http.ReadRequest(conn.in)
	if err != nil {
		return "", err
	}
	_, err = io.Copy(io.Discard, r.Body)
	return r.URL.EscapedPath(), err
}

func (http1) respond(conn *served, token *httptest.ResponseRecorder) {
	response := token.Result()
	response.ContentLength = int64(token.Body.Len()) // otherwise the token would end with the connection
	_ = response.Write(conn)
}
