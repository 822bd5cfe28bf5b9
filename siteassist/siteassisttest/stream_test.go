package siteassisttest_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/siteassist"
	"github.com/seed-127a5941/parley/siteassist/siteassisttest"
)

func lastMessage(t *testing.T, client *siteassist.Client, id string) *siteassist.Message {
	page, err := client.Messages.List(t.Context(), id, siteassist.ListMessagesParams{})
	require.NoError(t, err)
	require.NotEmpty(t, page.Data)
	return page.Data[len(page.Data)-1]
}

func TestStream_StoredAnswerIsAsCutAsTheStream(t *testing.T) {
	for _, c := range []struct {
		fault  siteassisttest.Fault
		status siteassist.MessageStatus
		err    error // of the stream; nil means no error, or another one
	}{
		{siteassisttest.FaultCutInEvent, siteassist.MessageStatusStreaming, siteassist.ErrTruncated},
		{siteassisttest.FaultCutBeforeEnd, siteassist.MessageStatusStreaming, siteassist.ErrTruncated},
		{siteassisttest.FaultErrorChunk, siteassist.MessageStatusError, nil},
	} {
		server, client := start(t)
		server.Answer(func(siteassisttest.Message) siteassisttest.Answer {
			return siteassisttest.Answer{Text: "one two three", Fault: c.fault, FaultAfter: 5}
		})
		id := converse(t, client)
		stream, err := say(t, client, id, "Count")
		require.NoError(t, err)
		text, err := stream.Text()
		assert.Equal(t, "one two ", text)
		require.Error(t, err)
		if c.err != nil {
			require.ErrorIs(t, err, c.err)
		}
		stored := lastMessage(t, client, id)
		assert.Equal(t, text, stored.Text())
		assert.Equal(t, c.status, stored.Status)
		if c.status == siteassist.MessageStatusError {
			assert.Equal(t, "An error occurred.", stored.Error)
		}

		_, err = client.Messages.Send(t.Context(), id, siteassist.SendMessageParams{Content: "Count"})
		require.NoError(t, err)
		assert.Equal(t, "one two three", lastMessage(t, client, id).Text(), "a fault concerns streams only")
	}
}

func TestStream_FailureOnTheNetworkLeavesTheStoredAnswerWhole(t *testing.T) {
	server, client := start(t)
	id := converse(t, client)
	server.Fail(1, siteassisttest.Failure{AfterEvents: 4})
	stream, err := say(t, client, id, "one two three")
	require.NoError(t, err)
	text, err := stream.Text()
	require.ErrorIs(t, err, siteassist.ErrTruncated)
	assert.Equal(t, "You ", text)
	assert.Equal(t, "You said: one two three", lastMessage(t, client, id).Text())
	assert.Equal(t, siteassist.MessageStatusComplete, lastMessage(t, client, id).Status)
}

func TestStream_StoredAnswerOfChunks(t *testing.T) {
	server, client := start(t)
	server.Answer(func(siteassisttest.Message) siteassisttest.Answer {
		return siteassisttest.Answer{Pace: time.Millisecond, Chunks: []siteassist.Chunk{
			&siteassist.TextStartChunk{ID: "a"}, &siteassist.TextDeltaChunk{ID: "a", Delta: "one "},
			&siteassist.TextDeltaChunk{ID: "a", Delta: "two"}, &siteassist.TextEndChunk{ID: "a"},
		}}
	})
	id := converse(t, client)
	result, err := client.Messages.Send(t.Context(), id, siteassist.SendMessageParams{Content: "x"})
	require.NoError(t, err)
	assert.Equal(t, "one two", result.Text())
	assert.Equal(t, "one two", lastMessage(t, client, id).Text())
}
