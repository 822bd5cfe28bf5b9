package main

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/seed-127a5941/parley/aisera"
	"github.com/seed-127a5941/parley/aisera/aiserachat"
	"github.com/seed-127a5941/parley/aisera/aiseratest"
	"github.com/seed-127a5941/parley/chat"
	"github.com/seed-127a5941/parley/raia"
	"github.com/seed-127a5941/parley/raia/raiachat"
	"github.com/seed-127a5941/parley/raia/raiatest"
	"github.com/seed-127a5941/parley/siteassist"
	"github.com/seed-127a5941/parley/siteassist/siteassistchat"
	"github.com/seed-127a5941/parley/siteassist/siteassisttest"
	"github.com/seed-127a5941/parley/syntphony"
	"github.com/seed-127a5941/parley/syntphony/syntphonychat"
	"github.com/seed-127a5941/parley/syntphony/syntphonytest"
)

const variables = "RAIA_AGENT_KEY; SITEASSIST_PUBLISHABLE_KEY, SITEASSIST_DEVICE_KEY; AISERA_BASE_URL, AISERA_TOKEN, " +
	"AISERA_CHANNEL_ID, and optionally AISERA_WEBSOCKET_URL; SYNTPHONY_BASE_URL, ..._ORG_ID, ..._ENV_ID, ..._BOT_ID, " +
	"..._CHANNEL_ID, ..._API_KEY, ..._LOCALE, ..._KEYCLOAK_URL, ..._REALM, ..._CLIENT_ID, ..._CLIENT_SECRET"

// open returns the driver of a vendor. The caller calls end when the driver is no longer needed.
func open(vendor string, live bool, getenv func(string) string) (driver chat.Driver, end func(), err error) {
	env := &environment{getenv: getenv}
	end = func() {}
	switch vendor {
	case "raia":
		driver, end, err = openRaia(live, env)
	case "siteassist":
		driver, end, err = openSiteAssist(live, env)
	case "syntphony":
		driver, end, err = openSyntphony(live, env)
	case "aisera":
		driver, end, err = openAisera(live, env)
	default:
		err = fmt.Errorf("-vendor: %q is not raia, siteassist, syntphony or aisera", vendor)
	}
	if err == nil && live && len(env.missing) > 0 {
		err = fmt.Errorf("-live: not set: %s", strings.Join(env.missing, ", "))
	}
	return driver, end, err
}

// environment reads variables and records the missing ones.
type environment struct {
	getenv  func(string) string
	missing []string
}

func (e *environment) get(name string) string {
	value := e.getenv(name)
	if value == "" {
		e.missing = append(e.missing, name)
	}
	return value
}

func openRaia(live bool, env *environment) (chat.Driver, func(), error) {
	var cfg raia.Config
	end := func() {}
	if live {
		cfg = raia.Config{
			AgentKey: env.get("RAIA_AGENT_KEY"), BaseURL: cmp.Or(env.getenv("RAIA_BASE_URL"), raia.USBaseURL),
		}
	} else {
		server := raiatest.NewServer()
		cfg, end = server.Config(), server.Close
	}
	client, err := raia.NewClient(cfg)
	return raiachat.New(client, raiachat.Options{}), end, err
}

func openSiteAssist(live bool, env *environment) (chat.Driver, func(), error) {
	var cfg siteassist.Config
	var opts siteassistchat.Options
	end := func() {}
	if live {
		cfg = siteassist.Config{
			PublishableKey: env.get("SITEASSIST_PUBLISHABLE_KEY"), DeviceID: "parley-example",
			BaseURL: env.getenv("SITEASSIST_BASE_URL"),
		}
		opts.DeviceKey = []byte(env.get("SITEASSIST_DEVICE_KEY"))
	} else {
		server := siteassisttest.NewServer()
		cfg, end = server.Config(), server.Close
	}
	client, err := siteassist.NewClient(cfg)
	return siteassistchat.New(client, opts), end, err
}

func openSyntphony(live bool, env *environment) (chat.Driver, func(), error) {
	var cfg syntphony.Config
	end := func() {}
	if live {
		get := func(name string) string { return env.get("SYNTPHONY_" + name) }
		cfg = syntphony.Config{
			BaseURL: get("BASE_URL"), OrgID: get("ORG_ID"), EnvID: get("ENV_ID"), BotID: get("BOT_ID"),
			ChannelID: get("CHANNEL_ID"), APIKey: get("API_KEY"), Locale: get("LOCALE"),
			Keycloak: syntphony.Keycloak{
				URL: get("KEYCLOAK_URL"), Realm: get("REALM"), ClientID: get("CLIENT_ID"),
				ClientSecret: get("CLIENT_SECRET"),
			},
		}
	} else {
		server := syntphonytest.NewServer()
		server.Answer(offerChoices)
		cfg, end = server.Config(), server.Close
	}
	client, err := syntphony.NewClient(cfg)
	return syntphonychat.New(client, syntphonychat.Options{}), end, err
}

func openAisera(live bool, env *environment) (chat.Driver, func(), error) {
	var cfg aisera.Config
	end := func() {}
	if live {
		cfg = aisera.Config{
			BaseURL: env.get("AISERA_BASE_URL"), Token: env.get("AISERA_TOKEN"),
			ChannelID:    env.get("AISERA_CHANNEL_ID"),
			WebSocketURL: env.getenv("AISERA_WEBSOCKET_URL"),
		}
	} else {
		server := aiseratest.NewServer()
		server.Answer(bringAnAgent)
		cfg, end = server.Config(), server.Close
	}
	client, err := aisera.NewClient(cfg)
	opts := aiserachat.Options{WebSocket: cfg.WebSocketURL != "", HandOverText: "Contact live agent"}
	return aiserachat.New(client, opts), end, err
}

// scripts are the lines for each fake without -type. /wait waits for a human.
var scripts = map[string]string{
	"raia":       "Hello, where is my order?\n/human\nIs anybody there?\n/history\n",
	"siteassist": "Hello, where is my order?\nThank you.\n/history\n",
	"syntphony":  "Hello, where is my order?\n1\n",
	"aisera":     "Hello, where is my order?\n/human\n/wait\n",
}

// offerChoices is the agent of the Syntphony fake.
func offerChoices(turn syntphonytest.Turn) syntphony.Reply {
	text, buttons := "Your order 17 is on its way.", []syntphony.Button(nil)
	switch {
	case turn.Code == syntphony.WelcomeCode:
		text = "Welcome!"
	case strings.Contains(turn.Text, "order") && !strings.Contains(turn.Text, "17"):
		text = "Which order do you mean?"
		buttons = []syntphony.Button{{Name: "Order 17", Value: "order 17"}, {Name: "Order 18", Value: "order 18"}}
	}
	content := syntphony.Content{Raw: []byte(`"` + text + `"`)}
	answer := syntphony.Answer{Type: syntphony.AnswerTypeText, Content: content, Buttons: buttons}
	return syntphony.Reply{Text: turn.Text, Answers: []syntphony.Answer{answer}}
}

// bringAnAgent is the agent of the Aisera fake. It brings a live agent to users who ask for one.
func bringAnAgent(m aiseratest.Message) []aiseratest.Reply {
	if strings.Contains(m.Text, "live agent") {
		frames := aiseratest.HandOver("This is Ann. Your order comes tomorrow.")
		frames[1].Delay = 100 * time.Millisecond // until Ann joins
		return frames
	}
	return aiseratest.Stream("Let me ", "look: ", "it is on its way.")
}
