package web_test

import (
	"encoding/json"
	"io"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/chat"
)

// TestClient_Answer lets each version talk to each vendor.
func TestClient_Answer(t *testing.T) {
	t.Parallel()
	eachVendor(t, vendorNames, func(t *testing.T, v *vendor, n *node, _ string) {
		c := newClient(n, newAPI(t, v), "c1")
		for _, text := range []string{"one", "two"} {
			view := c.ask(text)
			assert.Equal(t, "ready", view.Status, view.Error)
			assert.Equal(t, "You said: "+text, view.last().text())
			assert.Equal(t, chat.FinishStop, view.last().Metadata["finish"])
			assert.Empty(t, view.Errors)
			for _, p := range view.last().Parts {
				assert.NotEqual(t, "streaming", p.State, "%+v", p)
			}
		}
		assert.Len(t, c.settled().Messages, 4)
		assert.Equal(t, []string{"one", "two"}, v.heard())
	})
}

// TestClient_Parts lets each vendor send all that it can.
func TestClient_Parts(t *testing.T) {
	t.Parallel()
	eachVendor(t, vendorNames, func(t *testing.T, v *vendor, n *node, version string) {
		c := newClient(n, newAPI(t, v), "c1")
		view := c.ask("rich")
		assert.Equal(t, "ready", view.Status, view.Error)
		answer := view.last()
		switch v.driver.Name() {
		case "siteassist":
			assert.Equal(t, "All of it.", answer.text())
			assert.Equal(t, "I look at the terms.", answer.part("reasoning").Text)
			tool := answer.part("tool-search")
			assert.JSONEq(t, `{"q":1}`, string(tool.Input))
			assert.JSONEq(t, `{"hits":2}`, string(tool.Output))
			assert.Equal(t, "https://example.com/terms", answer.part("source-url").URL)
			assert.JSONEq(t, `{"degrees":21}`, string(answer.part("data-weather").Data))
			assert.JSONEq(t, `{"type":"vendor-novelty","secret":1}`, string(answer.part("data-vendor").Data))
		case "syntphony":
			cards := answer.part("data-cards")
			assert.JSONEq(t, `{"cards":[{"title":"A card","subtitle":"Below it","imageUrl":"https://example.com/a.png",
				"choices":[{"id":"choice-2","label":"Take it"}]}]}`, string(cards.Data))
			assert.JSONEq(t, `{"choices":[{"id":"choice-1","label":"The first"},
				{"label":"The shop","url":"https://example.com/shop"}]}`, string(answer.part("data-choices").Data))
			choose(t, c, v)
		case "aisera":
			assert.Equal(t, "All of it.", answer.text())
			assert.Equal(t, "data-choices", answer.part("data-choices").Type)
			choose(t, c, v)
		}
	})
}

// choose takes the first choice, and then one that was not offered.
func choose(t *testing.T, c *client, v *vendor) {
	t.Helper()
	choice := func(id string) view {
		c.do("send", args{"message": args{"text": "The first", "metadata": args{"choice": id}}})
		return c.settled()
	}
	view := choice("choice-1")
	assert.Equal(t, "ready", view.Status, view.Error)
	assert.Len(t, v.heard(), 2, "%s", v.heard())
	view = choice("choice-never-offered")
	assert.Equal(t, "error", view.Status)
	assert.Len(t, v.heard(), 2, "%s", v.heard())
}

// TestClient_Resume lets a second client join an answer under way.
func TestClient_Resume(t *testing.T) {
	t.Parallel()
	eachVendor(t, vendorNames, func(t *testing.T, v *vendor, n *node, version string) {
		readers := &joined{Handler: newHandler(t, v)}
		server := httptest.NewServer(readers)
		t.Cleanup(server.Close)
		api := server.URL + "/chat"
		release := v.gate.hold(t)
		first := newClient(n, api, "c1")
		first.say("one")
		eventually(t, func() bool { return len(v.heard()) == 1 })
		second := newClient(n, api, "c1")
		second.do("resume")
		eventually(t, func() bool { return readers.count.Load() == 1 })
		release()
		for _, c := range []*client{first, second} {
			view := c.settled()
			assert.Equal(t, "ready", view.Status, view.Error)
			assert.Equal(t, "You said: one", view.last().text())
		}
		assert.Equal(t, []string{"one"}, v.heard())
		second.do("resume")
		view := second.settled()
		assert.Equal(t, "ready", view.Status, "the answer is whole, so there is none to resume")
		assert.Equal(t, "You said: one", view.last().text())
	})
}

