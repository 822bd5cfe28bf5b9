package raiatest_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/raia"
)

func TestWebhooks_AreDeliveredInOrder(t *testing.T) {
	server, c := start(t)
	got := make(chan map[string]any, 10)
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		var event map[string]any
		assert.NoError(t, json.Unmarshal(body, &event))
		event["key"] = r.Header.Get("X-Key")
		got <- event
		w.WriteHeader(http.StatusNoContent)
	}))
	defer receiver.Close()
	for trigger, url := range map[raia.WebhookTrigger]string{
		raia.WebhookTriggerStartDialog: receiver.URL, raia.WebhookTriggerEachMessage: receiver.URL,
		raia.WebhookTriggerEndDialog: receiver.URL, raia.WebhookTriggerManual: "https://example.com",
	} {
		must[*raia.Webhook](t)(c.Agents.CreateWebhook(t.Context(), raia.CreateWebhookParams{
			Title: "t", Description: "d", URL: url, Trigger: trigger, Headers: map[string]string{"X-Key": "k"},
		}))
	}
	ada := user(t, c, "ada@example.com")
	talk := conversation(t, c, ada.ID)
	answer := must[*raia.Message](t)(
		c.Conversations.Send(t.Context(), talk.ID, raia.SendMessageParams{Message: "Hello"}),
	)
	require.True(t, server.HumanSays(talk.ID, "A human"))
	require.True(t, server.CallWebhooks(raia.WebhookTriggerManual, talk.ID), "its host is not loopback")
	require.True(t, server.CallWebhooks(raia.WebhookTriggerEndDialog, talk.ID))
	assert.False(t, server.CallWebhooks(raia.WebhookTriggerEndDialog, "nothing"))

	for _, want := range []struct{ event, message any }{
		{"start_dialog", nil}, {"each_message", "You said: Hello"}, {"each_message", "A human"}, {"end_dialog", nil},
	} {
		event := <-got
		assert.Equal(t, want.event, event["event"])
		assert.Equal(t, want.message, event["message"])
		assert.Equal(t, talk.ID, event["conversationId"])
		assert.Equal(t, ada.ID, event["userId"])
		assert.Equal(t, "k", event["key"])
		if want.message == "You said: Hello" {
			assert.Equal(t, answer.ID, event["messageId"])
		}
	}
	server.Close() // waits for the deliveries
	deliveries := server.Deliveries()
	require.Len(t, deliveries, 4)
	assert.Equal(t, http.StatusNoContent, deliveries[0].Status)
	assert.Equal(t, receiver.URL, deliveries[0].URL)
}

func TestWebhooks_DeliveryThatFailsIsNotRepeated(t *testing.T) {
	server, c := start(t)
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	must[*raia.Webhook](t)(c.Agents.CreateWebhook(t.Context(), raia.CreateWebhookParams{
		Title: "t", Description: "d", URL: gone.URL, Trigger: raia.WebhookTriggerStartDialog,
	}))
	conversation(t, c, user(t, c, "ada@example.com").ID)
	server.Close()
	require.Len(t, server.Deliveries(), 1)
	assert.Zero(t, server.Deliveries()[0].Status)
}
