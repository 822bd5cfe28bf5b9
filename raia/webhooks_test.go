package raia

import (
	"io"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const webhookSecret = "secret-of-the-webhook"

func deliver(header, body string) (*WebhookDelivery, error) {
	r := httptest.NewRequest("POST", "/webhook", strings.NewReader(body))
	r.Header.Set("X-Webhook-Secret", header)
	return ReadWebhook(r, "x-webhook-secret", webhookSecret)
}

func TestReadWebhook_ReturnsRawJSON(t *testing.T) {
	body := `{"conversationId":"c1", "anything": [1, null]}`
	delivery, err := deliver(webhookSecret, body)
	require.NoError(t, err)
	assert.Equal(t, body, string(delivery.Raw))
	var v struct{ ConversationID string }
	require.NoError(t, delivery.Decode(&v))
	assert.Equal(t, "c1", v.ConversationID)
}

func TestReadWebhook_WithoutTheSecret(t *testing.T) {
	for _, header := range []string{
		"", "wrong", webhookSecret + "x", webhookSecret[:5], strings.ToUpper(webhookSecret),
	} {
		_, err := deliver(header, `{}`)
		require.EqualError(t, err, "raia: read webhook: unauthorized: the request does not carry the secret")
		require.ErrorIs(t, err, ErrUnauthorized)
	}
	r := httptest.NewRequest("POST", "/webhook", failing{})
	_, err := ReadWebhook(r, "X-Webhook-Secret", webhookSecret)
	require.ErrorIs(t, err, ErrUnauthorized, "the body is not read before")
}

func TestReadWebhook_Size(t *testing.T) {
	limit := `"` + strings.Repeat("a", maxDelivery-2) + `"`
	delivery, err := deliver(webhookSecret, limit)
	require.NoError(t, err)
	assert.Len(t, delivery.Raw, 1<<20)
	_, err = deliver(webhookSecret, limit+" ")
	require.EqualError(t, err, "raia: read webhook: response too large: the limit is 1048576 bytes")
	require.ErrorIs(t, err, ErrResponseTooLarge)
}

func TestReadWebhook_BadBody(t *testing.T) {
	for _, body := range []string{"", "<html>", `{"a":`} {
		_, err := deliver(webhookSecret, body)
		require.EqualError(t, err, "raia: read webhook: undecodable response: the body is not JSON")
	}
	r := httptest.NewRequest("POST", "/webhook", failing{})
	r.Header.Set("X-Webhook-Secret", webhookSecret)
	_, err := ReadWebhook(r, "X-Webhook-Secret", webhookSecret)
	require.ErrorIs(t, err, io.ErrClosedPipe)
	r.Body = nil
	_, err = ReadWebhook(r, "X-Webhook-Secret", webhookSecret)
	require.ErrorIs(t, err, ErrDecode)
}

func TestReadWebhook_Arguments(t *testing.T) {
	r := httptest.NewRequest("POST", "/webhook", nil)
	for _, args := range [][2]string{{"", "s"}, {"h", ""}} {
		_, err := ReadWebhook(r, args[0], args[1])
		require.ErrorIs(t, err, ErrInvalidArgument, "an empty secret would let everybody in")
	}
}
