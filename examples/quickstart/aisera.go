package main

import (
	"context"

	"github.com/seed-127a5941/parley/aisera"
	"github.com/seed-127a5941/parley/aisera/aiseratest"
)

// talkAisera asks once over HTTP, and once over WebSocket if its address is known.
func talkAisera(ctx context.Context, s *session) error {
	env, live, err := s.live(aiseraVariables)
	if err != nil {
		return err
	}
	user := aisera.User{ID: "parley-quickstart", Email: "quickstart@example.com"}
	var cfg aisera.Config
	if live {
		user = aisera.User{ID: env["AISERA_USER_ID"], Email: s.getenv("AISERA_USER_EMAIL")}
		cfg = aisera.Config{
			BaseURL: env["AISERA_BASE_URL"], Token: env["AISERA_TOKEN"], ChannelID: env["AISERA_CHANNEL_ID"],
			WebSocketURL: s.getenv("AISERA_WEBSOCKET_URL"),
		}
	} else {
		server := aiseratest.NewServer()
		defer server.Close()
		cfg = server.Config()
	}
	client, err := aisera.NewClient(cfg)
	if err != nil {
		return err
	}
	s.greet("Aisera", live)
	s.ask("Contact live agent (HTTP)")
	reply, err := client.Send(ctx, user, aisera.Text("Contact live agent"))
	if err != nil {
		return err
	}
	s.answer("assistant", reply.Text())
	if cfg.WebSocketURL == "" {
		s.say("no AISERA_WEBSOCKET_URL: the WebSocket is left out")
		return nil
	}
	return s.askOverWebSocket(ctx, client, user)
}

func (s *session) askOverWebSocket(ctx context.Context, client *aisera.Client, user aisera.User) error {
	conn, err := client.Dial(ctx, user, aisera.DialOptions{})
	if err != nil {
		return err
	}
	defer conn.Close()
	s.ask("Contact live agent (WebSocket)")
	reply, err := conn.Ask(ctx, aisera.Text("Contact live agent"))
	if err != nil {
		return err
	}
	s.answer("assistant", reply.Text())
	return conn.Close()
}
