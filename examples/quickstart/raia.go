package main

import (
	"context"
	"errors"

	"github.com/seed-127a5941/parley/raia"
	"github.com/seed-127a5941/parley/raia/raiatest"
)

// talkRaia lists conversations, opens one, sends a message and reads both sides back.
func talkRaia(ctx context.Context, s *session) error {
	env, live, err := s.live(raiaVariables)
	if err != nil {
		return err
	}
	var cfg raia.Config
	user := s.user
	if live {
		if user == "" {
			return errors.New("RAIA_AGENT_KEY is set: name the conversation user to write to with -raia-user ID")
		}
		cfg = raia.Config{AgentKey: env["RAIA_AGENT_KEY"], BaseURL: s.getenv("RAIA_BASE_URL")}
	} else {
		server := raiatest.NewServer()
		defer server.Close()
		cfg = server.Config()
	}
	client, err := raia.NewClient(cfg)
	if err != nil {
		return err
	}
	s.greet("raia", live)
	if !live {
		created, err := client.Users.Create(ctx,
			raia.CreateUserParams{FirstName: "Ada", LastName: "Example", FkID: "quickstart"})
		if err != nil {
			return err
		}
		user = created.ID
	}
	return converse(ctx, s, client, user)
}

func converse(ctx context.Context, s *session, client *raia.Client, user string) error {
	page, err := client.Conversations.List(ctx, raia.ListConversationsParams{PageSize: 1})
	if err != nil {
		return err
	}
	s.say("%d conversations so far", page.TotalItems)
	conversation, err := client.Conversations.Create(ctx,
		raia.CreateConversationParams{ConversationUserID: user, Title: "Quickstart"})
	if err != nil {
		return err
	}
	s.ask("How does quantum entanglement work?")
	reply, err := client.Conversations.Send(ctx, conversation.ID,
		raia.SendMessageParams{Message: "How does quantum entanglement work?"})
	if err != nil {
		return err
	}
	s.answer(string(reply.SenderRole), reply.Message)
	messages, err := client.Conversations.ListMessages(ctx, conversation.ID, raia.ListMessagesParams{})
	if err != nil {
		return err
	}
	s.say("%d messages are in conversation %s", len(messages), conversation.ID)
	return nil
}
