package soak

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/seed-127a5941/parley/syntphony"
	"github.com/seed-127a5941/parley/syntphony/syntphonytest"
)

// syntphonySide calls Syntphony: turns by text and audio, single and in sessions, and evaluations. Tokens live two
// seconds, are rotated and revoked, and are fetched through the routes as well.
type syntphonySide struct{ server *syntphonytest.Server }

var faultCaller = syntphony.Caller{UserRef: "203.0.113.7", OS: "Linux"}

func newSyntphonySide(_ context.Context, l *Ledger) (side, error) {
	s := &syntphonySide{server: syntphonytest.NewServer()}
	s.server.SetTokens(syntphonytest.Tokens{Life: 2 * time.Second, Refresh: true, Rotate: true})
	s.server.Answer(func(t syntphonytest.Turn) syntphony.Reply {
		id := t.Text
		if t.Audio != nil {
			id = strings.TrimSuffix(t.AudioName, ".ogg")
		}
		l.Processed(id)
		raw, _ := json.Marshal(answerTo(id))
		return syntphony.Reply{Text: t.Text, Answers: []syntphony.Answer{{
			Type: syntphony.AnswerTypeTextOptions, Content: syntphony.Content{Raw: raw}, Evaluable: true,
		}}}
	})
	return s, nil
}

func (s *syntphonySide) vendor() string { return "syntphony" }
func (s *syntphonySide) base() string   { return s.server.Config().BaseURL }
func (s *syntphonySide) calm()          {}

func (s *syntphonySide) close() {
	s.server.Close()
	s.server = nil
}

func (s *syntphonySide) disturb(r *rand.Rand) {
	switch r.IntN(12) {
	case 0:
		s.server.RevokeTokens()
	case 1, 2:
		s.server.FailToken(1, failure(r))
	default:
		s.server.Fail(1, failure(r))
	}
}

func (s *syntphonySide) open(set settings) ([]action, error) {
	cfg := s.server.Config()
	cfg.BaseURL, cfg.HTTPClient, cfg.RetryNonIdempotent, cfg.Hooks.OnAttempt = set.through(cfg.BaseURL), set.client,
		set.unsafe, set.onAttempt
	cfg.Keycloak.URL = set.through(cfg.Keycloak.URL)
	cfg.Timeout, cfg.MaxRetryWait = set.timeout, maxRetryWait
	c, err := syntphony.NewClient(cfg)
	if err != nil {
		return nil, err
	}
	shared := c.NewSession(faultCaller) // its turns do not overlap, whichever goroutine takes them
	return []action{
		{weight: 6, do: func(j *job) { s.send(j, c) }},
		{weight: 6, do: func(j *job) { s.session(j, c) }},
		{weight: 3, do: func(j *job) { s.say(j, shared) }},
		{weight: 2, do: func(j *job) { s.audio(j, c) }},
	}, nil
}

// check describes a wrong reply, or returns "".
func check(reply *syntphony.Reply, id string) string {
	if len(reply.Answers) != 1 {
		return "it has not one answer"
	}
	text, _ := reply.Answers[0].Content.Text()
	return compare(text, answerTo(id))
}

func (s *syntphonySide) send(j *job, c *syntphony.Client) {
	_ = j.run(call{kind: "send", do: func(ctx context.Context, id string) (string, error) {
		reply, err := c.Conversations.Send(ctx, "", faultCaller, syntphony.Input{Text: id})
		if err != nil {
			return "", err
		}
		return check(reply, id), nil
	}})
}

func (s *syntphonySide) audio(j *job, c *syntphony.Client) {
	content := "OggS" + strings.Repeat("recording", between(j.random, 10, 2000))
	_ = j.run(call{kind: "audio", do: func(ctx context.Context, id string) (string, error) {
		recording := syntphony.Audio{Name: id, Content: strings.NewReader(content)}
		reply, err := c.Conversations.SendAudio(ctx, "", faultCaller, recording, syntphony.Input{})
		if err != nil {
			return "", err
		}
		return check(reply, id), nil
	}})
}

func (s *syntphonySide) say(j *job, session *syntphony.Session) {
	_ = j.run(call{kind: "shared session", do: func(ctx context.Context, id string) (string, error) {
		reply, err := session.Say(ctx, id)
		if err != nil {
			return "", err
		}
		return check(reply, id), nil
	}})
}

// session takes three turns in a new session, and evaluates it.
func (s *syntphonySide) session(j *job, c *syntphony.Client) {
	session := c.NewSession(faultCaller)
	for range 3 {
		_ = j.run(call{
			kind: "session", do: func(ctx context.Context, id string) (string, error) { return turn(ctx, session, id) },
		})
	}
	if session.Code() == "" {
		return
	}
	_ = j.run(call{kind: "evaluate", do: func(ctx context.Context, id string) (string, error) {
		return "", session.SubmitSatisfaction(ctx, syntphony.Satisfaction{Evaluation: 9, Comments: id})
	}})
}

// turn takes a turn. It also checks the state of the session afterwards, which only an answer may change.
func turn(ctx context.Context, session *syntphony.Session, id string) (string, error) {
	before := session.Code()
	reply, err := session.Say(ctx, id)
	switch {
	case err != nil && session.Code() != before:
		return "a turn that failed changed the session", err
	case err != nil:
		return "", err
	case session.Code() != reply.SessionCode, before != "" && reply.SessionCode != before:
		return "the session did not go on", nil
	}
	return check(reply, id), nil
}

func (s *syntphonySide) inspect(_ context.Context, l *Ledger) error {
	arrivals(l, s.server.Requests())
	for _, given := range s.server.Satisfactions() {
		l.Processed(given.Comments)
	}
	return nil
}
