package soak

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/seed-127a5941/parley/aisera"
)

// socket is one WebSocket connection of a worker.
type socket struct {
	job  *job
	side *aiseraSide
	conn *aisera.Conn

	received bool // Receive gets what belongs to no question
}

// options draws how a connection behaves. On a silent route, only the contexts of the calls end their waits.
func (s *aiseraSide) options(j *job) aisera.DialOptions {
	options := aisera.DialOptions{
		NoReconnect: j.random.IntN(3) == 0, MinBackoff: 5 * time.Millisecond, MaxBackoff: 50 * time.Millisecond,
		PingInterval: 100 * time.Millisecond, PongTimeout: attemptTimeout,
	}
	if j.route.fault.silent {
		options.PingInterval = -1
	}
	if j.random.IntN(2) == 0 {
		options.OnUnsolicited = s.unasked
	}
	return options
}

// unasked records the frames that belong to no question.
func (s *aiseraSide) unasked(r *aisera.Response) {
	if r.Final() {
		s.ledger.Unasked(r.Text())
	}
}

// connect opens a connection, sends messages over it and closes it.
func (s *aiseraSide) connect(j *job, c *aisera.Client) {
	options := s.options(j)
	if k := s.dial(j, c, options); k != nil {
		k.received = options.OnUnsolicited == nil
		k.talk()
	}
}

// connectWatched does the same with a client of its own, whose connections are watched.
func (s *aiseraSide) connectWatched(j *job, cfg aisera.Config) {
	watched, c, err := s.watched(cfg)
	if err != nil {
		return
	}
	s.connect(j, c)
	watched.CloseIdleConnections()
	over := j.soak.dog.begin("closing the connections of a session through " + j.route.fault.name)
	defer over()
	watched.tap.judge(s.ledger, "of a WebSocket session that was closed")
}

// watchedClient is an http.Client with a tap.
type watchedClient struct {
	http.Client
	tap *tap
}

// watched returns a client whose connections are watched.
func (s *aiseraSide) watched(cfg aisera.Config) (*watchedClient, *aisera.Client, error) {
	base := &http.Transport{}
	if cfg.HTTPClient != nil {
		base = cfg.HTTPClient.Transport.(*http.Transport)
	}
	t, transport := newTap(s.ledger, base, s.ledger.Session())
	watched := &watchedClient{http.Client{Transport: transport}, t}
	cfg.HTTPClient = &watched.Client
	c, err := aisera.NewClient(cfg)
	return watched, c, err
}

// dial returns nil if it fails.
func (s *aiseraSide) dial(j *job, c *aisera.Client, options aisera.DialOptions) *socket {
	k := &socket{job: j, side: s}
	err := j.run(call{
		kind: "dial", idempotent: true, silent: true, aside: true,
		do: func(ctx context.Context, _ string) (_ string, err error) {
			k.conn, err = c.Dial(ctx, faultUser, options)
			return "", err
		},
	})
	if err != nil {
		return nil
	}
	return k
}

// lasting is a session that lasts as long as the soak does, through all reconnects.
type lasting struct {
	side   *aiseraSide
	config aisera.Config

	mu   sync.Mutex
	http *watchedClient
	k    *socket // nil before the first dial
}

// talk asks something over the session.
func (l *lasting) talk(j *job) {
	k := l.open(j)
	if k == nil {
		return
	}
	k = &socket{job: j, side: l.side, conn: k.conn}
	k.run(call{kind: "ask, lasting", waits: true, do: k.ask})
	if j.random.IntN(3) == 0 {
		k.send()
	}
}

// open dials if there is no session, or if it was given up for good.
func (l *lasting) open(j *job) *socket {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.k != nil {
		select {
		case <-l.k.conn.Done():
			l.end()
		default:
			return l.k
		}
	}
	watched, c, err := l.side.watched(l.config)
	if err != nil {
		return nil
	}
	options := l.side.options(j)
	options.NoReconnect, options.OnUnsolicited = false, l.side.unasked
	if l.k = l.side.dial(j, c, options); l.k != nil {
		l.http = watched
	} else {
		watched.CloseIdleConnections()
	}
	return l.k
}

func (l *lasting) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.k != nil {
		l.end()
	}
}

