package soak

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/seed-127a5941/parley/raia"
	"github.com/seed-127a5941/parley/raia/raiatest"
)

// raiaSide calls raia: messages and prompts with and without Await, creations and an upload, reads and an update.
type raiaSide struct {
	server        *raiatest.Server
	direct        *raia.Client // a client that does not use the routes
	user          string
	conversations []string
}

func newRaiaSide(ctx context.Context, l *Ledger) (side, error) {
	s := &raiaSide{server: raiatest.NewServer()}
	s.server.Answer(func(m raiatest.Message) string {
		l.Processed(m.Text)
		return answerTo(m.Text)
	})
	if err := s.prepare(ctx); err != nil {
		s.close()
		return nil, fmt.Errorf("faults: prepare raia: %w", err)
	}
	return s, nil
}

func (s *raiaSide) prepare(ctx context.Context) (err error) {
	if s.direct, err = raia.NewClient(s.server.Config()); err != nil {
		return err
	}
	user, err := s.direct.Users.Create(ctx,
		raia.CreateUserParams{FirstName: "Fault", LastName: "Tester", Email: "faults@example.com"})
	if err != nil {
		return err
	}
	s.user = user.ID
	for range 8 {
		made, err := s.direct.Conversations.Create(ctx, raia.CreateConversationParams{ConversationUserID: s.user})
		if err != nil {
			return err
		}
		s.conversations = append(s.conversations, made.ID)
	}
	return nil
}

func (s *raiaSide) vendor() string       { return "raia" }
func (s *raiaSide) base() string         { return s.server.Config().BaseURL }
func (s *raiaSide) disturb(r *rand.Rand) { s.server.Fail(1, failure(r)) }
func (s *raiaSide) calm()                {}

func (s *raiaSide) close() {
	s.server.Close()
	s.server = nil
}

func (s *raiaSide) open(set settings) ([]action, error) {
	cfg := s.server.Config()
	cfg.BaseURL, cfg.HTTPClient, cfg.RetryNonIdempotent, cfg.Hooks.OnAttempt = set.through(cfg.BaseURL), set.client,
		set.unsafe, set.onAttempt
	cfg.Timeout, cfg.MaxRetryWait, cfg.PollInterval = set.timeout, maxRetryWait, time.Millisecond
	c, err := raia.NewClient(cfg)
	if err != nil {
		return nil, err
	}
	return []action{
		{weight: 6, do: func(j *job) { s.send(j, c) }},
		{weight: 3, do: func(j *job) { s.sendAsync(j, c) }},
		{weight: 3, do: func(j *job) { s.prompt(j, c) }},
		{weight: 2, do: func(j *job) { s.create(j, c) }},
		{weight: 1, do: func(j *job) { s.upload(j, c) }},
		{weight: 3, do: func(j *job) { s.search(j, c) }},
		{weight: 3, do: func(j *job) { s.update(j, c) }},
	}, nil
}

func (s *raiaSide) conversation(j *job) string {
	return s.conversations[j.random.IntN(len(s.conversations))]
}

func (s *raiaSide) send(j *job, c *raia.Client) {
	_ = j.run(call{kind: "send", do: func(ctx context.Context, id string) (string, error) {
		answer, err := c.Conversations.Send(ctx, s.conversation(j), raia.SendMessageParams{Message: id})
		if err != nil {
			return "", err
		}
		return compare(answer.Message, answerTo(id)), nil
	}})
}

// sendAsync sends a message and then awaits its answer.
func (s *raiaSide) sendAsync(j *job, c *raia.Client) {
	var asked *raia.Message
	var question string
	conversation := s.conversation(j)
	err := j.run(call{kind: "send async", do: func(ctx context.Context, id string) (wrong string, err error) {
		question = id
		if asked, err = c.Conversations.SendAsync(ctx, conversation, raia.SendMessageParams{Message: id}); err != nil {
			return "", err
		}
		return compare(asked.Message, id), nil
	}})
	if err != nil {
		return
	}
	_ = j.run(call{
		kind: "await", idempotent: true, silent: true, patient: true,
		do: func(ctx context.Context, _ string) (string, error) {
			response, err := c.Conversations.Await(ctx, conversation, asked.ID)
			if err != nil {
				return "", err
			}
			return compare(response.Message.Message, answerTo(question)), nil
		},
	})
}

