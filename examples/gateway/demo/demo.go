// Package demo runs the fakes of the four vendors in this process, with answers that show all that the page of the
// gateway can do. It is here so that "go run ." needs no account. A copy of the gateway leaves it out.
package demo

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/seed-127a5941/parley/aisera/aiseratest"
	"github.com/seed-127a5941/parley/raia/raiatest"
	"github.com/seed-127a5941/parley/siteassist"
	"github.com/seed-127a5941/parley/siteassist/siteassisttest"
	"github.com/seed-127a5941/parley/syntphony"
	"github.com/seed-127a5941/parley/syntphony/syntphonytest"
)

// Suggestions are texts to which the fake of a vendor has something to show.
var Suggestions = map[string][]string{
	"raia":       {"Where is my parcel?", "I want to talk to a human"},
	"siteassist": {"How long does a delivery take?", "I want to talk to a human"},
	"syntphony":  {"Show me shoes", "Where is order 17?"},
	"aisera":     {"Where is my new laptop?", "Contact live agent"},
}

// Start starts the fakes on free ports of loopback. It returns the values of the variables that lead to them, by name,
// and a func that ends them.
func Start() (env map[string]string, end func()) {
	raia, site, syntphony, aisera := raiatest.NewServer(), siteassisttest.NewServer(), syntphonytest.NewServer(),
		aiseratest.NewServer()
	raia.Answer(func(m raiatest.Message) string {
		return "You asked: " + m.Text + "\n\nAsk for a human, and Ann answers."
	})
	site.Answer(answerSiteAssist)
	syntphony.Answer(answerSyntphony)
	aisera.Answer(answerAisera)
	staff := hire(
		&desk{ledger: raia.Ledger, says: raia.HumanSays},
		&desk{ledger: site.Ledger, says: site.HumanSays, leaves: site.HandBack},
	)
	bot, live := syntphony.Config(), aisera.Config()
	return map[string]string{
		"RAIA_BASE_URL": raia.Config().BaseURL, "RAIA_AGENT_KEY": raiatest.AgentKey,
		"SITEASSIST_BASE_URL": site.Config().BaseURL, "SITEASSIST_PUBLISHABLE_KEY": siteassisttest.PublishableKey,
		"SYNTPHONY_BASE_URL": bot.BaseURL, "SYNTPHONY_ORG_ID": bot.OrgID, "SYNTPHONY_ENV_ID": bot.EnvID,
		"SYNTPHONY_BOT_ID": bot.BotID, "SYNTPHONY_CHANNEL_ID": bot.ChannelID, "SYNTPHONY_API_KEY": bot.APIKey,
		"SYNTPHONY_LOCALE": bot.Locale, "SYNTPHONY_KEYCLOAK_URL": bot.Keycloak.URL,
		"SYNTPHONY_REALM":     bot.Keycloak.Realm,
		"SYNTPHONY_CLIENT_ID": bot.Keycloak.ClientID, "SYNTPHONY_CLIENT_SECRET": bot.Keycloak.ClientSecret,
		"AISERA_BASE_URL": live.BaseURL, "AISERA_WEBSOCKET_URL": live.WebSocketURL, "AISERA_TOKEN": live.Token,
		"AISERA_CHANNEL_ID": live.ChannelID,
	}, func() { staff(); raia.Close(); site.Close(); syntphony.Close(); aisera.Close() }
}

func wantsHuman(text string) bool { return strings.Contains(strings.ToLower(text), "human") }

// answerSiteAssist answers with reasoning, a tool that shows a link, a source and a text, or leaves it to staff.
func answerSiteAssist(m siteassisttest.Message) siteassisttest.Answer {
	if wantsHuman(m.Content) {
		return siteassisttest.Answer{Queued: true}
	}
	chunks := []siteassist.Chunk{&siteassist.ReasoningStartChunk{ID: "r"}}
	for _, word := range strings.SplitAfter("The visitor asks about delivery. The help pages know the times.", " ") {
		chunks = append(chunks, &siteassist.ReasoningDeltaChunk{ID: "r", Delta: word})
	}
	link := json.RawMessage(`{"buttonLabel":"Delivery times","href":"https://example.com/delivery"}`)
	chunks = append(chunks, &siteassist.ReasoningEndChunk{ID: "r"},
		&siteassist.ToolInputAvailableChunk{
			ToolCallID: "c", ToolName: "link", Input: json.RawMessage(`{"topic":"delivery"}`),
		},
		&siteassist.ToolOutputAvailableChunk{ToolCallID: "c", Output: link},
		&siteassist.SourceURLChunk{SourceID: "s", URL: "https://example.com/help/delivery", Title: "Help: delivery"},
		&siteassist.TextStartChunk{ID: "t"})
	for _, word := range strings.SplitAfter("A parcel takes two days within the country, and four to six days abroad. "+
		"You get a mail with a link when it leaves, so that you can see where it is.", " ") {
		chunks = append(chunks, &siteassist.TextDeltaChunk{ID: "t", Delta: word})
	}
	return siteassisttest.Answer{Chunks: append(chunks, &siteassist.TextEndChunk{ID: "t"}), Pace: 30 * time.Millisecond}
}

// answerSyntphony offers choices and cards.
func answerSyntphony(t syntphonytest.Turn) syntphony.Reply {
	button := func(name, value string) syntphony.Button { return syntphony.Button{Name: name, Value: value} }
	answers := []syntphony.Answer{syntphonytest.Say("I heard: "+t.Text+". Anything else?", button("Shoes", "shoes"),
		syntphony.Button{Name: "Our site", Type: syntphony.ButtonTypeURL, Action: "https://example.com/"})}
	switch {
	case t.Code == syntphony.WelcomeCode:
		answers = []syntphony.Answer{syntphonytest.Say("Welcome! What can I do for you?",
			button("My orders", "orders"), button("Shoes", "shoes"))}
	case strings.Contains(t.Text, "shoes"):
		answers = []syntphony.Answer{syntphonytest.Say("These are new:"), syntphonytest.Carousel(
			syntphony.Card{
				Title: "Runner", SubTitle: "89.00", Buttons: []syntphony.Button{button("Buy Runner", "runner")},
			},
			syntphony.Card{
				Title: "Walker", SubTitle: "75.00", Buttons: []syntphony.Button{button("Buy Walker", "walker")},
			})}
	}
	return syntphony.Reply{Text: t.Text, Answers: answers}
}

// answerAisera answers in parts, or lets a live agent join, speak and leave.
func answerAisera(m aiseratest.Message) []aiseratest.Reply {
	frames := aiseratest.Stream("Let me look: ", "your laptop ", "is on its way ", "and arrives on Monday.")
	if strings.Contains(m.Text, "live agent") {
		frames = aiseratest.HandOver("This is Ann. I have asked the depot to hurry.", "Have a good day!")
	}
	for i := range frames {
		frames[i].Delay = 400 * time.Millisecond
	}
	return frames
}
