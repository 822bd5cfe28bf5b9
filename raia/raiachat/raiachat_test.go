package raiachat_test

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/seed-127a5941/parley/chat"
	"github.com/seed-127a5941/parley/chat/chattest"
	"github.com/seed-127a5941/parley/internal/testing/holdback"
	"github.com/seed-127a5941/parley/internal/testing/memnet"
	"github.com/seed-127a5941/parley/raia"
	"github.com/seed-127a5941/parley/raia/raiachat"
	"github.com/seed-127a5941/parley/raia/raiatest"
)

const sendOperation = "POST /conversations/{id}/messages/async"

// vendor is a fake server behind a driver.
type vendor struct {
	*raiatest.Server
	hold  *holdback.Transport
	staff *raia.Client // whose requests nothing disturbs
}

func newVendor(t *testing.T) *vendor { return vendorOf(t, raiatest.NewServer(), &http.Transport{}) }

// newSimulatedVendor returns a vendor for a synctest bubble.
func newSimulatedVendor(t *testing.T) *vendor {
	network := memnet.New()
	listener := must[*memnet.Listener](t)(network.Listen("127.0.0.1:80"))
	return vendorOf(t, raiatest.NewServerOn(listener), &http.Transport{DialContext: network.DialContext})
}

func vendorOf(t *testing.T, server *raiatest.Server, transport *http.Transport) *vendor {
	v := &vendor{Server: server}
	v.hold = holdback.NewOver(transport, func(r *http.Request) bool {
		return strings.HasSuffix(r.URL.Path, "/response-on")
	})
	t.Cleanup(v.Close)
	t.Cleanup(v.hold.CloseIdleConnections)
	cfg := v.Config()
	cfg.HTTPClient = &http.Client{Transport: transport}
	v.staff = must[*raia.Client](t)(raia.NewClient(cfg))
	return v
}

func must[T any](t *testing.T) func(T, error) T {
	return func(value T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

func (v *vendor) driver(t *testing.T) chat.Driver {
	cfg := v.Config()
	cfg.HTTPClient, cfg.MaxRetries = &http.Client{Transport: v}, -1
	client := must[*raia.Client](t)(raia.NewClient(cfg))
	return raiachat.New(client, raiachat.Options{ModeInterval: 50 * time.Millisecond})
}

// RoundTrip sends r, and ends FaultNoAnswer after its message.
func (v *vendor) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := v.hold.RoundTrip(r)
	if strings.HasSuffix(r.URL.Path, "/messages/async") {
		v.Pending(1)
	}
	return response, err
}

// conversation is the latest one that a request named.
func (v *vendor) conversation() string {
	id := ""
	for _, r := range v.Requests() {
		if _, rest, ok := strings.Cut(r.Path, "/conversations/"); ok {
			id, _, _ = strings.Cut(rest, "/")
		}
	}
	return id
}

func (v *vendor) heard() []string {
	var texts []string
	for _, action := range v.Ledger() {
		if action.Operation == sendOperation {
			texts = append(texts, action.Text)
		}
	}
	return texts
}

func isSend(r raiatest.Request) bool { return strings.HasSuffix(r.Path, "/messages/async") }

func (v *vendor) fault(f chattest.Fault) bool {
	switch f {
	case chattest.FaultRefuse:
		v.FailNext(isSend, raiatest.Failure{Status: 400, Body: `{"name":"BAD_REQUEST"}`})
	case chattest.FaultLoseRequest:
		v.FailNext(isSend, raiatest.Failure{Reset: true})
	case chattest.FaultLoseAnswer:
		v.FailNext(isSend, raiatest.Failure{Reset: true, After: true})
	case chattest.FaultFailAnswer:
		v.FailAnswers(1, "the model is down")
	case chattest.FaultHold:
		v.hold.Hold()
	case chattest.FaultNoAnswer: // whose answer only the list shows
		v.Pending(1 << 30)
		v.FailNext(isSend, raiatest.Failure{Reset: true, After: true})
	case chattest.FaultLoseHandOver:
		isMode := func(r raiatest.Request) bool { return r.Method == http.MethodPut }
		v.FailNext(isMode, raiatest.Failure{Reset: true, After: true})
	default:
		return false
	}
	return true
}

func (v *vendor) disturb(n int) {
	for range n {
		v.FailNext(func(r raiatest.Request) bool { return r.Method == http.MethodGet }, raiatest.Failure{Status: 500})
	}
}

func harness(t *testing.T, v *vendor) chattest.Harness {
	return chattest.Harness{
		Driver: v.driver(t), Restart: func() chat.Driver { return v.driver(t) },
		User:  chat.User{ID: "customer-7", Name: "Ada Lovelace", Email: "ada@example.com"},
		Heard: v.heard, Requests: func() int { return len(v.Requests()) },
		Fault: v.fault, Release: v.hold.Release, Answer: func() {}, Disturb: v.disturb,
		Late: func(text string) {
			params := raia.SendMessageParams{Message: text}
			must[*raia.Message](t)(v.staff.Conversations.SendAsync(t.Context(), v.conversation(), params))
		},
		TakeOver: func() {
			manual := raia.ConversationModeManual
			must[*raia.Conversation](t)(v.staff.Conversations.SetMode(t.Context(), v.conversation(), manual))
		},
		Human: func(text string) {
			params := raia.ManualMessageParams{Message: text}
			must[*raia.Message](t)(v.staff.Conversations.SendManual(t.Context(), v.conversation(), params))
		},
	}
}

// TestDriver runs the cases over sockets. With -short they run in simulated time, because they wait a lot.
func TestDriver(t *testing.T) {
	if !testing.Short() {
		chattest.TestDriver(t, func(t *testing.T) chattest.Harness { return harness(t, newVendor(t)) })
		return
	}
	for _, c := range chattest.Cases() {
		t.Run(c.Name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { c.Run(t, harness(t, newSimulatedVendor(t))) })
		})
	}
}

