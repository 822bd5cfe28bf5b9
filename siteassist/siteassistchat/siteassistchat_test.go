package siteassistchat_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/chat"
	"github.com/seed-127a5941/parley/chat/chattest"
	"github.com/seed-127a5941/parley/internal/testing/holdback"
	"github.com/seed-127a5941/parley/internal/testing/memnet"
	"github.com/seed-127a5941/parley/siteassist"
	"github.com/seed-127a5941/parley/siteassist/siteassistchat"
	"github.com/seed-127a5941/parley/siteassist/siteassisttest"
)

const sendOperation = "POST /conversations/{id}/messages"

var user = chat.User{ID: "visitor-7"}

// vendor is a fake server behind a driver.
type vendor struct {
	*siteassisttest.Server
	transport *http.Transport
	hold      *holdback.Transport
	fail      atomic.Bool // the next answer fails
}

func newVendor(t *testing.T) *vendor {
	return vendorOf(t, siteassisttest.NewServer(), &http.Transport{})
}

// newSimulatedVendor returns a vendor for a synctest bubble.
func newSimulatedVendor(t *testing.T) *vendor {
	network := memnet.New()
	listener, err := network.Listen("127.0.0.1:80")
	require.NoError(t, err)
	return vendorOf(t, siteassisttest.NewServerOn(listener), &http.Transport{DialContext: network.DialContext})
}

func vendorOf(t *testing.T, server *siteassisttest.Server, transport *http.Transport) *vendor {
	v := &vendor{Server: server, transport: transport}
	v.hold = holdback.NewOver(transport, func(r *http.Request) bool {
		return r.Method == http.MethodPost && strings.HasSuffix(r.URL.Path, "/messages")
	})
	v.Answer(func(m siteassisttest.Message) siteassisttest.Answer {
		answer := siteassisttest.Answer{Text: "You said: " + m.Content}
		if v.fail.Swap(false) {
			answer.Fault = siteassisttest.FaultErrorChunk
		}
		return answer
	})
	t.Cleanup(v.Close)
	t.Cleanup(v.hold.CloseIdleConnections)
	return v
}

func (v *vendor) client(t *testing.T) *siteassist.Client {
	cfg := v.Config()
	cfg.HTTPClient, cfg.MaxRetries = &http.Client{Transport: v.hold}, -1
	client, err := siteassist.NewClient(cfg)
	require.NoError(t, err)
	return client
}

