package chaos

import (
	"math/rand/v2"
	"net/http"
	"strings"
	"time"

	"github.com/seed-127a5941/parley/aisera/aiseratest"
	"github.com/seed-127a5941/parley/raia/raiatest"
	"github.com/seed-127a5941/parley/siteassist/siteassisttest"
	"github.com/seed-127a5941/parley/syntphony"
	"github.com/seed-127a5941/parley/syntphony/syntphonytest"
)

// The requests, failures and actions of all four fakes are the same types.
type (
	request = raiatest.Request
	fail    = raiatest.Failure
	action  = raiatest.Action
)

// fake is what all four fakes can do.
type fake interface {
	FailNext(match func(request) bool, f fail)
	Ledger() []action
	Close()
}

// vendor is a fake, as the users of the gateway reach it.
type vendor struct {
	name   string
	server fake
	env    []string // of the gateway
	revoke func()   // ends the tokens that were given out, nil without tokens
}

// pace is waited before each event of a streamed answer, so that a fault meets answers under way.
const pace = 40 * time.Millisecond

// answerTo is the answer of every vendor.
func answerTo(text string) string {
	return "You said: " + text + " and this answer has some more words, so that it takes a while until it is whole"
}

// openVendors starts the fakes behind proxies.
func openVendors(p *proxies) (vendors []*vendor, err error) {
	for _, open := range []func(*proxies) (*vendor, error){openRaia, openSiteAssist, openSyntphony, openAisera} {
		v, err := open(p)
		if v != nil {
			vendors = append(vendors, v)
		}
		if err != nil {
			return vendors, err
		}
	}
	return vendors, nil
}

func openRaia(p *proxies) (*vendor, error) {
	server := raiatest.NewServer()
	server.Answer(func(m raiatest.Message) string { return answerTo(m.Text) })
	cfg := server.Config()
	base, err := p.openVendor("raia", cfg.BaseURL)
	env := []string{"RAIA_BASE_URL=" + base, "RAIA_AGENT_KEY=" + cfg.AgentKey}
	return &vendor{name: "raia", server: server, env: env}, err
}

func openSiteAssist(p *proxies) (*vendor, error) {
	server := siteassisttest.NewServer()
	server.Answer(func(m siteassisttest.Message) siteassisttest.Answer {
		return siteassisttest.Answer{Text: answerTo(m.Content), Pace: pace}
	})
	cfg := server.Config()
	base, err := p.openVendor("siteassist", cfg.BaseURL)
	env := []string{"SITEASSIST_BASE_URL=" + base, "SITEASSIST_PUBLISHABLE_KEY=" + cfg.PublishableKey}
	return &vendor{name: "siteassist", server: server, env: env, revoke: server.ExpireSessions}, err
}

func openSyntphony(p *proxies) (*vendor, error) {
	server := syntphonytest.NewServer()
	server.Answer(func(t syntphonytest.Turn) syntphony.Reply {
		return syntphony.Reply{Text: t.Text, Answers: []syntphony.Answer{syntphonytest.Say(answerTo(t.Text))}}
	})
	cfg := server.Config()
	base, err := p.openVendor("syntphony", cfg.BaseURL)
	if err != nil {
		return &vendor{name: "syntphony", server: server}, err
	}
	keycloak, err := p.open(cfg.Keycloak.URL, vendorNetwork())
	env := []string{
		"SYNTPHONY_BASE_URL=" + base, "SYNTPHONY_ORG_ID=" + cfg.OrgID, "SYNTPHONY_ENV_ID=" + cfg.EnvID,
		"SYNTPHONY_BOT_ID=" + cfg.BotID, "SYNTPHONY_CHANNEL_ID=" + cfg.ChannelID, "SYNTPHONY_API_KEY=" + cfg.APIKey,
		"SYNTPHONY_LOCALE=" + cfg.Locale, "SYNTPHONY_KEYCLOAK_URL=" + keycloak, "SYNTPHONY_REALM=" + cfg.Keycloak.Realm,
		"SYNTPHONY_CLIENT_ID=" + cfg.Keycloak.ClientID, "SYNTPHONY_CLIENT_SECRET=" + cfg.Keycloak.ClientSecret,
	}
	return &vendor{name: "syntphony", server: server, env: env, revoke: server.RevokeTokens}, err
}

func openAisera(p *proxies) (*vendor, error) {
	server := aiseratest.NewServer()
	server.Answer(func(m aiseratest.Message) []aiseratest.Reply {
		return aiseratest.Stream(strings.SplitAfter(answerTo(m.Text), " ")...)
	})
	cfg := server.Config()
	v := &vendor{
		name: "aisera", server: server, revoke: func() { server.CloseConnections(4401, "the token is not valid") },
	}
	base, err := p.openVendor("aisera", cfg.BaseURL)
	if err != nil {
		return v, err
	}
	socket, err := p.open(cfg.WebSocketURL, vendorNetwork())
	v.env = []string{
		"AISERA_BASE_URL=" + base, "AISERA_WEBSOCKET_URL=" + socket, "AISERA_TOKEN=" + cfg.Token,
		"AISERA_CHANNEL_ID=" + cfg.ChannelID,
	}
	return v, err
}

// failures are the classes of failures of a vendor.
var failures = []struct {
	name string
	fail fail
}{
	{"500", fail{Status: 500}},
	{"500 after it acted", fail{Status: 500, After: true}},
	{"502", fail{Status: 502, Body: "<html>Bad Gateway</html>"}},
	{"503 with Retry-After", fail{Status: 503, Header: http.Header{"Retry-After": {"1"}}}},
	{"429 with Retry-After", fail{Status: 429, Header: http.Header{"Retry-After": {"1"}}}},
	{"400", fail{Status: 400, Body: `{"message":"secret of the vendor"}`}},
	{"401", fail{Status: 401}},
	{"reset", fail{Reset: true}},
	{"reset after it acted", fail{Reset: true, After: true}},
	{"cut", fail{Cut: 30}},
	{"garbage", fail{Garbage: "garbage\r\n\r\n"}},
	{"late", fail{Delay: time.Second}},
	{"late after it acted", fail{Delay: time.Second, After: true}},
	{"too late", fail{Delay: vendorTimeout + time.Second}},
	{"too late after it acted", fail{Delay: vendorTimeout + time.Second, After: true}},
	{"cut stream", fail{AfterEvents: 5}},
	{"reset stream", fail{AfterEvents: 5, Reset: true}},
}

// fails reports whether a kind of failure can happen to the vendor. Only one of them streams over HTTP.
func (v *vendor) fails(kind string) bool {
	return v.name == "siteassist" || !strings.HasSuffix(kind, " stream")
}

// burst lets the next calls of the vendor fail, and returns how many.
func (v *vendor) burst(f fail, random *rand.Rand) (n int) {
	n = 1 + random.IntN(3)
	match := func(request) bool { return true }
	if random.IntN(3) > 0 {
		match = func(r request) bool { return r.Method == http.MethodPost || r.Method == "WS" }
	}
	for range n {
		v.server.FailNext(match, f)
	}
	return n
}
