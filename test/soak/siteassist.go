package soak

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/seed-127a5941/parley/siteassist"
	"github.com/seed-127a5941/parley/siteassist/siteassisttest"
)

// siteassistSide calls SiteAssist: messages and completions, whole and streamed, and a search. Its sessions expire
// during the run.
type siteassistSide struct {
	server        *siteassisttest.Server
	direct        *siteassist.Client // a client that does not use the routes
	conversations []string
}

func newSiteassistSide(ctx context.Context, l *Ledger) (side, error) {
	s := &siteassistSide{server: siteassisttest.NewServer()}
	s.server.Answer(func(m siteassisttest.Message) siteassisttest.Answer {
		id := m.Content
		l.Processed(id)
		fault, after := streamFault(id)
		return siteassisttest.Answer{Text: answerTo(id), Pace: streamPace(id), Fault: fault, FaultAfter: after}
	})
	if err := s.prepare(ctx); err != nil {
		s.close()
		return nil, fmt.Errorf("faults: prepare siteassist: %w", err)
	}
	return s, nil
}

// streamFault returns the fault with which the server itself breaks the stream that answers a message.
func streamFault(id string) (siteassisttest.Fault, int) {
	h := hash("fault " + id)
	if h%8 > 0 {
		return siteassisttest.FaultNone, 0
	}
	faults := []siteassisttest.Fault{
		siteassisttest.FaultCutInEvent, siteassisttest.FaultCutBeforeEnd, siteassisttest.FaultResetInStream,
		siteassisttest.FaultErrorChunk,
		siteassisttest.FaultAbortChunk, siteassisttest.FaultStall, siteassisttest.FaultStayOpen,
	}
	return faults[h/8%uint32(len(faults))], int(h / 64 % 60)
}

// streamPace makes some streams take longer than a round of some routes.
func streamPace(id string) time.Duration {
	if h := hash("pace " + id); h%4 == 0 {
		return time.Duration(h/4%5) * time.Millisecond
	}
	return 0
}

func (s *siteassistSide) prepare(ctx context.Context) (err error) {
	if s.direct, err = siteassist.NewClient(s.server.Config()); err != nil {
		return err
	}
	for range 8 {
		started, err := s.direct.Conversations.Start(ctx, siteassist.StartConversationParams{})
		if err != nil {
			return err
		}
		s.conversations = append(s.conversations, started.ID)
	}
	return nil
}

func (s *siteassistSide) vendor() string { return "siteassist" }
func (s *siteassistSide) base() string   { return s.server.Config().BaseURL }
func (s *siteassistSide) calm()          {}

func (s *siteassistSide) close() {
	s.server.Close()
	s.server = nil
}

func (s *siteassistSide) disturb(r *rand.Rand) {
	if r.IntN(8) == 0 {
		s.server.ExpireSessions()
		return
	}
	s.server.Fail(1, failure(r))
}

func (s *siteassistSide) open(set settings) ([]action, error) {
	cfg := s.server.Config()
	cfg.BaseURL, cfg.HTTPClient, cfg.RetryNonIdempotent, cfg.Hooks.OnAttempt = set.through(cfg.BaseURL), set.client,
		set.unsafe, set.onAttempt
	cfg.Timeout, cfg.MaxRetryWait, cfg.StreamIdleTimeout = set.timeout, maxRetryWait, set.idle
	c, err := siteassist.NewClient(cfg)
	if err != nil {
		return nil, err
	}
	return []action{
		{weight: 4, do: func(j *job) { s.send(j, c) }},
		{weight: 8, do: func(j *job) { s.stream(j, c) }},
		{weight: 2, do: func(j *job) { s.complete(j, c) }},
		{weight: 4, do: func(j *job) { s.streamCompletion(j, c) }},
		{weight: 4, do: func(j *job) { s.search(j, c) }},
	}, nil
}

func (s *siteassistSide) conversation(j *job) string {
	return s.conversations[j.random.IntN(len(s.conversations))]
}

