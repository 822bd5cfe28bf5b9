package siteassist

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestNotice_WhatIsOne(t *testing.T) {
	for body, want := range map[string]string{
		"Message sent": "Message sent", `"Message sent"`: "Message sent", " Message sent\n": "Message sent", "": "",
		`""`: "",
		"A human agent will answer you. Waiting time: 5 minutes.": "A human agent will answer you. Waiting time: 5 " +
			"minutes.",
		"Note: we answer at 9:00": "Note: we answer at 9:00", "Caf\xe9": "Caf\ufffd", "1: wait": "1: wait",
	} {
		for _, status := range []int{200, 202} {
			client, _ := serve(t, reply(status, "text/plain; charset=utf-8", body))
			s, err := client.Messages.Stream(t.Context(), testID, SendMessageParams{Content: "Hi"})
			require.NoError(t, err, "%q", body)
			assert.True(t, s.Queued())
			assert.Equal(t, want, s.Notice())
			assert.Equal(t, "text/plain; charset=utf-8", s.Header().Get("Content-Type"))
			assert.Empty(t, s.FinishReason())
			text, err := s.Text()
			require.NoError(t, err)
			assert.Empty(t, text)
			require.NoError(t, s.Close())

			result, err := client.Messages.Send(t.Context(), testID, SendMessageParams{Content: "Hi"})
			require.NoError(t, err, "%q", body)
			assert.True(t, result.Queued)
			assert.Equal(t, body, string(result.Raw))
		}
	}
}

func TestNotice_WhatIsNone(t *testing.T) {
	for name, test := range map[string]struct{ body, header string }{
		"data stream":          {"0:\"Your parcel\"\n0:\" is on its way.\"\nd:{\"finishReason\":\"stop\"}\n", ""},
		"data stream, later":   {"f:{\"messageId\":\"m\"}\n0:\"Hi\"\n", ""},
		"data stream of parts": {"2:[{\"x\":1}]\n", ""},
		"event stream":         {hello, ""},
		"comment and event":    {": ping\n\nevent: x\ndata: {}\n\n", ""},
		"page":                 {"<html>maintenance</html>", ""},
		"error":                {`{"error":{"message":"No"}}`, ""},
		"array":                {`[]`, ""},
		"long text":            {strings.Repeat("Hello. ", 200), ""},
		"AI SDK's header":      {"Message sent", "X-Vercel-Ai-Data-Stream"},
		"its other header":     {"Message sent", "x-vercel-ai-ui-message-stream"},
	} {
		client, _ := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			if test.header != "" {
				w.Header().Set(test.header, "v1")
			}
			reply(200, "text/plain", test.body)(w, nil)
		})
		_, err := client.Messages.Stream(t.Context(), testID, SendMessageParams{Content: "Hi"})
		_, sendErr := client.Messages.Send(t.Context(), testID, SendMessageParams{Content: "Hi"})
		for _, err := range []error{err, sendErr} {
			assert.ErrorIs(t, err, ErrDecode, name)
			assert.ErrorIs(t, err, ErrDeliveryUnknown, name)
			failure, ok := errors.AsType[*Error](err)
			require.True(t, ok, name)
			assert.Equal(t, test.body, string(failure.Body), name)
		}
	}
}

func TestSend_CompletionCalledText(t *testing.T) {
	client, _ := serve(t, reply(200, "text/plain", completionJSON))
	result, err := client.Messages.Send(t.Context(), testID, SendMessageParams{Content: "Hi"})
	require.NoError(t, err)
	assert.False(t, result.Queued)
	assert.Equal(t, "Hello!", result.Text())
}
