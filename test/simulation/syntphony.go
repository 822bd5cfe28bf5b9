package simulation

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/seed-127a5941/parley/syntphony"
	"github.com/seed-127a5941/parley/syntphony/syntphonychat"
	"github.com/seed-127a5941/parley/syntphony/syntphonytest"
)

type syntphonySide struct {
	world  *world
	server *syntphonytest.Server
	client *syntphony.Client
	driver *syntphonychat.Driver
}

func newSyntphony(w *world) (side, error) {
	w.ledger.Tokens = true
	s := &syntphonySide{world: w, server: syntphonytest.NewServerOn(w.entrance.listener())}
	s.server.Answer(func(t syntphonytest.Turn) syntphony.Reply {
		return syntphony.Reply{Text: t.Text, Answers: []syntphony.Answer{syntphonytest.Say(answerTo(t.Text))}}
	})
	s.server.SetTokens(tokens(w.random))
	cfg := s.server.Config()
	cfg.BaseURL, cfg.Keycloak.URL = through(cfg.BaseURL), through(cfg.Keycloak.URL)
	cfg.HTTPClient, cfg.Timeout = w.client(), attemptTimeout
	var err error
	if s.client, err = syntphony.NewClient(cfg); err != nil {
		return nil, err
	}
	s.driver = syntphonychat.New(s.client, syntphonychat.Options{})
	return s, nil
}

// tokens draws what Keycloak issues: lives from a minute to a day, rotated or not.
func tokens(r *rand.Rand) syntphonytest.Tokens {
	life := []time.Duration{time.Minute, 5 * time.Minute, time.Hour, 24 * time.Hour}[r.IntN(4)]
	return syntphonytest.Tokens{
		Life: life, Refresh: r.IntN(2) == 0, RefreshLife: time.Duration(1+r.IntN(10)) * life, Rotate: r.IntN(2) == 0,
		NoExpiresIn: r.IntN(8) == 0,
	}
}

func (s *syntphonySide) chatter(user int, r *rand.Rand) talker {
	return newChatter(s.world, s.driver, user, r, false)
}

func (s *syntphonySide) talker(user int, _ *rand.Rand) talker {
	caller := syntphony.Caller{UserRef: fmt.Sprint("user-", user), OS: "Linux"}
	return &syntphonyTalker{session: s.client.NewSession(caller)}
}

// syntphonyTalker talks in a session, which does one turn at a time in the order of the calls.
type syntphonyTalker struct {
	direct
	session *syntphony.Session
}

func (t *syntphonyTalker) say(ctx context.Context, text string) (string, error) {
	reply, err := t.session.Say(ctx, text)
	if err != nil {
		return "", err
	}
	if len(reply.Answers) != 1 {
		return fmt.Sprintf("%d answers", len(reply.Answers)), nil
	}
	answer, _ := reply.Answers[0].Content.Text()
	return answer, nil
}

func (t *syntphonyTalker) ordered() bool { return true }

func (s *syntphonySide) disturb(r *rand.Rand) {
	switch r.IntN(10) {
	case 0:
		s.server.RevokeTokens()
	case 1, 2:
		s.server.FailNext(s.world.trouble(r, func(q syntphonytest.Request) bool {
			return strings.HasSuffix(q.Path, "/token")
		}))
	case 3:
		s.server.FailNext(s.world.during(anyRequest), syntphonytest.Documented(460+r.IntN(4)))
	case 4:
		s.server.SetTokens(tokens(r))
	default:
		s.server.FailNext(s.world.trouble(r, anyRequest))
	}
}

func (s *syntphonySide) calm()       {}
func (s *syntphonySide) lists() bool { return false }

func (s *syntphonySide) inspect(l *Ledger) {
	for i, a := range s.server.Ledger() {
		l.heard(a.Text, a.Time, i)
	}
	for _, r := range s.server.BrokerRequests() {
		l.arrival(r.Body)
	}
}

func (s *syntphonySide) close() { s.server.Close() }
