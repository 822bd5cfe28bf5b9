package main

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/seed-127a5941/parley/aisera/aiseratest"
	"github.com/seed-127a5941/parley/raia/raiatest"
	"github.com/seed-127a5941/parley/siteassist/siteassisttest"
	"github.com/seed-127a5941/parley/syntphony"
	"github.com/seed-127a5941/parley/syntphony/syntphonytest"
)

// fake is a running fake server with the commands of the control API.
type fake struct {
	name   string
	server interface {
		FailNext(match func(request) bool, f failure)
		Requests() []request
		Ledger() []action
		Close()
	}
	env    []string // NAME=value
	answer func(answerCommand) error
	human  func(humanCommand) error
	revoke func(struct{}) error
}

// vendors are the fakes, in the order of their ports.
var vendors = []struct {
	name  string
	start func(address string) (*fake, error)
}{
	{"raia", startRaia}, {"siteassist", startSiteAssist}, {"syntphony", startSyntphony}, {"aisera", startAisera},
}

// speaks turns the result of a HumanSays into an error.
func speaks(known bool) error {
	if !known {
		return &refusal{http.StatusNotFound, "there is no such conversation or user"}
	}
	return nil
}

func startRaia(address string) (*fake, error) {
	server, err := raiatest.NewServerAt(address)
	if err != nil {
		return nil, err
	}
	cfg := server.Config()
	return &fake{
		server: server,
		env: []string{
			"RAIA_BASE_URL=" + cfg.BaseURL, "RAIA_AGENT_KEY=" + cfg.AgentKey,
			"RAIA_ORGANIZATION_KEY=" + cfg.OrganizationKey, "RAIA_SUPER_ADMIN_KEY=" + cfg.SuperAdminKey,
		},
		answer: func(c answerCommand) error {
			server.Answer(nil)
			if !c.zero() {
				server.Answer(func(m raiatest.Message) string { return c.say(m.Text) })
			}
			return nil
		},
		human:  func(c humanCommand) error { return speaks(server.HumanSays(c.Conversation, c.Text)) },
		revoke: func(struct{}) error { return unsupported("raia has keys and no tokens") },
	}, nil
}

func startSiteAssist(address string) (*fake, error) {
	server, err := siteassisttest.NewServerAt(address)
	if err != nil {
		return nil, err
	}
	cfg := server.Config()
	return &fake{
		server: server,
		env: []string{
			"SITEASSIST_BASE_URL=" + cfg.BaseURL, "SITEASSIST_PUBLISHABLE_KEY=" + cfg.PublishableKey,
			"SITEASSIST_PRIVATE_KEY=" + siteassisttest.PrivateKey,
		},
		answer: func(c answerCommand) error {
			server.Answer(nil)
			if !c.zero() {
				server.Answer(func(m siteassisttest.Message) siteassisttest.Answer {
					return siteassisttest.Answer{Text: c.say(m.Content), Queued: c.Queued, Pace: time.Duration(c.Pace)}
				})
			}
			return nil
		},
		human: func(c humanCommand) error { return speaks(server.HumanSays(c.Conversation, c.Text)) },
		revoke: func(struct{}) error {
			server.ExpireSessions()
			return nil
		},
	}, nil
}

func startSyntphony(address string) (*fake, error) {
	server, err := syntphonytest.NewServerAt(address)
	if err != nil {
		return nil, err
	}
	cfg := server.Config()
	return &fake{
		server: server,
		env: []string{
			"SYNTPHONY_BASE_URL=" + cfg.BaseURL, "SYNTPHONY_ORG_ID=" + cfg.OrgID, "SYNTPHONY_ENV_ID=" + cfg.EnvID,
			"SYNTPHONY_BOT_ID=" + cfg.BotID, "SYNTPHONY_CHANNEL_ID=" + cfg.ChannelID, "SYNTPHONY_API_KEY=" + cfg.APIKey,
			"SYNTPHONY_LOCALE=" + cfg.Locale, "SYNTPHONY_KEYCLOAK_URL=" + cfg.Keycloak.URL,
			"SYNTPHONY_REALM=" + cfg.Keycloak.Realm, "SYNTPHONY_CLIENT_ID=" + cfg.Keycloak.ClientID,
			"SYNTPHONY_CLIENT_SECRET=" + cfg.Keycloak.ClientSecret,
		},
		answer: func(c answerCommand) error { return answerSyntphony(server, c) },
		human:  func(humanCommand) error { return unsupported("syntphony has no humans") },
		revoke: func(struct{}) error {
			server.RevokeTokens()
			return nil
		},
	}, nil
}

func answerSyntphony(server *syntphonytest.Server, c answerCommand) error {
	server.Answer(nil)
	if c.zero() {
		return nil
	}
	var reply syntphony.Reply
	if c.Reply != nil {
		if err := json.Unmarshal(c.Reply, &reply); err != nil {
			return err
		}
	}
	server.Answer(func(t syntphonytest.Turn) syntphony.Reply {
		if c.Reply != nil {
			return cloned(reply)
		}
		return syntphony.Reply{Text: t.Text, Answers: []syntphony.Answer{syntphonytest.Say(c.say(t.Text))}}
	})
	return nil
}

// cloned returns a copy of a reply whose answers the fake may complete.
func cloned(reply syntphony.Reply) syntphony.Reply {
	reply.Answers = slices.Clone(reply.Answers)
	reply.Context = maps.Clone(reply.Context)
	return reply
}

func startAisera(address string) (*fake, error) {
	server, err := aiseratest.NewServerAt(address)
	if err != nil {
		return nil, err
	}
	cfg := server.Config()
	return &fake{
		server: server,
		env: []string{
			"AISERA_BASE_URL=" + cfg.BaseURL, "AISERA_WEBSOCKET_URL=" + cfg.WebSocketURL, "AISERA_TOKEN=" + cfg.Token,
			"AISERA_CHANNEL_ID=" + cfg.ChannelID,
		},
		answer: func(c answerCommand) error {
			server.Answer(nil)
			if !c.zero() {
				server.Answer(func(m aiseratest.Message) []aiseratest.Reply { return aiseraReplies(c, m) })
			}
			return nil
		},
		human: func(c humanCommand) error {
			return speaks(server.HumanSays(c.User, c.Text))
		},
		revoke: func(struct{}) error {
			server.CloseConnections(4401, "the token is not valid")
			return nil
		},
	}, nil
}

func aiseraReplies(c answerCommand, m aiseratest.Message) []aiseratest.Reply {
	switch {
	case c.Reply != nil:
		return []aiseratest.Reply{{Raw: bytes.ReplaceAll(c.Reply, []byte("{reqId}"), []byte(m.RequestID))}}
	case c.Pieces != nil:
		return aiseratest.Stream(c.Pieces...)
	}
	return []aiseratest.Reply{aiseratest.Say(c.say(m.Text))}
}
