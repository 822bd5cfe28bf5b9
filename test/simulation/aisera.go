package simulation

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/seed-127a5941/parley/aisera"
	"github.com/seed-127a5941/parley/aisera/aiserachat"
	"github.com/seed-127a5941/parley/aisera/aiseratest"
)

type aiseraSide struct {
	world  *world
	server *aiseratest.Server
	client *aisera.Client
	driver *aiserachat.Driver
	socket bool // chat uses WebSockets

	closing sync.WaitGroup
}

func newAisera(w *world) (side, error) {
	s := &aiseraSide{world: w, server: aiseratest.NewServerOn(w.entrance.listener())}
	s.socket = !w.schedule.HTTP2 && w.random.IntN(3) > 0
	slow := w.random.IntN(3) == 0
	s.server.Answer(func(m aiseratest.Message) []aiseratest.Reply {
		replies := aiseratest.Stream("re: ", m.Text)
		for i := range replies {
			if slow {
				replies[i].Delay = time.Duration(len(m.Text)%4) * 500 * time.Millisecond
			}
		}
		return replies
	})
	if w.random.IntN(2) == 0 {
		s.server.EchoRequestIDs(false)
		w.ledger.LateAfter = 30 * time.Second
	}
	cfg := s.server.Config()
	cfg.BaseURL, cfg.WebSocketURL = through(cfg.BaseURL), through(cfg.WebSocketURL)
	cfg.HTTPClient, cfg.Timeout = w.client(), attemptTimeout
	var err error
	if s.client, err = aisera.NewClient(cfg); err != nil {
		return nil, err
	}
	s.driver = aiserachat.New(s.client, aiserachat.Options{WebSocket: s.socket})
	return s, nil
}

func (s *aiseraSide) chatter(user int, r *rand.Rand) talker {
	return newChatter(s.world, s.driver, user, r, s.socket)
}

func (s *aiseraSide) talker(user int, r *rand.Rand) talker {
	who := aisera.User{ID: fmt.Sprint("user-", user), Email: fmt.Sprintf("u%d@example.com", user)}
	if s.world.schedule.HTTP2 || r.IntN(4) == 0 {
		return &aiseraTalker{client: s.client, user: who}
	}
	return &socketTalker{client: s.client, user: who, unasked: s.world.ledger.Stray, lock: make(chan struct{}, 1)}
}

// aiseraTalker talks over HTTP.
type aiseraTalker struct {
	direct
	client *aisera.Client
	user   aisera.User
}

func (t *aiseraTalker) say(ctx context.Context, text string) (string, error) {
	reply, err := t.client.Send(ctx, t.user, aisera.Text(text))
	if err != nil {
		return "", err
	}
	return reply.Text(), nil
}

// socketTalker talks over a WebSocket, which it dials again when it has ended for good.
type socketTalker struct {
	direct
	client  *aisera.Client
	user    aisera.User
	unasked func(text string)

	lock chan struct{} // held while conn is used; a mutex would stop simulated time
	conn *aisera.Conn
}

func (t *socketTalker) say(ctx context.Context, text string) (string, error) {
	conn, err := t.open(ctx)
	if err != nil {
		return "", errors.Join(errSkipped, err)
	}
	reply, err := conn.Ask(ctx, aisera.Text(text))
	if err != nil {
		return "", err
	}
	return reply.Text(), nil
}

// open dials if there is no connection, or if it was given up for good. Others wait meanwhile.
func (t *socketTalker) open(ctx context.Context) (*aisera.Conn, error) {
	select {
	case t.lock <- struct{}{}:
		// The next caller comes a moment later, so that its message stands behind this one.
		defer time.AfterFunc(time.Millisecond, func() { <-t.lock })
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if t.conn != nil {
		select {
		case <-t.conn.Done():
			_ = t.conn.Close()
			t.conn = nil
		default:
			return t.conn, nil
		}
	}
	conn, err := t.client.Dial(ctx, t.user, aisera.DialOptions{OnUnsolicited: t.heard})
	if err == nil {
		t.conn = conn
	}
	return conn, err
}

// heard gets the frames that belong to no question.
func (t *socketTalker) heard(r *aisera.Response) {
	if text := r.Text(); textForm.MatchString(text) && r.Final() {
		t.unasked(textForm.FindString(text))
	}
}

func (t *socketTalker) ordered() bool { return true }
func (t *socketTalker) traced() bool  { return false }

func (t *socketTalker) close() error {
	var err error
	if t.conn != nil {
		err = t.conn.Close()
	}
	t.unasked = nil // it holds the ledger
	return err
}

func (s *aiseraSide) disturb(r *rand.Rand) {
	switch r.IntN(12) {
	case 0:
		code := []int{0, 1001, 1011, 1008, 4401}[r.IntN(5)]
		s.closing.Go(func() { s.server.CloseConnections(code, "") }) // it waits for peers that are silent
	case 1:
		s.server.Behave([]aiseratest.Behavior{
			{DropOnAccept: true}, {DropAfterFrame: true}, {DropAfterReplies: 2}, {Silent: true},
			{ReadDelay: time.Duration(r.IntN(20)) * time.Second}, {CloseCode: 1011}, {CloseCode: 4401},
		}[r.IntN(7)])
	case 2, 3, 4:
		s.server.Behave(aiseratest.Behavior{})
	case 5:
		if s.world.ledger.LateAfter == 0 { // without ids, a client cannot tell a human's message from an answer
			user := r.IntN(s.world.schedule.Users)
			s.world.speakTo(user, func(text string) bool { return s.server.HumanSays(fmt.Sprint("user-", user), text) })
		}
	case 6:
		frame := s.world.during(func(q aiseratest.Request) bool { return q.Method == "WS" })
		s.server.FailNext(frame, aiseratest.Failure{Reset: true, After: true})
	default:
		s.server.FailNext(s.world.trouble(r, func(q aiseratest.Request) bool { return q.Method != "WS" }))
	}
}

func (s *aiseraSide) lists() bool { return false }

func (s *aiseraSide) calm() { s.server.Behave(aiseratest.Behavior{}) }

func (s *aiseraSide) inspect(l *Ledger) {
	for i, a := range s.server.Ledger() {
		l.heard(a.Text, a.Time, i)
	}
	for _, r := range s.server.Requests() {
		l.arrival(r.Body)
	}
	for _, f := range s.server.Frames() {
		l.arrival(f.Body)
	}
}

func (s *aiseraSide) close() {
	s.server.Close()
	s.closing.Wait()
}
