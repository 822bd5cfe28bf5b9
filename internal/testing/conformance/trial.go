package conformance

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/seed-127a5941/parley"
)

// reporter is told of each violation.
type reporter interface {
	Errorf(format string, args ...any)
}

// prefixed adds the operation to each violation.
type prefixed struct {
	to   reporter
	name string
}

// Errorf reports a violation.
func (p prefixed) Errorf(format string, args ...any) {
	p.to.Errorf("%s: %s", p.name, fmt.Sprintf(format, args...))
}

// trial is one call, with a client, a base path and connections of its own.
type trial struct {
	reporter
	spec   *Spec
	calls  int // the number of calls of the operation; only the last one counts
	number string
	ids    []string
	act    func(*exchange)
	grant  func(http.ResponseWriter, string) bool
	// elsewhere is the address of another origin.
	elsewhere string
	err       error

	ctx    context.Context
	cancel context.CancelFunc

	mu       sync.Mutex
	requests []request
	attempts []parley.Attempt
	log      bytes.Buffer // records in both formats of slog
}

// serve answers a request of the trial. A request for a token goes to grant and is not recorded, nor is a request whose
// body was cut. Every other request is recorded and then answered by act.
func (t *trial) serve(w http.ResponseWriter, r *http.Request, path string) {
	if t.grant != nil && t.grant(w, path) {
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the client left
	}
	x := &exchange{ResponseWriter: w, Request: r, trial: t}
	x.request = request{r.Method, path, r.URL.RawQuery, r.Header.Clone(), string(body)}
	t.mu.Lock()
	t.requests = append(t.requests, x.request)
	x.n = len(t.requests)
	t.mu.Unlock()
	t.act(x)
}

func (t *trial) seen() []request {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.requests
}

// note is the OnAttempt of the client.
func (t *trial) note(_ context.Context, a parley.Attempt) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.attempts = append(t.attempts, a)
}

// Write appends to the log.
func (t *trial) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.log.Write(p)
}

func (t *trial) logged() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.log.String()
}

func (t *trial) settings(server string, pool *http.Transport) Settings {
	debug := &slog.HandlerOptions{Level: slog.LevelDebug}
	return Settings{
		BaseURL:      server + prefix + t.number,
		HTTPClient:   &http.Client{Transport: pool},
		MaxRetryWait: time.Millisecond,
		Logger:       slog.New(slog.NewMultiHandler(slog.NewJSONHandler(t, debug), slog.NewTextHandler(t, debug))),
		Hooks:        parley.Hooks{OnAttempt: t.note},
	}
}

// slowest is how long a call may take. It is long, for a busy machine, but shorter than the wait that is cancelled.
const slowest = retryAfter / 2

// try makes one call of op. act responds to its requests. prepare may change the settings, or end the context.
func (s *subject[C]) try(
	to reporter, op *Operation[C], act func(*exchange), prepare func(*trial, *Settings), ids ...string,
) *trial {
	t := &trial{
		reporter: prefixed{to, op.Name}, spec: &op.Spec, act: act, grant: s.Grant, elsewhere: s.server.elsewhere,
		calls: 1,
	}
	t.ctx, t.cancel = context.WithCancel(context.Background())
	defer t.cancel()
	defer time.AfterFunc(2*slowest, t.cancel).Stop() // a timer, because the call could see a deadline
	s.server.open(t)
	defer s.server.close(t)
	pool := &http.Transport{DialContext: s.server.dial, MaxIdleConnsPerHost: 10}
	defer pool.CloseIdleConnections()
	settings := t.settings(s.server.url, pool)
	if prepare != nil {
		prepare(t, &settings)
	}
	client, err := s.New(settings)
	if err != nil {
		t.Errorf("no client: %v", err)
		return t
	}
	if len(ids) == 0 {
		ids = s.ids(op)
	}
	t.ids = ids
	began := time.Now()
	for range t.calls {
		t.err = op.Call(t.ctx, client, ids...)
	}
	if took := time.Since(began); took > slowest {
		t.Errorf("takes %v", took)
	}
	return t
}

// ids fills the placeholders of op with harmless ids.
func (s *subject[C]) ids(op *Operation[C]) []string {
	names := op.placeholders(s.Fixed)
	for i := range names {
		names[i] = fmt.Sprintf("id-%d", i+1)
	}
	return names
}
