package syntphonychat_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/chat"
	"github.com/seed-127a5941/parley/chat/chattest"
	"github.com/seed-127a5941/parley/internal/testing/holdback"
	"github.com/seed-127a5941/parley/syntphony"
	"github.com/seed-127a5941/parley/syntphony/syntphonychat"
	"github.com/seed-127a5941/parley/syntphony/syntphonytest"
)

const offer = "offer me something"

// vendor is a fake server behind a driver.
type vendor struct {
	*syntphonytest.Server
	hold *holdback.Transport
}

func newVendor(t *testing.T) *vendor {
	v := &vendor{Server: syntphonytest.NewServer()}
	v.hold = holdback.New(func(r *http.Request) bool { return strings.Contains(r.URL.Path, "/conversations") })
	v.Answer(answer)
	t.Cleanup(v.Close)
	t.Cleanup(v.hold.CloseIdleConnections)
	return v
}

func answer(turn syntphonytest.Turn) syntphony.Reply {
	said := syntphony.Answer{Type: syntphony.AnswerTypeText, Content: text("You said: " + turn.Text + turn.Code)}
	if turn.Text == offer {
		said.Buttons = []syntphony.Button{
			{Name: "One", Value: "choice-1"}, {Name: "Site", Type: "URL", Action: "https://x.test"},
		}
		said.QuickReplies = []syntphony.Button{{Name: "Two"}}
	}
	return syntphony.Reply{Text: turn.Text, Answers: []syntphony.Answer{said}}
}

func text(s string) syntphony.Content {
	raw := strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(s)
	return syntphony.Content{Raw: []byte(`"` + raw + `"`)}
}

func (v *vendor) driver(t *testing.T) chat.Driver {
	cfg := v.Config()
	cfg.HTTPClient, cfg.MaxRetries = &http.Client{Transport: v.hold}, -1
	client, err := syntphony.NewClient(cfg)
	require.NoError(t, err)
	return syntphonychat.New(client,
		syntphonychat.Options{BusinessKey: func(u chat.User) string { return "b-" + u.ID }})
}

func (v *vendor) heard() []string {
	var texts []string
	for _, action := range v.Ledger() {
		if action.Text != "" && action.Text != syntphony.WelcomeCode {
			texts = append(texts, action.Text)
		}
	}
	return texts
}

func isTurn(r syntphonytest.Request) bool { return strings.Contains(r.Path, "/conversations") }

func (v *vendor) fault(f chattest.Fault) bool {
	switch f {
	case chattest.FaultRefuse:
		v.FailNext(isTurn, syntphonytest.Failure{Status: 422})
	case chattest.FaultLoseRequest:
		v.FailNext(isTurn, syntphonytest.Failure{Reset: true})
	case chattest.FaultLoseAnswer:
		v.FailNext(isTurn, syntphonytest.Failure{Reset: true, After: true})
	case chattest.FaultFailAnswer:
		v.FailNext(isTurn, syntphonytest.Failure{Status: 462, After: true})
	case chattest.FaultHold:
		v.hold.Hold()
	default:
		return false
	}
	return true
}

func harness(t *testing.T) chattest.Harness {
	v := newVendor(t)
	return chattest.Harness{
		Driver: v.driver(t), Restart: func() chat.Driver { return v.driver(t) },
		Heard: v.heard, Requests: func() int { return len(v.Requests()) },
		Fault: v.fault, Release: v.hold.Release, OfferText: offer,
	}
}

func TestDriver(t *testing.T) { chattest.TestDriver(t, harness) }

func conversation(t *testing.T, v *vendor, opts chat.Options) *chat.Conversation {
	user := chat.User{ID: "7", Locale: "pt-BR", Attributes: map[string]string{"plan": "gold"}}
	c, err := chat.New(v.driver(t), user, opts)
	require.NoError(t, err)
	return c
}

func TestDriver_CarriesWhoAndContext(t *testing.T) {
	v := newVendor(t)
	c := conversation(t, v, chat.Options{})
	var turns []syntphonytest.Turn
	v.Answer(func(turn syntphonytest.Turn) syntphony.Reply {
		turns = append(turns, turn)
		return answer(turn)
	})
	for range 2 {
		_, err := c.Ask(t.Context(), chat.Message{Native: syntphony.Input{Text: "hello"}})
		require.NoError(t, err)
	}
	assert.Equal(t, "pt-BR", turns[0].Header.Get("LOCALE"))
	assert.Equal(t, "b-7", turns[0].Header.Get("BUSINESS-KEY"))
	assert.Equal(t, map[string]any{"plan": "gold"}, turns[1].Context)
	assert.Equal(t, turns[0].SessionCode, turns[1].SessionCode)
}

