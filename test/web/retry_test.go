package web_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// honest asserts that a view tells of a failure in words for people.
func honest(t *testing.T, v view, class string) {
	t.Helper()
	assert.Equal(t, "error", v.Status)
	assert.NotContains(t, v.Error, vendorSecret)
	assert.Regexp(t, `^[A-Z].*\.$`, v.Error)
	told := v.data("data-error")
	if assert.NotEmpty(t, told, "the class arrives before the error") {
		var data struct{ Class, Message string }
		require.NoError(t, json.Unmarshal(told[len(told)-1].Data, &data))
		assert.Equal(t, class, data.Class)
		assert.Equal(t, v.Error, data.Message)
	}
}

// TestClient_RetryOfAMessageThatWasRefused says it again, once.
func TestClient_RetryOfAMessageThatWasRefused(t *testing.T) {
	t.Parallel()
	eachVendor(t, []string{"raia", "siteassist", "syntphony"}, func(t *testing.T, v *vendor, n *node, _ string) {
		c := newClient(n, newAPI(t, v), "c1")
		v.refuse()
		honest(t, c.ask("one"), "unavailable")
		assert.Empty(t, v.heard())
		c.do("regenerate")
		view := c.settled()
		assert.Equal(t, "ready", view.Status, view.Error)
		assert.Equal(t, "You said: one", view.last().text())
		assert.Equal(t, []string{"one"}, v.heard())
	})
}

// TestClient_ALostConnectionIsRecovered finds the answer by itself where the vendor shows its conversations, and says
// nothing twice, whatever button the user presses.
func TestClient_ALostConnectionIsRecovered(t *testing.T) {
	t.Parallel()
	eachVendor(t, []string{"raia", "siteassist", "syntphony"}, func(t *testing.T, v *vendor, n *node, _ string) {
		c := newClient(n, newAPI(t, v), "c1")
		v.lose()
		view := c.ask("one")
		if v.driver.Capabilities().Recover {
			assert.Equal(t, "ready", view.Status, view.Error)
			assert.Equal(t, "You said: one", view.last().text())
		} else {
			honest(t, view, "delivery-unknown")
		}
		for _, button := range []string{"regenerate", "send", "resume"} {
			c.do(button)
			c.settled()
			assert.Equal(t, []string{"one"}, v.heard(), button)
		}
	})
}

// TestClient_AnAnswerThatFailed is told as such, and its message is not said again.
func TestClient_AnAnswerThatFailed(t *testing.T) {
	t.Parallel()
	eachVendor(t, vendorNames, func(t *testing.T, v *vendor, n *node, _ string) {
		c := newClient(n, newAPI(t, v), "c1")
		v.fail()
		honest(t, c.ask("one"), "answer-failed")
		for _, button := range []string{"regenerate", "send"} {
			c.do(button)
			assert.Equal(t, "error", c.settled().Status, button)
			assert.Equal(t, []string{"one"}, v.heard(), button)
		}
		view := c.ask("two")
		assert.Equal(t, "ready", view.Status, view.Error)
		assert.Equal(t, "You said: two", view.last().text())
	})
}

// TestClient_RepeatsAndEdits says nothing twice and changes nothing.
func TestClient_RepeatsAndEdits(t *testing.T) {
	t.Parallel()
	eachVendor(t, vendorNames, func(t *testing.T, v *vendor, n *node, _ string) {
		api := newAPI(t, v)
		c := newClient(n, api, "c1")
		said := c.ask("one").Messages[0]
		r := read(n, api, "c1", &said)
		assert.Equal(t, "You said: one", r.Message.text(), "the stored answer")
		c.do("regenerate")
		assert.Equal(t, "You said: one", c.settled().last().text(), "the stored answer again")
		c.do("send", args{"message": args{"text": "changed", "messageId": said.ID}})
		view := c.settled()
		assert.Equal(t, "error", view.Status)
		assert.Contains(t, view.Error, "cannot be changed")
		assert.Equal(t, []string{"one"}, v.heard())
	})
}
