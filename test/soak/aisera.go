package soak

import (
	"context"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/seed-127a5941/parley/aisera"
	"github.com/seed-127a5941/parley/aisera/aiseratest"
)

// aiseraSide calls Aisera: messages over HTTP and over WebSocket connections, in every way that the package offers.
type aiseraSide struct {
	name    string
	server  *aiseratest.Server
	ledger  *Ledger
	lasting []*lasting
	closing chan struct{} // held while connections are closed, which takes long if their peers are slow to respond
	running sync.WaitGroup
}

var faultUser = aisera.User{ID: "fault-user", Email: "faults@example.com"}

func newAiseraSide(_ context.Context, l *Ledger) (side, error) { return aiseraSideOf("aisera", l), nil }

// newAiseraSideWithoutIDs makes one whose answers are told apart by their order.
func newAiseraSideWithoutIDs(_ context.Context, l *Ledger) (side, error) {
	s := aiseraSideOf("aisera without ids", l)
	s.server.EchoRequestIDs(false)
	return s, nil
}

func aiseraSideOf(name string, l *Ledger) *aiseraSide {
	s := &aiseraSide{name: name, server: aiseratest.NewServer(), ledger: l, closing: make(chan struct{}, 1)}
	s.server.Answer(func(m aiseratest.Message) []aiseratest.Reply {
		l.Processed(m.Text)
		return repliesTo(m.Text)
	})
	return s
}

// repliesTo returns the frames that answer a message: one or several, some of them late.
func repliesTo(id string) []aiseratest.Reply {
	h := hash("replies to " + id)
	replies := []aiseratest.Reply{aiseratest.Say(answerTo(id))}
	if h%3 == 0 {
		words := strings.SplitAfter(answerTo(id), " ")
		replies = aiseratest.Stream(slices.Collect(inPieces(words, 5))...)
	}
	for i := range replies {
		if h/3%4 == 0 {
			replies[i].Delay = time.Duration(h/12%20) * time.Millisecond
		}
	}
	return replies
}

// inPieces joins every n words.
func inPieces(words []string, n int) func(func(string) bool) {
	return func(yield func(string) bool) {
		for piece := range slices.Chunk(words, n) {
			if !yield(strings.Join(piece, "")) {
				return
			}
		}
	}
}

func (s *aiseraSide) vendor() string { return s.name }
func (s *aiseraSide) base() string   { return s.server.Config().BaseURL }

func (s *aiseraSide) calm() { s.server.Behave(aiseratest.Behavior{}) }

func (s *aiseraSide) close() {
	for _, l := range s.lasting {
		s.running.Go(l.close)
	}
	s.server.Close()
	s.running.Wait()
	s.server = nil
}

// behaviors returns the faults that connections have for some time.
func behaviors() []aiseratest.Behavior {
	return []aiseratest.Behavior{
		{DropOnAccept: true}, {DropAfterFrame: true}, {DropAfterReplies: 2}, {Silent: true},
		{ReadDelay: 20 * time.Millisecond}, {CloseCode: 1011}, {CloseCode: 1008}, {CloseCode: 4401},
	}
}

func (s *aiseraSide) disturb(r *rand.Rand) {
	switch n := r.IntN(12); {
	case n < 2:
		s.closeConnections([]int{0, 1001, 1011, 4401}[r.IntN(4)])
	case n < 4:
		s.server.Behave(behaviors()[r.IntN(len(behaviors()))])
	case n < 8:
		s.server.Behave(aiseratest.Behavior{})
	default:
		s.server.Fail(1, failure(r))
	}
}

func (s *aiseraSide) closeConnections(code int) {
	select {
	case s.closing <- struct{}{}:
		s.running.Go(func() {
			defer func() { <-s.closing }()
			s.server.CloseConnections(code, "")
		})
	default: // the last Behavior is still in effect
	}
}

func (s *aiseraSide) open(set settings) ([]action, error) {
	cfg := s.server.Config()
	cfg.BaseURL, cfg.HTTPClient, cfg.RetryNonIdempotent, cfg.Hooks.OnAttempt = set.through(cfg.BaseURL), set.client,
		set.unsafe, set.onAttempt
	cfg.WebSocketURL = set.through(cfg.WebSocketURL)
	cfg.Timeout, cfg.MaxRetryWait = set.timeout, maxRetryWait
	c, err := aisera.NewClient(cfg)
	if err != nil {
		return nil, err
	}
	long := &lasting{side: s, config: cfg}
	s.lasting = append(s.lasting, long)
	return []action{
		{weight: 1, do: func(j *job) { s.send(j, c) }},
		{weight: 2, socket: true, do: func(j *job) { s.connect(j, c) }},
		{weight: 2, socket: true, do: func(j *job) { s.connectWatched(j, cfg) }},
		{weight: 1, socket: true, lasting: true, do: long.talk},
	}, nil
}

func (s *aiseraSide) send(j *job, c *aisera.Client) {
	_ = j.run(call{kind: "send", do: func(ctx context.Context, id string) (string, error) {
		reply, err := c.Send(ctx, faultUser, aisera.Text(id))
		if err != nil {
			return "", err
		}
		return compare(reply.Text(), answerTo(id)), nil
	}})
}

// inspect needs no second witness, because a frame is recorded before it is processed.
func (s *aiseraSide) inspect(_ context.Context, l *Ledger) error {
	arrivals(l, s.server.Requests())
	for _, frame := range s.server.Frames() {
		l.Arrived(string(frame.Body))
	}
	return nil
}