func (s *siteassistSide) send(j *job, c *siteassist.Client) {
	_ = j.run(call{kind: "send", do: func(ctx context.Context, id string) (string, error) {
		result, err := c.Messages.Send(ctx, s.conversation(j), siteassist.SendMessageParams{Content: id})
		if err != nil {
			return "", err
		}
		return compare(result.Text(), answerTo(id)), nil
	}})
}

func (s *siteassistSide) stream(j *job, c *siteassist.Client) {
	_ = j.run(call{kind: "stream", do: func(ctx context.Context, id string) (string, error) {
		stream, err := c.Messages.Stream(ctx, s.conversation(j), siteassist.SendMessageParams{Content: id})
		if err != nil {
			return "", err
		}
		return read(stream, id)
	}})
}

func completion(id string) siteassist.CompletionParams {
	return siteassist.CompletionParams{
		Messages: []siteassist.CompletionMessage{{Role: siteassist.RoleUser, Content: id}},
	}
}

func (s *siteassistSide) complete(j *job, c *siteassist.Client) {
	_ = j.run(call{kind: "complete", do: func(ctx context.Context, id string) (string, error) {
		result, err := c.Completions.Create(ctx, completion(id))
		if err != nil {
			return "", err
		}
		return compare(result.Text(), answerTo(id)), nil
	}})
}

func (s *siteassistSide) streamCompletion(j *job, c *siteassist.Client) {
	_ = j.run(call{kind: "stream completion", do: func(ctx context.Context, id string) (string, error) {
		stream, err := c.Completions.Stream(ctx, completion(id))
		if err != nil {
			return "", err
		}
		return read(stream, id)
	}})
}

// read reads a stream as a user does, by Text or by Chunks. It describes a wrong result.
func read(stream *siteassist.Stream, id string) (string, error) {
	fault, _ := streamFault(id)
	var text string
	var whole bool
	var err error
	if hash(id)%2 == 0 {
		text, err = stream.Text()
		whole = err == nil
	} else {
		text, whole, err = chunks(stream)
	}
	return judgeStream(id, fault, text, whole, err), err
}

func chunks(stream *siteassist.Stream) (text string, whole bool, err error) {
	for chunk, err := range stream.Chunks() {
		if err != nil {
			return text, false, err
		}
		switch chunk := chunk.(type) {
		case *siteassist.TextDeltaChunk:
			text += chunk.Delta
		case *siteassist.FinishChunk:
			whole = true
		}
	}
	return text, whole, nil
}

// judgeStream describes a wrong streamed answer, or returns "". An answer that failed must at least be the beginning of
// the right one.
func judgeStream(id string, fault siteassisttest.Fault, text string, whole bool, err error) string {
	want := answerTo(id)
	switch {
	case err != nil && len(text) <= len(want):
		return compare(text, want[:len(text)])
	case err != nil:
		return compare(text, want)
	case !whole:
		return "the stream ended without its end"
	case fault != siteassisttest.FaultNone && fault != siteassisttest.FaultStayOpen:
		return fmt.Sprintf("the server broke the stream off (fault %d)", fault)
	}
	return compare(text, want)
}

func (s *siteassistSide) search(j *job, c *siteassist.Client) {
	_ = j.run(call{kind: "search", idempotent: true, do: func(ctx context.Context, id string) (string, error) {
		_, err := c.Search.Query(ctx, siteassist.SearchParams{Query: id})
		return "", err
	}})
}

// inspect reads the messages without the routes, as a second witness.
func (s *siteassistSide) inspect(ctx context.Context, l *Ledger) error {
	var said []string
	err := again(ctx, func() (err error) {
		said, err = s.said(ctx)
		return err
	})
	arrivals(l, s.server.Requests())
	for _, id := range said {
		l.Stored(id)
	}
	return err
}

func (s *siteassistSide) said(ctx context.Context) ([]string, error) {
	var list []string
	for _, id := range s.conversations {
		for message, err := range s.direct.Messages.All(ctx, id,
			siteassist.ListMessagesParams{Role: siteassist.RoleUser}) {
			if err != nil {
				return nil, err
			}
			list = append(list, message.Text())
		}
	}
	return list, nil
}
