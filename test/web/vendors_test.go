package web_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

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

// vendorSecret is in what a vendor says about a failure. People must not see it.
const vendorSecret = "ERR-007 in cluster-42"

// vendor is a fake server behind its driver. It answers "You said: " and the message, and more to the word "rich".
type vendor struct {
	driver chat.Driver
	heard  func() []string // the messages that the vendor acted on, in order
	refuse func()          // the next message is refused
	lose   func()          // the vendor acts on the next message, and the connection is reset
	fail   func()          // the vendor takes the next message and says that it cannot answer
	human  func(text string)
	gate   *gate
}

// gate lets answers wait.
type gate struct {
	mu   sync.Mutex
	shut chan struct{}
}

// hold lets the answers that are asked for from now on wait until the returned func is called.
func (g *gate) hold(t *testing.T) (release func()) {
	shut := make(chan struct{})
	g.mu.Lock()
	g.shut = shut
	g.mu.Unlock()
	t.Cleanup(g.open)
	return g.open
}

// open lets the answers go that wait.
func (g *gate) open() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.shut != nil {
		close(g.shut)
		g.shut = nil
	}
}

func (g *gate) wait() {
	g.mu.Lock()
	shut := g.shut
	g.mu.Unlock()
	if shut != nil {
		<-shut
	}
}

// failure is a failure of any of the fakes.
type failure = raiatest.Failure

// request is a request to any of the fakes.
type request = raiatest.Request

// newVendor starts a fake of the vendor of a name.
func newVendor(t *testing.T, name string) *vendor {
	t.Helper()
	v := map[string]func(*testing.T) *vendor{
		"raia": newRaia, "siteassist": newSiteAssist, "syntphony": newSyntphony, "aisera": newAisera,
	}[name](t)
	require.Equal(t, name, v.driver.Name())
	return v
}

var vendorNames = []string{"raia", "siteassist", "syntphony", "aisera"}