func (s *raiaSide) prompt(j *job, c *raia.Client) {
	_ = j.run(call{kind: "prompt", do: func(ctx context.Context, id string) (string, error) {
		answer, err := c.Prompts.Run(ctx, raia.PromptParams{Prompt: id})
		if err != nil {
			return "", err
		}
		return compare(answer.Response, answerTo(id)), nil
	}})
}

func (s *raiaSide) create(j *job, c *raia.Client) {
	_ = j.run(call{kind: "create", do: func(ctx context.Context, id string) (string, error) {
		_, err := c.Conversations.Create(ctx, raia.CreateConversationParams{ConversationUserID: s.user, Title: id})
		return "", err
	}})
}

func (s *raiaSide) upload(j *job, c *raia.Client) {
	content := strings.NewReader(strings.Repeat("content of a document\n", between(j.random, 1, 400)))
	_ = j.run(call{kind: "upload", do: func(ctx context.Context, id string) (string, error) {
		file, err := c.AgentFiles.Upload(ctx, raia.UploadFileParams{FileName: id, Content: content})
		if err != nil {
			return "", err
		}
		return compare(file.FileName, id), nil
	}})
}

func (s *raiaSide) search(j *job, c *raia.Client) {
	_ = j.run(call{kind: "search", idempotent: true, do: func(ctx context.Context, id string) (string, error) {
		_, err := c.Users.Search(ctx, raia.SearchUserParams{Email: id + "@example.com"})
		if errors.Is(err, raia.ErrNotFound) {
			return "", nil // the expected outcome
		}
		return "", err
	}})
}

func (s *raiaSide) update(j *job, c *raia.Client) {
	_ = j.run(call{kind: "update", idempotent: true, do: func(ctx context.Context, id string) (string, error) {
		changed, err := c.Conversations.Update(ctx, s.conversation(j), raia.UpdateConversationParams{Title: new(id)})
		if err != nil {
			return "", err
		}
		return compare(changed.Title, id), nil
	}})
}

// inspect reads the store without the routes. Only the store tells what was created. It is a second witness of the
// messages.
func (s *raiaSide) inspect(ctx context.Context, l *Ledger) error {
	var made, said []string
	err := again(ctx, func() (err error) {
		if made, err = s.made(ctx); err == nil {
			said, err = s.said(ctx)
		}
		return err
	})
	arrivals(l, s.server.Requests())
	for _, id := range made {
		l.Processed(id)
	}
	for _, id := range said {
		l.Stored(id)
	}
	return err
}

// made lists the objects that were created or uploaded.
func (s *raiaSide) made(ctx context.Context) ([]string, error) {
	var list []string
	for conversation, err := range s.direct.Conversations.All(ctx, raia.ListConversationsParams{PageSize: 500}) {
		if err != nil {
			return nil, err
		}
		if !slices.Contains(s.conversations, conversation.ID) {
			list = append(list, conversation.Title)
		}
	}
	files, err := s.direct.AgentFiles.List(ctx)
	for _, file := range files {
		list = append(list, file.FileName)
	}
	return list, err
}

// said lists the users' messages.
func (s *raiaSide) said(ctx context.Context) ([]string, error) {
	var list []string
	for _, id := range s.conversations {
		messages, err := s.direct.Conversations.ListMessages(ctx, id, raia.ListMessagesParams{})
		if err != nil {
			return nil, err
		}
		for _, message := range messages {
			if message.SenderRole == raia.SenderRoleUser {
				list = append(list, message.Message)
			}
		}
	}
	return list, nil
}
