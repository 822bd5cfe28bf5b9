package simulation

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"

	"github.com/seed-127a5941/parley/raia"
	"github.com/seed-127a5941/parley/raia/raiachat"
	"github.com/seed-127a5941/parley/raia/raiatest"
)

var sides = map[string]func(*world) (side, error){
	"raia": newRaia, "siteassist": newSiteAssist, "syntphony": newSyntphony, "aisera": newAisera,
}

type raiaSide struct {
	world  *world
	server *raiatest.Server
	client *raia.Client
	driver *raiachat.Driver
	humans []talk // the conversations that a human has
}

func newRaia(w *world) (side, error) {
	s := &raiaSide{world: w, server: raiatest.NewServerOn(w.entrance.listener())}
	s.server.Answer(func(m raiatest.Message) string { return answerTo(m.Text) })
	cfg := s.server.Config()
	cfg.BaseURL, cfg.HTTPClient, cfg.Timeout = through(cfg.BaseURL), w.client(), attemptTimeout
	var err error
	if s.client, err = raia.NewClient(cfg); err != nil {
		return nil, err
	}
	s.driver = raiachat.New(s.client, raiachat.Options{})
	return s, nil
}

func (s *raiaSide) chatter(user int, r *rand.Rand) talker {
	return newChatter(s.world, s.driver, user, r, false)
}

func (s *raiaSide) talker(user int, r *rand.Rand) talker {
	return &raiaTalker{client: s.client, user: user, random: r, pool: s.world.pool}
}

// raiaTalker says messages in a conversation of its own, in either of the two ways.
type raiaTalker struct {
	direct
	client       *raia.Client
	user         int
	random       *rand.Rand
	conversation string
	pool         *http.Transport
}

func (t *raiaTalker) say(ctx context.Context, text string) (string, error) {
	if err := t.open(ctx); err != nil {
		return "", errors.Join(errSkipped, err)
	}
	params := raia.SendMessageParams{Message: text}
	if t.random.IntN(2) == 0 {
		answer, err := t.client.Conversations.Send(ctx, t.conversation, params)
		if err != nil {
			return "", err
		}
		return answer.Message, nil
	}
	question, err := t.client.Conversations.SendAsync(ctx, t.conversation, params)
	if err != nil {
		return "", err
	}
	answer, err := t.client.Conversations.Await(ctx, t.conversation, question.ID)
	if err != nil {
		return "", errors.Join(errAccepted, err)
	}
	return answer.Message.Message, nil
}

func (t *raiaTalker) open(ctx context.Context) error {
	if t.conversation != "" {
		return nil
	}
	user, err := t.client.Users.GetOrCreate(ctx, raia.CreateUserParams{
		FirstName: "Ada", LastName: "Byron", FkID: fmt.Sprint("user-", t.user),
	})
	if err != nil {
		return err
	}
	made, err := t.client.Conversations.Create(ctx, raia.CreateConversationParams{ConversationUserID: user.ID})
	if err == nil {
		t.conversation = made.ID
	}
	return err
}

func (s *raiaSide) disturb(r *rand.Rand) {
	switch r.IntN(10) {
	case 8, 9:
		s.human(r)
	case 0:
		s.server.FailAnswers(1, "the model is overloaded")
	case 1:
		s.server.Pending(r.IntN(20))
	default:
		s.server.FailNext(s.world.trouble(r, anyRequest))
	}
}

// human lets a person take over one conversation, or gives back those that persons have. Only chat can deal with a
// message that waits for a person.
func (s *raiaSide) human(r *rand.Rand) {
	id, user := s.world.conversation(s.server.Ledger(), r)
	speak := func(text string) bool { return s.server.HumanSays(id, text) }
	if id != "" && s.world.schedule.Chat && len(s.humans) == 0 && s.world.speakTo(user, speak) {
		s.humans = append(s.humans, talk{id, user})
		return
	}
	if len(s.humans) > 0 && r.IntN(2) == 0 {
		id = s.humans[0].id
		s.world.speakTo(s.humans[0].user, speak)
		return
	}
	s.handBack()
}

// talk is a conversation of a user.
type talk struct {
	id   string
	user int
}

func (s *raiaSide) handBack() {
	for _, h := range s.humans {
		ctx, cancel := context.WithTimeout(context.Background(), attemptTimeout)
		_, _ = s.client.Conversations.SetMode(ctx, h.id, raia.ConversationModeAI)
		cancel()
	}
	s.humans = nil
}

func (s *raiaSide) lists() bool { return true }

func (s *raiaSide) calm() {
	s.handBack()
	s.server.Pending(1)
}

func (s *raiaSide) inspect(l *Ledger) {
	for i, a := range s.server.Ledger() {
		l.heard(a.Text, a.Time, i)
	}
	for _, r := range s.server.Requests() {
		l.arrival(r.Body)
	}
}

func (s *raiaSide) close() { s.server.Close() }