func (v *vendor) driver(t *testing.T) chat.Driver {
	return siteassistchat.New(v.client(t), siteassistchat.Options{DeviceKey: []byte("0123456789abcdef")})
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

func isSend(r siteassisttest.Request) bool {
	return r.Method == http.MethodPost && strings.HasSuffix(r.Path, "/messages")
}

func (v *vendor) fault(f chattest.Fault) bool {
	switch f {
	case chattest.FaultRefuse:
		v.FailNext(isSend, siteassisttest.Documented(siteassist.CodeConflict))
	case chattest.FaultLoseRequest:
		v.FailNext(isSend, siteassisttest.Failure{Reset: true})
	case chattest.FaultLoseAnswer:
		v.FailNext(isSend, siteassisttest.Failure{Reset: true, After: true})
	case chattest.FaultFailAnswer:
		v.fail.Store(true)
	case chattest.FaultCut:
		v.FailNext(isSend, siteassisttest.Failure{AfterEvents: 5, Reset: true})
	case chattest.FaultHold:
		v.hold.Hold()
	default:
		return false
	}
	return true
}

func (v *vendor) disturb(n int) {
	for range n {
		isRead := func(r siteassisttest.Request) bool { return r.Method == http.MethodGet }
		v.FailNext(isRead, siteassisttest.Failure{Status: 502})
	}
}

func harness(t *testing.T, v *vendor) chattest.Harness {
	return chattest.Harness{
		Driver: v.driver(t), Restart: func() chat.Driver { return v.driver(t) }, User: user,
		Heard: v.heard, Requests: func() int { return len(v.Requests()) },
		Fault: v.fault, Release: v.hold.Release, Disturb: v.disturb,
		Late:     func(text string) { v.late(t, text) },
		TakeOver: func() { assert.True(t, v.TakeOver(v.conversation(), "Ann")) },
		Human:    func(text string) { assert.True(t, v.HumanSays(v.conversation(), text)) },
	}
}

// late says text as the visitor, past the driver.
func (v *vendor) late(t *testing.T, text string) {
	var authorization string
	for _, r := range v.Requests() {
		if isSend(r) {
			authorization = r.Header.Get("Authorization")
		}
	}
	cfg := v.Config()
	cfg.PublishableKey, cfg.DeviceID, cfg.Token = "", "", strings.TrimPrefix(authorization, "Bearer ")
	cfg.HTTPClient = &http.Client{Transport: v.transport}
	client, err := siteassist.NewClient(cfg)
	require.NoError(t, err)
	_, err = client.Messages.Send(t.Context(), v.conversation(), siteassist.SendMessageParams{Content: text})
	require.NoError(t, err)
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

func conversation(t *testing.T, v *vendor, user chat.User) *chat.Conversation {
	c, err := chat.New(v.driver(t), user, chat.Options{})
	require.NoError(t, err)
	return c
}

func TestDriver_UsersAreVisitorsOfTheirOwn(t *testing.T) {
	v := newVendor(t)
	for _, id := range []string{"one", "two", "one"} {
		_, err := conversation(t, v, chat.User{ID: id}).Ask(t.Context(), chat.Message{Text: "hello"})
		require.NoError(t, err)
	}
	visitors := map[string]bool{}
	for _, action := range v.Ledger() {
		visitors[action.User] = true
	}
	assert.Len(t, visitors, 2)
}

func TestConnect_ATokenServesOneVisitorOnly(t *testing.T) {
	v := newVendor(t)
	cfg := v.Config()
	cfg.PublishableKey, cfg.DeviceID, cfg.Token = "", "", siteassisttest.PrivateKey
	client, err := siteassist.NewClient(cfg)
	require.NoError(t, err)
	_, err = chat.New(siteassistchat.New(client, siteassistchat.Options{}), user, chat.Options{})
	require.ErrorIs(t, err, siteassist.ErrInvalidArgument)
	c, err := chat.New(siteassistchat.New(client, siteassistchat.Options{SingleVisitor: true}), user, chat.Options{})
	require.NoError(t, err)
	_, err = c.Ask(t.Context(), chat.Message{Text: "hello"})
	require.NoError(t, err)
}

// What is pushed comes at once, although the polls are rare, and so does the human's arrival.
func TestListen_AHumanIsHeardAtOnce(t *testing.T) {
	v := newVendor(t)
	c, err := chat.New(v.driver(t), user, chat.Options{PollInterval: time.Hour})
	require.NoError(t, err)
	a, err := c.Ask(t.Context(), chat.Message{Text: "hello"})
	require.NoError(t, err)
	var joined, heard bool
	go func() {
		for v.Watchers(v.conversation()) == 0 && t.Context().Err() == nil {
			time.Sleep(time.Millisecond)
		}
		v.TakeOver(v.conversation(), "Ann")
		v.HumanSays(v.conversation(), "I am Ann")
	}()
	for e, err := range c.Events(t.Context(), a.Messages[0].ID) {
		require.NoError(t, err)
		joined = joined || e.Status == chat.StatusHumanJoined
		heard = heard || e.Text == "I am Ann"
		if joined && heard {
			break
		}
	}
}

func TestDriver_ErrorsOfEachStep(t *testing.T) {
	refuse := func(v *vendor, method, suffix string) {
		v.FailNext(func(r siteassisttest.Request) bool {
			return r.Method == method && strings.HasSuffix(r.Path, suffix)
		}, siteassisttest.Documented(siteassist.CodeForbidden))
	}
	v := newVendor(t)
	c := conversation(t, v, user)
	refuse(v, http.MethodPost, "/conversations")
	_, err := c.Ask(t.Context(), chat.Message{Text: "x"})
	require.ErrorIs(t, err, siteassist.ErrForbidden)
	require.ErrorIs(t, err, siteassist.ErrNotSent)
	refuse(v, http.MethodGet, "/projects/current")
	_, err = chat.Collect(c.Greet(t.Context()))
	require.ErrorIs(t, err, siteassist.ErrForbidden)
	_, err = c.Ask(t.Context(), chat.Message{Text: "x"})
	require.NoError(t, err)
	refuse(v, http.MethodGet, "/messages")
	_, err = c.History(t.Context())
	require.ErrorIs(t, err, siteassist.ErrForbidden)
	v.TakeOver(v.conversation(), "Ann")
	_, err = c.Ask(t.Context(), chat.Message{Text: "y"})
	require.NoError(t, err)
	refuse(v, http.MethodGet, v.conversation())
	_, err = c.History(t.Context())
	require.ErrorIs(t, err, siteassist.ErrForbidden)
	refuse(v, http.MethodGet, "/ws")
	v.HumanSays(v.conversation(), "I am Ann")
	for _, err := range c.Events(t.Context(), "unknown") { // the list serves on alone
		require.NoError(t, err)
		break
	}
}

// lagging leaves the last message out of the list while late is set.
type lagging struct {
	http.RoundTripper
	late atomic.Bool
}

func (l *lagging) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := l.RoundTripper.RoundTrip(r)
	if err != nil || !l.late.Load() || r.Method != http.MethodGet || !strings.HasSuffix(r.URL.Path, "/messages") {
		return response, err
	}
	var page map[string]any
	err = errors.Join(json.NewDecoder(response.Body).Decode(&page), response.Body.Close())
	data, _ := page["data"].([]any)
	page["data"] = data[:max(0, len(data)-1)]
	raw, _ := json.Marshal(page)
	response.Body, response.ContentLength = io.NopCloser(bytes.NewReader(raw)), int64(len(raw))
	return response, err
}

// A list that does not show a queued message yet must not give it the id of the message before, by which Recover
// would find another answer.
func TestSend_AQueuedMessageThatTheListDoesNotShowYet(t *testing.T) {
	v := newVendor(t)
	list := &lagging{RoundTripper: v.hold}
	cfg := v.Config()
	cfg.HTTPClient, cfg.MaxRetries = &http.Client{Transport: list}, -1
	client, err := siteassist.NewClient(cfg)
	require.NoError(t, err)
	c, err := chat.New(siteassistchat.New(client, siteassistchat.Options{}), user, chat.Options{})
	require.NoError(t, err)
	_, err = c.Ask(t.Context(), chat.Message{Text: "first"})
	require.NoError(t, err)
	v.TakeOver(v.conversation(), "Ann")
	list.late.Store(true)
	for e, err := range c.Send(t.Context(), chat.Message{Text: "second"}) {
		require.NoError(t, err)
		require.Equal(t, chat.StatusQueued, e.Status)
		break // as if the process had died
	}
	list.late.Store(false)
	a, err := chat.Collect(c.Recover(t.Context()))
	require.NoError(t, err)
	assert.Empty(t, a.Text)
	assert.Equal(t, chat.FinishQueued, a.Finish)
}