// What the program knows of its user is not copied into the State. What the agent keeps in its context has to be.
func TestDriver_TheStateHoldsNoAttributeOfTheUser(t *testing.T) {
	v := newVendor(t)
	user := chat.User{ID: "7", Attributes: map[string]string{"email": "ada@example.com", "plan": "gold"}}
	var last syntphonytest.Turn
	v.Answer(func(turn syntphonytest.Turn) syntphony.Reply {
		last = turn
		reply := answer(turn)
		reply.Context = map[string]any{"email": turn.Context["email"], "plan": "platinum", "step": "three"}
		return reply
	})
	c, err := chat.New(v.driver(t), user, chat.Options{})
	require.NoError(t, err)
	_, err = c.Ask(t.Context(), chat.Message{Text: "one"})
	require.NoError(t, err)
	assert.NotContains(t, string(c.State()), "ada@example.com")
	assert.Contains(t, string(c.State()), "platinum")
	next, err := chat.New(v.driver(t), user, chat.Options{State: c.State()})
	require.NoError(t, err)
	_, err = next.Ask(t.Context(), chat.Message{Text: "two"})
	require.NoError(t, err)
	want := map[string]any{"email": "ada@example.com", "plan": "platinum", "step": "three"}
	assert.Equal(t, want, last.Context, "the next process sends them all the same")
}

func TestDriver_ANewSessionIsToldAndALargeContextStays(t *testing.T) {
	v := newVendor(t)
	c := conversation(t, v, chat.Options{})
	_, err := c.Ask(t.Context(), chat.Message{Text: "hello"})
	require.NoError(t, err)
	v.Answer(func(turn syntphonytest.Turn) syntphony.Reply {
		reply := answer(turn)
		reply.SessionCode = "another-session"
		reply.Context = map[string]any{"large": strings.Repeat("x", 3000)}
		return reply
	})
	restarted := false
	for e, err := range c.Send(t.Context(), chat.Message{Text: "hello"}) {
		require.NoError(t, err)
		restarted = restarted || e.Status == chat.StatusRestarted
	}
	assert.True(t, restarted)
	assert.Contains(t, string(c.State()), "another-session")
	assert.Less(t, len(c.State()), 1000)
}

func TestDriver_CardsFilesAndNamelessAnswers(t *testing.T) {
	v := newVendor(t)
	v.Answer(func(syntphonytest.Turn) syntphony.Reply {
		cards := `[{"title":"T","subTitle":"S","imageUrl":"https://x.test/i.png","buttons":[{"name":"Buy",` +
			`"value":"buy"}]}]`
		file := `{"url":"https://x.test/f.pdf","name":"f.pdf"}`
		return syntphony.Reply{Answers: []syntphony.Answer{
			{Type: syntphony.AnswerTypeCarousel, Content: syntphony.Content{Raw: []byte(cards)}},
			{Type: syntphony.AnswerTypeFile, Content: syntphony.Content{Raw: []byte(file)}},
		}}
	})
	c := conversation(t, v, chat.Options{})
	a, err := c.Ask(t.Context(), chat.Message{Text: "hello"})
	require.NoError(t, err)
	require.Len(t, a.Messages, 2)
	assert.Equal(t, "T", a.Messages[0].Cards[0].Title)
	assert.Equal(t, []chat.File{{Name: "f.pdf", URL: "https://x.test/f.pdf"}}, a.Messages[1].Files)
	_, err = c.Ask(t.Context(), chat.Message{ChoiceID: "buy"})
	require.NoError(t, err)
}

// The vendor does not say that the answers of a reply have ids of their own.
func TestDriver_AnswersThatShareAnID(t *testing.T) {
	v := newVendor(t)
	v.Answer(func(syntphonytest.Turn) syntphony.Reply {
		first, second := syntphonytest.Say("first"), syntphonytest.Say("second")
		first.InteractionID, second.InteractionID = "i-1", "i-1"
		return syntphony.Reply{Answers: []syntphony.Answer{first, second}}
	})
	a, err := conversation(t, v, chat.Options{}).Ask(t.Context(), chat.Message{Text: "hello"})
	require.NoError(t, err)
	require.Len(t, a.Messages, 2)
	assert.Equal(t, "first\nsecond", a.Text)
	assert.NotEqual(t, a.Messages[0].ID, a.Messages[1].ID)
}

func TestDriver_AnAnswerHasTheVendorsID(t *testing.T) {
	v := newVendor(t)
	v.Answer(func(syntphonytest.Turn) syntphony.Reply {
		named, nameless := syntphonytest.Say("first"), syntphonytest.Say("second")
		named.InteractionID = "i-1"
		return syntphony.Reply{UserInteractionID: "u-1", Answers: []syntphony.Answer{named, nameless}}
	})
	a, err := conversation(t, v, chat.Options{}).Ask(t.Context(), chat.Message{Text: "hello"})
	require.NoError(t, err)
	require.Len(t, a.Messages, 2)
	assert.Equal(t, "i-1", a.Messages[0].ID)
	assert.NotEqual(t, "i-1", a.Messages[1].ID)
}

// The choices of an answer cannot be saved, so that the turn must not look whole.
func TestDriver_AnAnswerWhoseChoicesAreNotSaved(t *testing.T) {
	v := newVendor(t)
	down, saves := errors.New("down"), 9
	c := conversation(t, v, chat.Options{Save: func(context.Context, chat.State) error {
		if saves++; saves == 3 { // before the message, when it was accepted, and with the choices
			return down
		}
		return nil
	}})
	_, err := c.Ask(t.Context(), chat.Message{Text: "hello"})
	require.NoError(t, err)
	saves = 0
	_, err = c.Ask(t.Context(), chat.Message{Text: offer})
	require.ErrorIs(t, err, down)
}