// TestClient_ResumeInMidAnswer drops the partial message where the version does not replace it.
func TestClient_ResumeInMidAnswer(t *testing.T) {
	t.Parallel()
	eachVersion(t, func(t *testing.T, n *node, version string) {
		v := newVendor(t, "siteassist")
		api := newAPI(t, v)
		c := newClient(n, api, "c1")
		c.say("long")
		c.shows("Begin and so on")
		c.do("stop")
		view := c.settled()
		assert.Equal(t, "ready", view.Status)
		if version == "5" {
			c.do("drop")
		}
		c.do("resume")
		view = c.settled()
		assert.Equal(t, "ready", view.Status, view.Error)
		assert.Equal(t, "Begin "+strings.Repeat("and so on ", 26)+"end.", view.last().text())
		assert.Len(t, view.Messages, 2)
		assert.Equal(t, []string{"long"}, v.heard())
	})
}

// TestClient_ResumeAfterTheEnd names the message whose answer the page has lost, and so gets it though it is whole.
func TestClient_ResumeAfterTheEnd(t *testing.T) {
	t.Parallel()
	eachVendor(t, vendorNames, func(t *testing.T, v *vendor, n *node, _ string) {
		api := newAPI(t, v)
		said := newClient(n, api, "c1").ask("one").Messages[:1]
		c := makeClient(n, args{"id": "c1", "api": api, "messages": said, "named": true})
		c.do("resume")
		view := c.settled()
		assert.Equal(t, "ready", view.Status, view.Error)
		assert.Equal(t, "You said: one", view.last().text())
		assert.Equal(t, []string{"one"}, v.heard())
	})
}

// TestClient_ResumeOfNothing is how a page begins that resumes whatever there is.
func TestClient_ResumeOfNothing(t *testing.T) {
	t.Parallel()
	eachVersion(t, func(t *testing.T, n *node, _ string) {
		c := newClient(n, newAPI(t, newVendor(t, "raia")), "never-seen")
		c.do("resume")
		view := c.settled()
		assert.Equal(t, "ready", view.Status)
		assert.Empty(t, view.Messages)
		assert.Empty(t, view.Errors)
	})
}

// TestClient_StopDoesNotEndTheTurn lets the next message wait for the answer that its user stopped.
func TestClient_StopDoesNotEndTheTurn(t *testing.T) {
	t.Parallel()
	eachVendor(t, vendorNames, func(t *testing.T, v *vendor, n *node, _ string) {
		c := newClient(n, newAPI(t, v), "c1")
		release := v.gate.hold(t)
		c.say("one")
		eventually(t, func() bool { return len(v.heard()) == 1 })
		c.do("stop")
		assert.Equal(t, "ready", c.settled().Status)
		c.say("two")
		c.wait(args{"status": "submitted"})
		release()
		view := c.settled()
		assert.Equal(t, "ready", view.Status, view.Error)
		assert.Equal(t, "You said: two", view.last().text())
		assert.Equal(t, []string{"one", "two"}, v.heard())
	})
}

