package siteassist

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// types reads a stream and returns the names of its chunks' types.
func types(s *Stream) (got []string, err error) {
	for chunk, err := range s.Chunks() {
		if err != nil {
			return got, err
		}
		got = append(got, strings.TrimPrefix(fmt.Sprintf("%T", chunk), "*siteassist."))
	}
	return got, nil
}

func TestStream_TextAndChunks(t *testing.T) {
	client := inMemory(t, "text/event-stream; charset=utf-8", whole(hello))
	text, err := stream(t, client).Text()
	require.NoError(t, err)
	assert.Equal(t, helloText, text)

	got, err := types(stream(t, client))
	require.NoError(t, err)
	assert.Equal(t, []string{"StartChunk", "StartStepChunk", "TextStartChunk", "TextDeltaChunk", "TextDeltaChunk",
		"TextEndChunk", "FinishStepChunk", "FinishChunk"}, got)
}

func TestStream_ContentTypeDecides(t *testing.T) {
	const completion = `{"steps":[{"content":[{"type":"text","text":"Hello"}]}]}`
	tests := map[string]struct {
		contentType, body string
		queued            bool
		err               error
	}{
		"events":           {"text/event-stream", hello, false, nil},
		"events in caps":   {"Text/Event-Stream;charset=UTF-8", hello, false, nil},
		"queued":           {"text/plain; charset=utf-8", "Message sent", true, nil},
		"queued in quotes": {"text/plain", `"Message sent"`, true, nil},
		"HTML":             {"text/html", "<html>" + testKey + "</html>", false, ErrDecode},
		"JSON completion":  {"application/json", completion, false, ErrDecode},
		"no type":          {"", hello, false, ErrDecode},
	}
	for name, test := range tests {
		client, _ := serve(t, reply(200, test.contentType, test.body))
		s, err := client.Messages.Stream(t.Context(), testID, SendMessageParams{Content: "Hi"})
		if test.err != nil {
			require.ErrorIs(t, err, test.err, name)
			assert.ErrorIs(t, err, ErrDeliveryUnknown, name)
			failure, _ := errors.AsType[*Error](err)
			assert.Equal(t, test.body, string(failure.Body), name)
			assert.NotContains(t, err.Error(), testKey)
			if test.contentType == "" {
				assert.ErrorContains(t, err, "an unknown content type where text/event-stream was expected")
			}
			continue
		}
		require.NoError(t, err, name)
		assert.Equal(t, test.queued, s.Queued(), name)
		text, err := s.Text()
		require.NoError(t, err, name)
		assert.Equal(t, test.queued, text == "", name)
	}
}

func TestStream_QueuedWith202(t *testing.T) {
	client, _ := serve(t, reply(202, "text/plain", "Message sent"))
	s := stream(t, client)
	assert.True(t, s.Queued())
	for range s.Chunks() {
		t.Fatal("a queued message has no answer")
	}
}

func TestStream_ErrorStatus(t *testing.T) {
	client, _ := serve(t, reply(402, "application/json", `{"error":{"message":"No plan","code":"PAYMENT_REQUIRED"}}`))
	_, err := client.Completions.Stream(t.Context(), CompletionParams{Messages: []CompletionMessage{{RoleUser, "Hi"}}})
	assert.ErrorIs(t, err, ErrPaymentRequired)
	assert.ErrorIs(t, err, CodePaymentRequired)
}

func TestStream_RangeOnce(t *testing.T) {
	s := stream(t, inMemory(t, "text/event-stream", whole(hello)))
	_, err := s.Text()
	require.NoError(t, err)
	for chunk, err := range s.Chunks() {
		assert.Nil(t, chunk)
		assert.ErrorIs(t, err, ErrClosed)
		assert.EqualError(t, err, "siteassist: closed: the stream was read before")
	}
	text, err := s.Text()
	assert.Empty(t, text)
	assert.ErrorIs(t, err, ErrClosed)
}

func TestStream_CloseBeforeReading(t *testing.T) {
	s := stream(t, inMemory(t, "text/event-stream", whole(hello)))
	assert.NoError(t, s.Close())
	assert.NoError(t, s.Close())
	_, err := s.Text()
	assert.ErrorIs(t, err, ErrClosed)
}

func TestStream_PrintsNoMember(t *testing.T) {
	for _, verb := range []string{"%v", "%+v", "%#v"} {
		text := fmt.Sprintf(verb, new(Stream))
		assert.Contains(t, text, "siteassist.Stream")
		assert.NotContains(t, text, "{")
	}
}
