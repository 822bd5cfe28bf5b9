package main

import (
	"context"
	"fmt"
	"time"

	"github.com/seed-127a5941/parley/siteassist"
	"github.com/seed-127a5941/parley/siteassist/siteassisttest"
)

// talkSiteAssist opens a visitor's session, starts a conversation and prints a streamed answer as it arrives.
func talkSiteAssist(ctx context.Context, s *session) error {
	env, live, err := s.live(siteassistVariables)
	if err != nil {
		return err
	}
	var cfg siteassist.Config
	if live {
		cfg = siteassist.Config{
			PublishableKey: env["SITEASSIST_PUBLISHABLE_KEY"], DeviceID: "parley-quickstart",
			BaseURL: s.getenv("SITEASSIST_BASE_URL"),
		}
	} else {
		server := siteassisttest.NewServer()
		defer server.Close()
		cfg = server.Config()
	}
	client, err := siteassist.NewClient(cfg)
	if err != nil {
		return err
	}
	s.greet("SiteAssist", live)
	conversation, err := client.Conversations.Start(ctx,
		siteassist.StartConversationParams{PageURL: "https://example.com/help"})
	if err != nil {
		return err
	}
	s.ask("Can I customize the assistant?")
	stream, err := client.Messages.Stream(ctx, conversation.ID,
		siteassist.SendMessageParams{Content: "Can I customize the assistant?"})
	if err != nil {
		return err
	}
	return s.printStream(stream)
}

func (s *session) printStream(stream *siteassist.Stream) error {
	if stream.Queued() {
		s.say("a human agent was asked")
		return stream.Close()
	}
	fmt.Fprint(s.out, "  assistant: ")
	for chunk, err := range stream.Chunks() {
		if err != nil {
			fmt.Fprintln(s.out)
			return err // the printed text is not the whole answer
		}
		if delta, ok := chunk.(*siteassist.TextDeltaChunk); ok {
			fmt.Fprint(s.out, delta.Delta)
		}
	}
	fmt.Fprintf(s.out, " (%s)\n", time.Since(s.started).Round(100*time.Microsecond))
	return nil
}
