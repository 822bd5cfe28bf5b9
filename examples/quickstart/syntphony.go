package main

import (
	"context"
	"strings"

	"github.com/seed-127a5941/parley/syntphony"
	"github.com/seed-127a5941/parley/syntphony/syntphonytest"
)

// talkSyntphony opens a session with the welcome flow and takes a turn.
func talkSyntphony(ctx context.Context, s *session) error {
	env, live, err := s.live(syntphonyVariables)
	if err != nil {
		return err
	}
	var cfg syntphony.Config
	if live {
		cfg = syntphony.Config{
			BaseURL: env["SYNTPHONY_BASE_URL"], OrgID: env["SYNTPHONY_ORG_ID"], EnvID: env["SYNTPHONY_ENV_ID"],
			BotID: env["SYNTPHONY_BOT_ID"], ChannelID: env["SYNTPHONY_CHANNEL_ID"], APIKey: env["SYNTPHONY_API_KEY"],
			Locale: env["SYNTPHONY_LOCALE"],
			Keycloak: syntphony.Keycloak{
				URL: env["SYNTPHONY_KEYCLOAK_URL"], Realm: env["SYNTPHONY_REALM"],
				ClientID: env["SYNTPHONY_CLIENT_ID"], ClientSecret: env["SYNTPHONY_CLIENT_SECRET"],
			},
		}
	} else {
		server := syntphonytest.NewServer()
		defer server.Close()
		cfg = server.Config()
	}
	client, err := syntphony.NewClient(cfg)
	if err != nil {
		return err
	}
	s.greet("Syntphony CAI", live)
	chat := client.NewSession(syntphony.Caller{UserRef: "parley-quickstart", OS: "Linux"})
	s.ask("(the welcome flow)")
	reply, err := chat.Welcome(ctx)
	if err != nil {
		return err
	}
	s.answer("bot", texts(reply))
	s.ask("How much do I have in my account?")
	if reply, err = chat.Say(ctx, "How much do I have in my account?"); err != nil {
		return err
	}
	s.answer("bot", texts(reply))
	return nil
}

// texts joins the answers that are texts. It leaves out cards and files.
func texts(reply *syntphony.Reply) string {
	var parts []string
	for _, answer := range reply.Answers {
		if text, ok := answer.Content.Text(); ok {
			parts = append(parts, text)
		}
	}
	return strings.Join(parts, " / ")
}