// httpClient returns a client whose connections end with the test.
func httpClient(t *testing.T) *http.Client {
	transport := &http.Transport{MaxIdleConnsPerHost: 16}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

// disturb returns funcs that refuse and that lose the next message.
func disturb(failNext func(func(request) bool, failure), path string) (refuse, lose func()) {
	isMessage := func(r request) bool {
		return r.Method == http.MethodPost && strings.Contains(r.Path, path)
	}
	body := `{"error":"` + vendorSecret + `"}`
	refuse = func() { failNext(isMessage, failure{Status: http.StatusUnprocessableEntity, Body: body}) }
	lose = func() { failNext(isMessage, failure{Reset: true, After: true}) }
	return refuse, lose
}

// texts returns a func that lists the texts of the actions of an operation.
func texts(ledger func() []raiatest.Action, operation string) func() []string {
	return func() []string {
		heard := []string{}
		for _, action := range ledger() {
			if strings.Contains(action.Operation, operation) && action.Text != "" &&
				action.Text != syntphony.WelcomeCode {
				heard = append(heard, action.Text)
			}
		}
		return heard
	}
}

// latest returns the id of the conversation that was named last.
func latest(requests []request) string {
	id := ""
	for _, r := range requests {
		if _, rest, ok := strings.Cut(r.Path, "/conversations/"); ok {
			id, _, _ = strings.Cut(rest, "/")
		}
	}
	return id
}

// gatedPolls lets the polls for an answer wait.
type gatedPolls struct {
	http.RoundTripper
	gate *gate
}

func (g gatedPolls) RoundTrip(r *http.Request) (*http.Response, error) {
	if strings.HasSuffix(r.URL.Path, "/response-on") {
		g.gate.wait()
	}
	return g.RoundTripper.RoundTrip(r)
}

func newRaia(t *testing.T) *vendor {
	server := raiatest.NewServer()
	t.Cleanup(server.Close)
	v := &vendor{heard: texts(server.Ledger, "/messages/async"), gate: &gate{}}
	v.refuse, v.lose = disturb(server.FailNext, "/messages/async")
	v.fail = func() { server.FailAnswers(1, vendorSecret) }
	v.human = func(text string) { assert.True(t, server.HumanSays(latest(server.Requests()), text)) }
	cfg := server.Config()
	cfg.HTTPClient = httpClient(t)
	cfg.HTTPClient.Transport = gatedPolls{cfg.HTTPClient.Transport, v.gate} // the fake makes an answer with its message
	client, err := raia.NewClient(cfg)
	require.NoError(t, err)
	v.driver = raiachat.New(client, raiachat.Options{ModeInterval: 100 * time.Millisecond})
	return v
}

func newSiteAssist(t *testing.T) *vendor {
	server := siteassisttest.NewServer()
	t.Cleanup(server.Close)
	var fail sync.Map
	v := &vendor{heard: texts(server.Ledger, "/messages"), gate: &gate{}}
	server.Answer(func(m siteassisttest.Message) siteassisttest.Answer {
		v.gate.wait()
		answer := siteassisttest.Answer{Text: "You said: " + m.Content}
		if _, fails := fail.LoadAndDelete("next"); fails {
			answer.Fault, answer.FaultAfter = siteassisttest.FaultErrorChunk, 4
		}
		if m.Content == "rich" {
			answer.Chunks = richChunks()
		}
		if seed, generated := strings.CutPrefix(m.Content, "generate "); generated {
			answer.Chunks = decodeChunks(generate(seed))
		}
		if strings.HasPrefix(m.Content, "long") { // two seconds
			answer.Text, answer.Pace = "Begin "+strings.Repeat("and so on ", 26)+"end.", 25*time.Millisecond
		}
		return answer
	})
	v.refuse, v.lose = disturb(server.FailNext, "/messages")
	v.fail = func() { fail.Store("next", true) }
	v.human = func(text string) { assert.True(t, server.HumanSays(latest(server.Requests()), text)) }
	cfg := server.Config()
	cfg.HTTPClient = httpClient(t)
	client, err := siteassist.NewClient(cfg)
	require.NoError(t, err)
	v.driver = siteassistchat.New(client, siteassistchat.Options{DeviceKey: []byte("0123456789abcdef")})
	return v
}

// richChunks is an answer with all that an agent of SiteAssist can send, some of which no client knows.
func richChunks() []siteassist.Chunk {
	return decodeChunks([]string{
		`{"type":"reasoning-start","id":"r"}`,
		`{"type":"reasoning-delta","id":"r","delta":"I look at the terms.","providerMetadata":{"x":{}}}`,
		`{"type":"reasoning-end","id":"r"}`,
		`{"type":"tool-input-start","toolCallId":"c","toolName":"search","title":"Search","vendor":1}`,
		`{"type":"tool-input-delta","toolCallId":"c","inputTextDelta":"{\"q\":1}"}`,
		`{"type":"tool-input-available","toolCallId":"c","toolName":"search","input":{"q":1},"title":"Search"}`,
		`{"type":"tool-output-available","toolCallId":"c","output":{"hits":2},"providerMetadata":{"x":{}}}`,
		`{"type":"source-url","sourceId":"s","url":"https://example.com/terms","title":"Terms"}`,
		`{"type":"data-weather","id":"w","data":{"degrees":21}}`,
		`{"type":"vendor-novelty","secret":1}`,
		`{"type":"text-start","id":"t"}`,
		`{"type":"text-delta","id":"t","delta":"All of it."}`,
		`{"type":"text-end","id":"t"}`,
	})
}

func decodeChunks(encoded []string) []siteassist.Chunk {
	chunks := []siteassist.Chunk{}
	for _, raw := range encoded {
		chunk, err := siteassist.DecodeChunk([]byte(raw))
		if err != nil {
			panic(err)
		}
		chunks = append(chunks, chunk)
	}
	return chunks
}

func newSyntphony(t *testing.T) *vendor {
	server := syntphonytest.NewServer()
	t.Cleanup(server.Close)
	v := &vendor{heard: texts(server.Ledger, ""), gate: &gate{}}
	server.Answer(func(turn syntphonytest.Turn) syntphony.Reply {
		v.gate.wait()
		answers := []syntphony.Answer{syntphonytest.Say("You said: " + turn.Text)}
		switch {
		case turn.Code == syntphony.WelcomeCode:
			answers = []syntphony.Answer{syntphonytest.Say("Welcome!")}
		case turn.Text == "rich":
			answers = []syntphony.Answer{
				syntphonytest.Say("Which one?",
					syntphony.Button{Name: "The first", Value: "choice-1"},
					syntphony.Button{
						Name: "The shop", Type: syntphony.ButtonTypeURL, Action: "https://example.com/shop",
					}),
				syntphonytest.Carousel(syntphony.Card{
					Title: "A card", SubTitle: "Below it", ImageURL: "https://example.com/a.png",
					Buttons: []syntphony.Button{{Name: "Take it", Value: "choice-2"}},
				}),
			}
		}
		return syntphony.Reply{Text: turn.Text, Answers: answers}
	})
	v.refuse, v.lose = disturb(server.FailNext, "/conversations")
	v.fail = func() {
		server.FailNext(func(r request) bool { return strings.Contains(r.Path, "/conversations") },
			failure{Status: 462, After: true, Body: `{"message":"` + vendorSecret + `"}`})
	}
	cfg := server.Config()
	cfg.HTTPClient = httpClient(t)
	client, err := syntphony.NewClient(cfg)
	require.NoError(t, err)
	v.driver = syntphonychat.New(client, syntphonychat.Options{})
	return v
}

func newAisera(t *testing.T) *vendor {
	server := aiseratest.NewServer()
	t.Cleanup(server.Close)
	var fail sync.Map
	v := &vendor{heard: texts(server.Ledger, ""), gate: &gate{}}
	server.Answer(func(m aiseratest.Message) []aiseratest.Reply {
		v.gate.wait()
		if _, fails := fail.LoadAndDelete("next"); fails {
			return []aiseratest.Reply{aiseratest.Fault(aisera.ModeError, vendorSecret)}
		}
		switch m.Text {
		case "rich":
			whole := aiseratest.Stream("All ", "of ", "it.")
			whole[len(whole)-1].Extra = map[string]any{
				"buttons": []map[string]string{{"id": "choice-1", "label": "The first"}},
			}
			return whole
		case "Contact live agent":
			return aiseratest.HandOver("Kim here.")
		}
		return aiseratest.Stream("You ", "said: ", m.Text)
	})
	v.fail = func() { fail.Store("next", true) }
	cfg := server.Config()
	cfg.HTTPClient = httpClient(t)
	client, err := aisera.NewClient(cfg)
	require.NoError(t, err)
	v.driver = aiserachat.New(client, aiserachat.Options{
		WebSocket: true, HandOverText: "Contact live agent", Choices: buttonsOf,
	})
	return v
}

// buttonsOf reads the buttons of a reply. No page documents where they stand.
func buttonsOf(r *aisera.Response) (all []chat.Choice) {
	var body struct{ Buttons []struct{ ID, Label string } }
	_ = json.Unmarshal(r.Raw, &body)
	for _, button := range body.Buttons {
		all = append(all, chat.Choice{ID: button.ID, Label: button.Label})
	}
	return all
}