func TestDriver_OpensOneUserAndOneConversation(t *testing.T) {
	v := newVendor(t)
	user := chat.User{ID: "customer-7", Name: "Ada", Attributes: map[string]string{"plan": "gold"}}
	for range 2 {
		c := must[*chat.Conversation](t)(chat.New(v.driver(t), user, chat.Options{}))
		must[*chat.Answer](t)(c.Ask(t.Context(), chat.Message{Text: "one"}))
		must[*chat.Answer](t)(c.Ask(t.Context(), chat.Message{Native: raia.SendMessageParams{Message: "two"}}))
	}
	made := map[string]int{}
	for _, action := range v.Ledger() {
		made[action.Operation]++
	}
	assert.Equal(t, 1, made["POST /users"])
	assert.Equal(t, 2, made["POST /conversations"])
	assert.Equal(t, 4, made[sendOperation])
}

func TestDriver_ErrorsOfEachStep(t *testing.T) {
	for _, path := range []string{"/users/search", "/users", "/conversations"} {
		v := newVendor(t)
		v.FailNext(func(r raiatest.Request) bool { return strings.HasSuffix(r.Path, path) },
			raiatest.Failure{Status: 403})
		c := must[*chat.Conversation](t)(chat.New(v.driver(t), chat.User{ID: "7"}, chat.Options{}))
		_, err := c.Ask(t.Context(), chat.Message{Text: "one"})
		assert.ErrorIs(t, err, raia.ErrForbidden, path)
		assert.ErrorIs(t, err, raia.ErrNotSent, path)
		_, open := c.Pending()
		assert.False(t, open)
	}
	v := newVendor(t)
	c := must[*chat.Conversation](t)(chat.New(v.driver(t), chat.User{ID: "7"}, chat.Options{}))
	must[*chat.Answer](t)(c.Ask(t.Context(), chat.Message{Text: "one"}))
	v.FailNext(func(r raiatest.Request) bool { return r.Method == http.MethodPut }, raiatest.Failure{Status: 403})
	_, err := chat.Collect(c.HandOver(t.Context()))
	assert.ErrorIs(t, err, raia.ErrForbidden)
	isList := func(r raiatest.Request) bool { return strings.HasSuffix(r.Path, "/messages") }
	v.FailNext(isList, raiatest.Failure{Status: 403})
	_, err = c.History(t.Context())
	assert.ErrorIs(t, err, raia.ErrForbidden)
}

func TestDriver_AfterAHandOver(t *testing.T) {
	v := newVendor(t)
	c := must[*chat.Conversation](t)(chat.New(v.driver(t), chat.User{ID: "7"}, chat.Options{}))
	must[*chat.Answer](t)(chat.Collect(c.HandOver(t.Context())))
	a := must[*chat.Answer](t)(c.Ask(t.Context(), chat.Message{Text: "one"}))
	assert.Equal(t, chat.FinishQueued, a.Finish)
	must[*raia.Conversation](t)(v.staff.Conversations.SetMode(t.Context(), v.conversation(), raia.ConversationModeAI))
	a = must[*chat.Answer](t)(c.Ask(t.Context(), chat.Message{Text: "two"}))
	assert.Equal(t, chat.FinishStop, a.Finish)
	gone := func(r raiatest.Request) bool { return r.Method == http.MethodGet && strings.Count(r.Path, "/") == 3 }
	v.FailNext(gone, raiatest.Failure{Status: 404})
	_, err := c.Ask(t.Context(), chat.Message{Text: "three"})
	assert.ErrorIs(t, err, raia.ErrNotFound)
}

// capture keeps the session that a driver made.
type capture struct {
	chat.Driver
	session chat.Session
}

func (c *capture) Connect(user chat.User, mem *chat.Memory) (session chat.Session, err error) {
	c.session, err = c.Driver.Connect(user, mem)
	return c.session, err
}

// The list says which message each answer is to, and of a message of the user that it answers none.
func TestList_AnswersNameTheirQuestions(t *testing.T) {
	v := newVendor(t)
	driver := &capture{Driver: v.driver(t)}
	c := must[*chat.Conversation](t)(chat.New(driver, chat.User{ID: "7"}, chat.Options{}))
	for _, text := range []string{"one", "two"} {
		must[*chat.Answer](t)(c.Ask(t.Context(), chat.Message{Text: text}))
	}
	listing := must[chat.Listing](t)(driver.session.(chat.Lister).List(t.Context()))
	question, answers := "", 0
	for _, m := range listing.Messages {
		if m.Role == chat.RoleUser {
			question = m.ID
			assert.Empty(t, m.AnswerTo)
			continue
		}
		answers++
		assert.Equal(t, question, m.AnswerTo)
	}
	assert.Equal(t, 2, answers)
}
