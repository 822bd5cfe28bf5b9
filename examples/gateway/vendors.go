package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/seed-127a5941/parley/aisera"
	"github.com/seed-127a5941/parley/aisera/aiserachat"
	"github.com/seed-127a5941/parley/chat"
	"github.com/seed-127a5941/parley/chat/uistream"
	"github.com/seed-127a5941/parley/raia"
	"github.com/seed-127a5941/parley/raia/raiachat"
	"github.com/seed-127a5941/parley/siteassist"
	"github.com/seed-127a5941/parley/siteassist/siteassistchat"
	"github.com/seed-127a5941/parley/syntphony"
	"github.com/seed-127a5941/parley/syntphony/syntphonychat"
)

// environment returns the value of a variable, and "" if it is not set.
type environment func(name string) string

// vendor is a vendor and how it is served.
type vendor struct {
	name, title string
	open        func(*gateway, environment) (chat.Driver, error)
	required    []string          // the variables without which the vendor is not served
	driver      chat.Driver       // nil before the vendor is served
	handler     *uistream.Handler // the same
}

var vendors = []vendor{
	{"raia", "raia", (*gateway).raia, []string{"RAIA_AGENT_KEY"}, nil, nil},
	{"siteassist", "SiteAssist", (*gateway).siteAssist, []string{"SITEASSIST_PUBLISHABLE_KEY"}, nil, nil},
	{"syntphony", "Syntphony CAI", (*gateway).syntphony, []string{"SYNTPHONY_BASE_URL", "SYNTPHONY_ORG_ID",
		"SYNTPHONY_ENV_ID", "SYNTPHONY_BOT_ID", "SYNTPHONY_CHANNEL_ID", "SYNTPHONY_API_KEY", "SYNTPHONY_LOCALE",
		"SYNTPHONY_KEYCLOAK_URL", "SYNTPHONY_REALM", "SYNTPHONY_CLIENT_ID", "SYNTPHONY_CLIENT_SECRET"}, nil, nil},
	{"aisera", "Aisera", (*gateway).aisera, []string{"AISERA_BASE_URL", "AISERA_TOKEN", "AISERA_CHANNEL_ID"}, nil, nil},
}

// openVendors serves each vendor whose variables are set. Some of them alone are an error that names the others.
func (g *gateway) openVendors(env environment) error {
	for _, v := range vendors {
		missing := slices.DeleteFunc(slices.Clone(v.required), func(name string) bool { return env(name) != "" })
		if len(missing) == len(v.required) {
			continue
		}
		if len(missing) > 0 {
			return fmt.Errorf("%s: set %s too", v.title, strings.Join(missing, ", "))
		}
		if err := g.serveVendor(v, env); err != nil {
			return err
		}
	}
	return nil
}

func (g *gateway) raia(env environment) (chat.Driver, error) {
	client, err := raia.NewClient(raia.Config{AgentKey: env("RAIA_AGENT_KEY"), BaseURL: env("RAIA_BASE_URL"),
		Logger: g.log, Hooks: g.telemetry.hooks, Timeout: g.vendorTimeout})
	return raiachat.New(client, raiachat.Options{Source: "gateway"}), err
}

func (g *gateway) siteAssist(env environment) (chat.Driver, error) {
	client, err := siteassist.NewClient(siteassist.Config{PublishableKey: env("SITEASSIST_PUBLISHABLE_KEY"),
		BaseURL: env("SITEASSIST_BASE_URL"), DeviceID: "gateway", TokenStore: g.tokens,
		Logger: g.log, Hooks: g.telemetry.hooks, Timeout: g.vendorTimeout})
	return siteassistchat.New(client, siteassistchat.Options{DeviceKey: g.identity.deviceKey}), err
}

func (g *gateway) syntphony(env environment) (chat.Driver, error) {
	get := func(name string) string { return env("SYNTPHONY_" + name) }
	client, err := syntphony.NewClient(syntphony.Config{
		BaseURL: get("BASE_URL"), OrgID: get("ORG_ID"), EnvID: get("ENV_ID"), BotID: get("BOT_ID"),
		ChannelID: get("CHANNEL_ID"), APIKey: get("API_KEY"), Locale: get("LOCALE"),
		Keycloak: syntphony.Keycloak{URL: get("KEYCLOAK_URL"), Realm: get("REALM"), ClientID: get("CLIENT_ID"),
			ClientSecret: get("CLIENT_SECRET")},
		Logger: g.log, Hooks: g.telemetry.hooks, Timeout: g.vendorTimeout, TokenStore: g.tokens})
	return syntphonychat.New(client, syntphonychat.Options{}), err
}

func (g *gateway) aisera(env environment) (chat.Driver, error) {
	client, err := aisera.NewClient(aisera.Config{BaseURL: env("AISERA_BASE_URL"), Token: env("AISERA_TOKEN"),
		ChannelID: env("AISERA_CHANNEL_ID"), WebSocketURL: env("AISERA_WEBSOCKET_URL"),
		Logger: g.log, Hooks: g.telemetry.hooks, Timeout: g.vendorTimeout})
	options := aiserachat.Options{WebSocket: env("AISERA_WEBSOCKET_URL") != "", HandOverText: "Contact live agent"}
	return aiserachat.New(client, options), err
}
