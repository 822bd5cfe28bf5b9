package fakeserver

import (
	"context"
	"encoding/json"
	"net/http"
	"time"
)

// Failure describes how a call fails in place of its response. The zero value has no effect.
type Failure struct {
	// Status is the status of the response that the call gets. If it is zero, Status, Header and Body are ignored.
	Status int
	// Header is added to the header of that response.
	Header http.Header
	// Body is the body of that response. Valid JSON is sent as application/json unless Header says otherwise. In a
	// stream that ends after AfterEvents events, Body is written as it is, for example as an error event.
	Body string
	// Reset cuts the connection with a TCP reset in place of a response, after the whole request was read.
	Reset bool
	// Garbage is written to the connection in place of an HTTP response. Then the connection is closed.
	Garbage string
	// Delay is the wait before the response, or before the failure that replaces it. Without After, the server waits
	// before it acts, and a request whose client has left meanwhile has no effect.
	Delay time.Duration
	// After lets the server act first: the message is stored and the answer is made. The failure then replaces the
	// response. If a client gives up during Delay, that does not undo the action.
	After bool
	// Cut closes the connection in the middle of the response, after that many bytes of its body. A negative value
	// closes it after the header. With Reset the connection is reset instead. Without Status the server acts, as with
	// After.
	Cut int
	// AfterEvents lets the server act and send that many events of an event stream. Then it waits for Delay, writes
	// Garbage and Body, and closes the connection, or resets it with Reset. A response that is not an event stream, or
	// has fewer events, arrives whole.
	AfterEvents int
}

// fail applies f to the call.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, f Failure) {
	switch {
	case f.AfterEvents > 0:
		s.act(&eventLimit{ResponseWriter: w, failure: f, left: f.AfterEvents, client: r.Context()}, r)
	case f.After || f.Cut != 0 && f.Status == 0:
		s.failAfter(w, r, f)
	case !pause(r.Context(), f.Delay):
	case f.Reset || f.Garbage != "" || f.Status != 0:
		f.respond(w, &recorder{})
	default:
		s.handler.ServeHTTP(w, r)
	}
}

// failAfter lets the server act before f replaces its response.
func (s *Server) failAfter(w http.ResponseWriter, r *http.Request, f Failure) {
	response := &recorder{header: http.Header{}}
	s.act(response, r)
	if pause(r.Context(), f.Delay) {
		f.respond(w, response)
	}
}

// act lets the handler serve r with a context that ends with the server and not with the client.
func (s *Server) act(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(r.Context()))
	defer cancel()
	defer context.AfterFunc(s.life, cancel)()
	s.handler.ServeHTTP(w, r.WithContext(ctx))
}

// respond sends the response of f in place of the one that the server made.
func (f Failure) respond(w http.ResponseWriter, response *recorder) {
	if f.Status != 0 {
		response = f.response()
	}
	switch {
	case f.Cut != 0:
		response.writeTo(w, max(f.Cut, 0))
		_ = http.NewResponseController(w).Flush()
		hangUp(w, f.Reset, "")
	case f.Reset || f.Garbage != "":
		hangUp(w, f.Reset, f.Garbage)
	default:
		response.writeTo(w, len(response.body))
	}
}

func (f Failure) response() *recorder {
	response := &recorder{status: f.Status, header: http.Header{}, body: []byte(f.Body)}
	if json.Valid(response.body) {
		response.header.Set("Content-Type", "application/json")
	}
	for name, values := range f.Header {
		response.header[name] = values
	}
	return response
}

// pause waits for d. It reports whether the client and the server are both still there.
func pause(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// Reset closes the connection so that the client sees RST and not an orderly end. If the connection has no SetLinger,
// it just closes it.
func Reset(w http.ResponseWriter) { hangUp(w, true, "") }

// hangUp writes garbage directly to the connection and closes it.
func hangUp(w http.ResponseWriter, reset bool, garbage string) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	_, _ = conn.Write([]byte(garbage))
	if tcp, ok := conn.(interface{ SetLinger(sec int) error }); ok && reset {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}
