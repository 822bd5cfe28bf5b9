package conformance

import (
	"context"
	"fmt"
	"net/http"
	"runtime/debug"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-127a5941/parley"
)

// silence is how long a client waits for a server that is silent, in simulated time.
const silence = 500 * time.Millisecond

// ending is how a server breaks off.
type ending int

const (
	byClose ending = iota
	byReset
	bySilence
	allEndings // their number
)

// everyByte breaks off the response to each operation after each of its bytes, and the request too: by a close, by a
// reset and by silence, over HTTP/1 and over HTTP/2. Connections are in memory and time is simulated, so that silence
// costs no real time. A stream has tests of its own, because only its beginning belongs to the attempt.
func (s *subject[C]) everyByte(t *testing.T) {
	collect := debug.SetGCPercent(800) // garbage collection took a third of the time
	t.Cleanup(func() { debug.SetGCPercent(collect) })
	for i := range s.Operations {
		op := &s.Operations[i]
		if op.Stream {
			continue
		}
		for _, speaks := range []protocol{http1{}, http2{}} {
			t.Run(op.Name+" over "+speaks.String(), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) { s.everyByteOf(t.Context(), t, op, speaks) })
			})
		}
	}
}

// everyByteOf breaks off the request and the response of one operation.
func (s *subject[C]) everyByteOf(ctx context.Context, t reporter, op *Operation[C], speaks protocol) {
	whole := s.newCutServer(op, speaks)
	_ = s.call(ctx, t, op, whole)
	for how := range allEndings {
		for cut := range len(whole.response) {
			server := s.newCutServer(op, speaks)
			server.response, server.how = whole.response[:cut], how
			s.cut(ctx, t, op, server, lost(&op.Spec), cut)
		}
		preface := int(whole.preface.Load())
		for cut := 1; cut < int(whole.read.Load()); cut++ {
			if cut == preface {
				continue // the client cannot know whether the server closed the connection before the request left
			}
			server := s.newCutServer(op, speaks)
			server.request, server.how = cut, how
			w := lost(&op.Spec)
			if cut < preface && how != bySilence { // when the server is silent, the client writes the request too
				w = want{is: []error{parley.ErrNotSent}}
			}
			s.cut(ctx, t, op, server, w, cut)
		}
	}
}

// call makes one call against server and returns its error.
func (s *subject[C]) call(ctx context.Context, t reporter, op *Operation[C], server *cutServer) error {
	pool := &http.Transport{DialContext: server.dial, DisableKeepAlives: true, Protocols: server.speaks.protocols()}
	client, err := s.New(Settings{
		BaseURL: "http://127.0.0.1" + prefix + "0", HTTPClient: &http.Client{Transport: pool},
		MaxRetryWait: time.Microsecond, Timeout: silence,
	})
	if err != nil {
		t.Errorf("no client: %v", err)
		return err
	}
	err = op.Call(ctx, client, s.ids(op)...)
	server.serving.Wait()
	pool.CloseIdleConnections()
	return err
}

// cut makes one call against server, which breaks off at the byte with the number at, and verifies the verdict. Only
// one call of three has retries, because they triple its cost. The next bytes and the other endings have them in turn.
// If the client fetches its own token, only those calls are made. A sample is one of eight of them.
func (s *subject[C]) cut(ctx context.Context, to reporter, op *Operation[C], server *cutServer, w want, at int) {
	turn := at + int(server.how)
	if s.sample && turn%(8*int(allEndings)) != 0 {
		return
	}
	if turn%int(allEndings) != 0 {
		if s.Grant != nil {
			return
		}
		ctx = parley.WithMaxRetries(ctx, -1)
		w.requests = min(w.requests, 1)
	}
	t := &trial{spec: &op.Spec}
	t.reporter = prefixed{to, fmt.Sprintf("cut by %s after %d bytes of the request or %d of the response",
		server.how, server.request, len(server.response))}
	t.err = s.call(ctx, t, op, server)
	if server.request > 0 && server.whole.Load() {
		return // HTTP/2 encodes the random boundary of an upload in fewer bytes than the first time
	}
	if got := int(server.requests.Load()); got != w.requests {
		t.Errorf("%d requests, want %d: %v", got, w.requests, t.err)
	}
	if t.err == nil {
		t.Errorf("returns no error")
		return
	}
	if server.how == bySilence {
		w.is = []error{context.DeadlineExceeded, parley.ErrAttemptTimeout}
	}
	s.verifyClasses(t, w)
	if answer := s.Answer(t.err); answer != nil {
		t.Errorf("is an *Error of a response that did not come whole: %v", t.err)
	}
}

func (e ending) String() string { return [...]string{"close", "reset", "silence"}[e] }
