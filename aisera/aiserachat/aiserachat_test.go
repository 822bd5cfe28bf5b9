package aiserachat_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/aisera"
	"github.com/seed-127a5941/parley/aisera/aiserachat"
	"github.com/seed-127a5941/parley/aisera/aiseratest"
	"github.com/seed-127a5941/parley/chat"
	"github.com/seed-127a5941/parley/chat/chattest"
	"github.com/seed-127a5941/parley/internal/testing/holdback"
)

const offer = "offer me something"

// vendor is a fake server behind a driver.
type vendor struct {
	*aiseratest.Server
	socket bool
	hold   *holdback.Transport

	mu    sync.Mutex
	fails bool          // the next answer fails
	held  chan struct{} // the answers wait for it
	human bool          // a live agent has taken over
}

func newVendor(t *testing.T, socket bool) *vendor {
	v := &vendor{Server: aiseratest.NewServer(), socket: socket}
	v.hold = holdback.New(func(r *http.Request) bool { return strings.HasSuffix(r.URL.Path, "/receive") })
	v.Answer(v.answer)
	t.Cleanup(v.Close)
	t.Cleanup(v.release)
	t.Cleanup(v.hold.CloseIdleConnections)
	return v
}

func (v *vendor) answer(m aiseratest.Message) []aiseratest.Reply {
	v.mu.Lock()
	held, fails, human := v.held, v.fails, v.human
	v.fails = false
	v.mu.Unlock()
	if held != nil {
		<-held
	}
	switch {
	case fails:
		return []aiseratest.Reply{aiseratest.Fault(aisera.ModeError, "ERR-007: Failed Fulfillment Service")}
	case human:
		return []aiseratest.Reply{{Mode: aisera.ModeLiveAgentWaiting, Answers: []string{"Ann reads it."}}}
	case strings.Contains(m.Text, "live agent"):
		return []aiseratest.Reply{{Mode: aisera.ModeLiveAgentWaiting, Answers: []string{"Looking for an agent."}}}
	case m.Text == offer:
		reply := aiseratest.Say("Choose: " + offer)
		reply.Extra = map[string]any{"buttons": []map[string]string{{"id": "choice-1", "label": "One"}}}
		return []aiseratest.Reply{reply}
	case m.WebSocket:
		return aiseratest.Stream("You ", "said: ", m.Text)
	}
	return []aiseratest.Reply{aiseratest.Say("You said: " + m.Text)}
}

func choices(r *aisera.Response) (all []chat.Choice) {
	var body struct{ Buttons []struct{ ID, Label string } }
	_ = json.Unmarshal(r.Raw, &body)
	for _, button := range body.Buttons {
		all = append(all, chat.Choice{ID: button.ID, Label: button.Label})
	}
	return all
}

func (v *vendor) client(t *testing.T) *aisera.Client {
	cfg := v.Config()
	cfg.MaxRetries = -1
	if !v.socket {
		cfg.HTTPClient = &http.Client{Transport: v.hold}
	}
	client, err := aisera.NewClient(cfg)
	require.NoError(t, err)
	return client
}

func (v *vendor) driver(t *testing.T) chat.Driver {
	return aiserachat.New(v.client(t), aiserachat.Options{
		WebSocket: v.socket, HandOverText: "Contact live agent", Choices: choices,
	})
}

func (v *vendor) heard() []string {
	var texts []string
	for _, action := range v.Ledger() {
		texts = append(texts, action.Text)
	}
	return texts
}

func isSend(r aiseratest.Request) bool { return strings.HasSuffix(r.Path, "/receive") }

func (v *vendor) fault(f chattest.Fault) bool {
	if f == chattest.FaultFailAnswer {
		v.mu.Lock()
		defer v.mu.Unlock()
		v.fails = true
		return true
	}
	if v.socket {
		return v.socketFault(f)
	}
	switch f {
	case chattest.FaultRefuse:
		v.FailNext(isSend, aiseratest.Failure{Status: 400, Body: `{"code":400,"error":"no"}`})
	case chattest.FaultLoseRequest:
		v.FailNext(isSend, aiseratest.Failure{Reset: true})
	case chattest.FaultLoseAnswer, chattest.FaultLoseHandOver:
		v.FailNext(isSend, aiseratest.Failure{Reset: true, After: true})
	case chattest.FaultHold:
		v.hold.Hold()
	default:
		return false
	}
	return true
}

func (v *vendor) socketFault(f chattest.Fault) bool {
	switch f {
	case chattest.FaultHold:
		v.mu.Lock()
		v.held = make(chan struct{})
		v.mu.Unlock()
	case chattest.FaultCut:
		v.Behave(aiseratest.Behavior{DropAfterReplies: 2})
	default:
		return false
	}
	return true
}

func (v *vendor) release() {
	v.hold.Release()
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.held != nil {
		close(v.held)
	}
	v.held = nil
}

func (v *vendor) takeOver() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.human = true
}

func harness(socket bool) func(*testing.T) chattest.Harness {
	return func(t *testing.T) chattest.Harness {
		v := newVendor(t, socket)
		return chattest.Harness{
			Driver: v.driver(t), Restart: func() chat.Driver { return v.driver(t) },
			User: chat.User{
				ID: "7", Name: "Ada", Email: "ada@example.com", Attributes: map[string]string{"plan": "gold"},
			},
			Heard: v.heard, Requests: func() int { return len(v.Requests()) + len(v.Frames()) },
			Fault: v.fault, Release: v.release, TakeOver: v.takeOver, OfferText: offer,
			Human: func(text string) {
				v.Push(aiseratest.Reply{Mode: aisera.ModeLiveAgent, Answers: []string{text}})
			},
		}
	}
}

func TestDriver_HTTP(t *testing.T) { chattest.TestDriver(t, harness(false)) }

func TestDriver_WebSocket(t *testing.T) { chattest.TestDriver(t, harness(true)) }
