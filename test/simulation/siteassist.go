package simulation

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/seed-127a5941/parley/siteassist"
	"github.com/seed-127a5941/parley/siteassist/siteassistchat"
	"github.com/seed-127a5941/parley/siteassist/siteassisttest"
)

type siteassistSide struct {
	world  *world
	server *siteassisttest.Server
	config siteassist.Config
	driver *siteassistchat.Driver
	humans []talk // the conversations that a human has
}

func newSiteAssist(w *world) (side, error) {
	w.ledger.Tokens = true
	s := &siteassistSide{world: w, server: siteassisttest.NewServerOn(w.entrance.listener())}
	s.server.Answer(func(m siteassisttest.Message) siteassisttest.Answer {
		return siteassisttest.Answer{Text: answerTo(m.Content), Pace: 100 * time.Millisecond}
	})
	s.config = s.server.Config()
	s.config.BaseURL, s.config.HTTPClient, s.config.Timeout = through(s.config.BaseURL), w.client(), attemptTimeout
	client, err := siteassist.NewClient(s.config)
	if err != nil {
		return nil, err
	}
	s.driver = siteassistchat.New(client, siteassistchat.Options{DeviceKey: []byte("0123456789abcdef")})
	return s, nil
}

func (s *siteassistSide) chatter(user int, r *rand.Rand) talker {
	return newChatter(s.world, s.driver, user, r, false)
}

func (s *siteassistSide) talker(user int, r *rand.Rand) talker {
	cfg := s.config
	cfg.DeviceID = fmt.Sprint("device-", user)
	client, err := siteassist.NewClient(cfg)
	if err != nil {
		panic(err) // the configuration is that of newSiteAssist
	}
	return &siteassistTalker{client: client, random: r}
}

// siteassistTalker says messages in a conversation of its own, and as completions.
type siteassistTalker struct {
	direct
	client       *siteassist.Client
	random       *rand.Rand
	conversation string
}

func (t *siteassistTalker) say(ctx context.Context, text string) (string, error) {
	way := t.random.IntN(4)
	if way < 2 {
		if err := t.open(ctx); err != nil {
			return "", errors.Join(errSkipped, err)
		}
	}
	completion := siteassist.CompletionParams{
		Messages: []siteassist.CompletionMessage{{Role: siteassist.RoleUser, Content: text}},
	}
	switch way {
	case 0:
		result, err := t.client.Messages.Send(ctx, t.conversation, siteassist.SendMessageParams{Content: text})
		if err != nil {
			return "", err
		}
		return result.Text(), nil
	case 1:
		return textOf(t.client.Messages.Stream(ctx, t.conversation, siteassist.SendMessageParams{Content: text}))
	case 2:
		result, err := t.client.Completions.Create(ctx, completion)
		if err != nil {
			return "", err
		}
		return result.Text(), nil
	}
	return textOf(t.client.Completions.Stream(ctx, completion))
}

func textOf(stream *siteassist.Stream, err error) (string, error) {
	if err != nil {
		return "", err
	}
	return stream.Text()
}

func (t *siteassistTalker) open(ctx context.Context) error {
	if t.conversation != "" {
		return nil
	}
	started, err := t.client.Conversations.Start(ctx, siteassist.StartConversationParams{})
	if err == nil {
		t.conversation = started.ID
	}
	return err
}

func (s *siteassistSide) disturb(r *rand.Rand) {
	switch r.IntN(10) {
	case 8, 9:
		s.human(r)
	case 0:
		s.server.ExpireSessions()
	case 1:
		cut := siteassisttest.Failure{AfterEvents: 1 + r.IntN(5), Reset: r.IntN(2) == 0}
		s.server.FailNext(s.world.during(anyRequest), cut)
	default:
		s.server.FailNext(s.world.trouble(r, anyRequest))
	}
}

// human lets a person take over one conversation and say something, or gives back those that persons have.
func (s *siteassistSide) human(r *rand.Rand) {
	id, user := s.world.conversation(s.server.Ledger(), r)
	if s.world.schedule.Chat && len(s.humans) == 0 && s.server.TakeOver(id, "Grace") {
		s.humans = append(s.humans, talk{id, user})
		s.speak()
		return
	}
	if len(s.humans) > 0 && r.IntN(2) == 0 {
		s.speak()
		return
	}
	s.calm()
}

// speak lets the human say a line.
func (s *siteassistSide) speak() {
	h := s.humans[0]
	s.world.speakTo(h.user, func(text string) bool { return s.server.HumanSays(h.id, text) })
}

func (s *siteassistSide) lists() bool { return true }

func (s *siteassistSide) calm() {
	for _, h := range s.humans {
		s.server.HandBack(h.id)
	}
	s.humans = nil
}

func (s *siteassistSide) inspect(l *Ledger) {
	for i, a := range s.server.Ledger() {
		l.heard(a.Text, a.Time, i)
	}
	for _, r := range s.server.Requests() {
		l.arrival(r.Body)
	}
}

func (s *siteassistSide) close() { s.server.Close() }
