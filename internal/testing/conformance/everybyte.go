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

// CutHTTP1 breaks off the response to each operation after each of its bytes, and the request too: by a close, by a
// reset and by silence, over HTTP/1. Connections are in memory and time is simulated, so that silence costs no real
// time. A stream has tests of its own, because only its beginning belongs to the attempt. With -short, each fourth
// operation meets a sample of the cuts.
func CutHTTP1[C any](t *testing.T, v Vendor[C]) { cutEachByte(t, v, http1{}) }

// CutHTTP2 does over HTTP/2 what CutHTTP1 does.
func CutHTTP2[C any](t *testing.T, v Vendor[C]) { cutEachByte(t, v, http2{}) }

func cutEachByte[C any](t *testing.T, v Vendor[C], speaks protocol) {
	collect := debug.SetGCPercent(800) // garbage collection took a third of the time
	t.Cleanup(func() { debug.SetGCPercent(collect) })
	s := &subject[C]{Vendor: v, sample: testing.Short()}
	unchanged := s.snapshot()
	t.Cleanup(func() { unchanged(t) })
	for _, op := range s.operations(speaks.String()) {
		if op.Stream {
			continue
		}
		t.Run(op.Name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { s.everyByteOf(t.Context(), t, op, speaks) })
		})
	}
}

// everyByteOf breaks off the request and the response of one operation.
func (s *subject[C]) everyByteOf(ctx context.Context, t reporter, op *Operation[C], speaks protocol) {
	whole := s.newCutServer(op, speaks)
	_ = s.call(ctx, t, op, whole)
	for how := range allEndings {
		for cut := range len(whole.response) {
			if s.leavesOut(how, cut) {
				continue
			}
			server := whole.another(how)
			server.response = whole.response[:cut]
			s.cut(ctx, t, op, server, lost(&op.Spec), cut)
		}
		preface := int(whole.preface.Load())
		for cut := 1; cut < int(whole.read.Load()); cut++ {
			if cut == preface || s.leavesOut(how, cut) {
				continue // at the preface, the client cannot know whether the server closed before the request left
			}
			server := whole.another(how)
			server.request = cut
			w := lost(&op.Spec)
			if cut < preface && how != bySilence { // when the server is silent, the client writes the request too
				w = want{is: []error{parley.ErrNotSent}}
			}
			s.cut(ctx, t, op, server, w, cut)
		}
	}
}

// leavesOut reports whether no call is broken off in this way at the byte with the number at. If the client fetches its
// own token, only the calls with retries are made. A sample is one of eight of them.
func (s *subject[C]) leavesOut(how ending, at int) bool {
	if s.sample {
		return (at+int(how))%(8*int(allEndings)) != 0
	}
	return s.Grant != nil && !hasRetries(how, at)
}

// hasRetries reports whether a call that is broken off in this way has retries. Only one of three has them, because
// they triple its cost. The next bytes and the other endings have them in turn.
func hasRetries(how ending, at int) bool { return (at+int(how))%int(allEndings) == 0 }

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

// cut makes one call against server, which breaks off at the byte with the number at, and verifies the verdict.
func (s *subject[C]) cut(ctx context.Context, to reporter, op *Operation[C], server *cutServer, w want, at int) {
	if !hasRetries(server.how, at) {
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