func (l *lasting) end() {
	_ = l.k.conn.Close()
	l.http.CloseIdleConnections()
	l.http.tap.judge(l.side.ledger, "of a lasting WebSocket session that was closed")
	l.k = nil
}

// talk sends a few messages one after another or at once, and one message too late.
func (k *socket) talk() {
	r := k.job.random
	for range between(r, 1, 8) {
		switch r.IntN(5) {
		case 0:
			k.send()
		case 1:
			k.leave()
		case 2:
			k.together()
		case 3:
			k.run(call{kind: "exchange", waits: true, do: k.exchange})
		default:
			k.run(call{kind: "ask", waits: true, do: k.ask})
		}
	}
	if k.received {
		k.receive()
	}
	k.part()
	k.late()
}

// part closes the connection, in half of the cases while a message is being sent.
func (k *socket) part() {
	var saying sync.WaitGroup
	if k.job.random.IntN(2) == 0 {
		saying.Go(k.apart().send)
	}
	over := k.job.soak.dog.begin("closing a connection through " + k.job.route.fault.name)
	_ = k.conn.Close()
	over()
	saying.Wait()
}

// apart returns k for another goroutine.
func (k *socket) apart() *socket {
	other := *k.job
	other.random = k.job.fork()
	return &socket{job: &other, side: k.side, conn: k.conn}
}

func (k *socket) run(c call) {
	c.message = true
	_ = k.job.run(c)
}

// receive takes the frames that have come and belong to no question.
func (k *socket) receive() {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Millisecond)
	defer cancel()
	for r, err := range k.conn.Responses(ctx) {
		if err != nil {
			return
		}
		k.side.unasked(r)
	}
}

// message returns a message with id. For a narrow route the message is large.
func (k *socket) message(id string) aisera.Message {
	m := aisera.Text(id)
	if k.job.route.fault.narrow {
		m.SessionVars = map[string]any{"padding": strings.Repeat("padding ", int(hash(id)%20_000))}
	}
	return m
}

// ask expects the last frame of the answer.
func (k *socket) ask(ctx context.Context, id string) (string, error) {
	reply, err := k.conn.Ask(ctx, k.message(id))
	if err != nil {
		return "", err
	}
	return compare(reply.Text(), answerTo(id)), nil
}

// exchange expects all frames. Each must be the beginning of the answer, and the last one the whole answer.
func (k *socket) exchange(ctx context.Context, id string) (string, error) {
	text, final := "", false
	for reply, err := range k.conn.Exchange(ctx, k.message(id)) {
		if err != nil {
			return "", err
		}
		if reply.Mode != aisera.ModeStatusUpdate {
			text, final = reply.Text(), reply.Final()
		}
		if !strings.HasPrefix(answerTo(id), text) {
			return compare(text, answerTo(id)), nil
		}
	}
	if !final {
		return "the exchange ended without its end", nil
	}
	return compare(text, answerTo(id)), nil
}

// written returns the outcome of a message that was sent without waiting for its answer.
func written(err error) Outcome {
	if err == nil {
		return Written
	}
	return OutcomeOf(err)
}

func (k *socket) send() {
	k.run(call{kind: "socket send", outcome: written, do: func(ctx context.Context, id string) (string, error) {
		_, err := k.conn.Send(ctx, k.message(id))
		return "", err
	}})
}

// leave reads only the first frame of an answer. The other frames must not become part of the next answer.
func (k *socket) leave() {
	k.run(call{kind: "exchange, left", outcome: written, do: func(ctx context.Context, id string) (string, error) {
		for _, err := range k.conn.Exchange(ctx, k.message(id)) {
			return "", err
		}
		return "the exchange yielded nothing", nil
	}})
}

// together asks three questions at once.
func (k *socket) together() {
	var asking sync.WaitGroup
	for range 3 {
		one := k.apart()
		asking.Go(func() { one.run(call{kind: "ask at once", waits: true, do: one.ask}) })
	}
	asking.Wait()
}

// late sends a message after Close. It must be refused without a byte on the wire.
func (k *socket) late() {
	k.run(call{kind: "after close", do: func(ctx context.Context, id string) (string, error) {
		_, err := k.conn.Send(ctx, k.message(id))
		if !errors.Is(err, aisera.ErrClosed) {
			return "it does not match ErrClosed", err
		}
		return "", err
	}})
}