// TestClient_WaitsForAnAnswerAtMostMaxWait says so when the answer before takes too long.
func TestClient_WaitsForAnAnswerAtMostMaxWait(t *testing.T) {
	t.Parallel()
	eachVersion(t, func(t *testing.T, n *node, _ string) {
		v := newVendor(t, "syntphony")
		api := newAPI(t, v)
		release := v.gate.hold(t)
		first := newClient(n, api, "c1")
		first.say("one")
		eventually(t, func() bool { return len(v.heard()) == 1 })
		second := newClient(n, api+"/", "c1") // the same address with a slash
		view := second.ask("two")
		assert.Equal(t, "error", view.Status)
		assert.Contains(t, view.Error, "still being answered")
		release()
		assert.Equal(t, "You said: one", first.settled().last().text())
		assert.Equal(t, []string{"one"}, v.heard())
	})
}

// TestClient_Refusals are texts for people.
func TestClient_Refusals(t *testing.T) {
	t.Parallel()
	eachVersion(t, func(t *testing.T, n *node, _ string) {
		v := newVendor(t, "syntphony")
		api := newAPI(t, v)
		view := newClient(n, api, "an id with spaces").ask("one")
		assert.Equal(t, "error", view.Status)
		assert.Contains(t, view.Error, "id of a conversation")
		view = newClient(n, api, "c1").ask(strings.Repeat("x", 10_001))
		assert.Contains(t, view.Error, "too long")
		c := newClient(n, api, "c2")
		c.do("send", args{"message": args{"parts": []args{
			{"type": "text", "text": "Look."},
			{"type": "file", "mediaType": "image/png", "url": "data:image/png;base64,AA==", "filename": "a.png"},
		}}})
		assert.Contains(t, c.settled().Error, "cannot take files")
		assert.Empty(t, v.heard())
	})
}

// TestClient_GreetingAndHuman reads the streams that a page asks for by itself with the client's own reader.
func TestClient_GreetingAndHuman(t *testing.T) {
	t.Parallel()
	eachVersion(t, func(t *testing.T, n *node, _ string) {
		r := post(t, n, "syntphony", "greeting")
		assert.Equal(t, "Welcome!", r.Message.text())
		for name, said := range map[string]string{"aisera": "You are next.", "raia": `{"status":"queued"}`} {
			r := post(t, n, name, "human")
			assert.Equal(t, chat.FinishQueued, r.Message.Metadata["finish"], name)
			assert.Contains(t, string(encodeAll(r)), said, name)
			assert.Empty(t, r.Failure)
		}
		assert.Contains(t, post(t, n, "siteassist", "human").Failure, "cannot do this")
	})
}

// post posts to an address of a conversation that has begun, if the vendor does not greet.
func post(t *testing.T, n *node, name, path string) (r readResult) {
	t.Helper()
	v := newVendor(t, name)
	api := newAPI(t, v)
	if path != "greeting" {
		require.Equal(t, "ready", newClient(n, api, "c1").ask("one").Status)
	}
	n.call("post", args{"url": api + "/c1/" + path}, &r)
	return r
}

func encodeAll(r readResult) []byte {
	raw, _ := json.Marshal(r)
	return raw
}

// TestMessages_AreUIMessages hands what GET /{id}/messages returns to a new client, which goes on with it.
func TestMessages_AreUIMessages(t *testing.T) {
	t.Parallel()
	eachVendor(t, vendorNames, func(t *testing.T, v *vendor, n *node, _ string) {
		api := newAPI(t, v)
		newClient(n, api, "c1").ask("one")
		response, err := httpClient(t).Get(api + "/c1/messages")
		require.NoError(t, err)
		defer response.Body.Close()
		raw, err := io.ReadAll(response.Body)
		require.NoError(t, err)
		var messages []json.RawMessage
		require.NoError(t, json.Unmarshal(raw, &messages), "%s", raw)
		require.Len(t, messages, 2, "%s", raw)
		c := makeClient(n, args{"id": "c1", "api": api, "messages": messages})
		n.call("validate", args{"messages": messages}, nil)
		view := c.ask("two")
		assert.Equal(t, "ready", view.Status, view.Error)
		require.Len(t, view.Messages, 4)
		assert.Equal(t, "You said: one", view.Messages[1].text())
		assert.Equal(t, "You said: two", view.last().text())
		assert.Equal(t, []string{"one", "two"}, v.heard())
	})
}
