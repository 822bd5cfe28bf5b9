package raia

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	pendingResponse   = `{"status":"pending","message":null,"error":null}`
	completedResponse = `{"status":"completed","message":{"id":"2","message":"done"},"error":null}`
)

// TestResponse_Statuses decodes the status of a poll in the newer and the older form.
func TestResponse_Statuses(t *testing.T) {
	for _, c := range []struct {
		body string
		want AsyncStatus // empty means ErrDecode
	}{
		{`null`, AsyncStatusPending},
		{` null `, AsyncStatusPending},
		{pendingResponse, AsyncStatusPending},
		{`{"status":"running","message":null,"error":null}`, AsyncStatusPending},
		{completedResponse, AsyncStatusCompleted},
		{`{"message":{"id":"2"}}`, AsyncStatusCompleted},
		{`{"status":"failed","message":null,"error":"e"}`, AsyncStatusFailed},
		{`{"status":"error","message":null,"error":"e"}`, AsyncStatusFailed},
		{`{"error":"e"}`, AsyncStatusFailed},
		{`{"status":"later","message":null}`, "later"},
		{`{"status":"completed","message":null,"error":null}`, ""},
		{`{}`, ""},
		{`[]`, ""},
		{``, ""},
		{`{"status":7}`, ""},
	} {
		response, err := client(t, stub(t, 200, c.body)).Conversations.GetResponse(t.Context(), "1", "2")
		if c.want == "" {
			require.ErrorIs(t, err, ErrDecode, c.body)
			continue
		}
		require.NoError(t, err, c.body)
		assert.Equal(t, c.want, response.Status, c.body)
		assert.Equal(t, c.body, string(response.Raw))
	}
}
