package siteassistchat_test

import (
	"context"
	"encoding/json"
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/chat"
	"github.com/seed-127a5941/parley/siteassist"
	"github.com/seed-127a5941/parley/siteassist/siteassisttest"
)

func TestDriver_PartsLinksFilesAndFinish(t *testing.T) {
	v := newVendor(t)
	v.Answer(func(siteassisttest.Message) siteassisttest.Answer {
		return siteassisttest.Answer{Chunks: []siteassist.Chunk{
			&siteassist.ReasoningDeltaChunk{ID: "r", Delta: "hm"},
			&siteassist.ToolOutputAvailableChunk{
				ToolCallID: "1", Output: json.RawMessage(`{"buttonLabel":"Docs","href":"https://docs.example.com"}`),
			},
			&siteassist.FileChunk{URL: "https://x.example.com/a.png", MediaType: "image/png"},
			&siteassist.TextDeltaChunk{ID: "t", Delta: "Hi"},
			&siteassist.FinishChunk{FinishReason: siteassist.FinishReasonLength},
		}}
	})
	a, err := conversation(t, v, user).Ask(t.Context(),
		chat.Message{Native: siteassist.SendMessageParams{Content: "x"}})
	require.NoError(t, err)
	assert.Equal(t, "Hi", a.Text)
	assert.Equal(t, chat.FinishLength, a.Finish)
	assert.Len(t, a.Parts, 3)
	assert.Equal(t, []chat.Choice{{Label: "Docs", URL: "https://docs.example.com"}}, a.Choices)
	assert.Equal(t, []chat.File{{URL: "https://x.example.com/a.png", MediaType: "image/png"}}, a.Messages[0].Files)
}

func TestAnswer_WithoutText(t *testing.T) {
	v := newVendor(t)
	chunks := []siteassist.Chunk{&siteassist.FileChunk{URL: "https://x.example.com/a.png", MediaType: "image/png"}}
	v.Answer(func(siteassisttest.Message) siteassisttest.Answer {
		return siteassisttest.Answer{Chunks: append(chunks,
			&siteassist.FinishChunk{FinishReason: siteassist.FinishReasonStop})}
	})
	c := conversation(t, v, user)
	a, err := c.Ask(t.Context(), chat.Message{Text: "x"})
	require.NoError(t, err)
	require.Len(t, a.Messages, 1, "a file is an answer")
	assert.Len(t, a.Messages[0].Files, 1)
	chunks = nil
	a, err = c.Ask(t.Context(), chat.Message{Text: "x"})
	require.NoError(t, err)
	assert.Empty(t, a.Messages)
}

// The visitor leaves while the State is saved. The turn must not look like one that has ended. If it did, saving its
// end would fail half of the time, so that a single turn is not enough.
func TestSend_TheContextEndsBeforeTheStatus(t *testing.T) {
	v := newVendor(t)
	for range 8 {
		ctx, cancel := context.WithCancel(t.Context())
		saves := 9
		c, err := chat.New(v.driver(t), user, chat.Options{Save: func(context.Context, chat.State) error {
			if saves++; saves == 2 { // before the message, and when it was accepted
				cancel()
			}
			return nil
		}})
		require.NoError(t, err)
		_, err = c.Ask(t.Context(), chat.Message{Text: "hello"})
		require.NoError(t, err)
		v.TakeOver(v.conversation(), "Ann")
		saves = 0
		_, err = c.Ask(ctx, chat.Message{Text: "Ann?"})
		require.ErrorIs(t, err, context.Canceled)
		cancel()
	}
}

func TestAnswer_FinishReasonsThatAreNoSuccess(t *testing.T) {
	v := newVendor(t)
	reason := siteassist.FinishReasonError
	v.Answer(func(siteassisttest.Message) siteassisttest.Answer {
		return siteassisttest.Answer{Chunks: []siteassist.Chunk{
			&siteassist.TextDeltaChunk{ID: "t", Delta: "Hi"}, &siteassist.FinishChunk{FinishReason: reason},
		}}
	})
	c := conversation(t, v, user)
	a, err := c.Ask(t.Context(), chat.Message{Text: "x"})
	require.ErrorIs(t, err, siteassist.ErrAnswerFailed)
	assert.Equal(t, "Hi", a.Text)
	reason = siteassist.FinishReasonContentFilter
	a, err = c.Ask(t.Context(), chat.Message{Text: "x"})
	require.NoError(t, err)
	assert.Equal(t, chat.FinishContentFilter, a.Finish)
}

// If it cannot be saved that a human will answer, the turn says so.
func TestSend_AQueuedMessageWhoseStateIsNotSaved(t *testing.T) {
	v := newVendor(t)
	down, saves := errors.New("down"), 9
	c, err := chat.New(v.driver(t), user, chat.Options{Save: func(context.Context, chat.State) error {
		if saves++; saves == 2 { // before the message, and when it was accepted
			return down
		}
		return nil
	}})
	require.NoError(t, err)
	_, err = c.Ask(t.Context(), chat.Message{Text: "hello"})
	require.NoError(t, err)
	v.TakeOver(v.conversation(), "Ann")
	saves = 0
	_, err = c.Ask(t.Context(), chat.Message{Text: "Ann?"})
	require.ErrorIs(t, err, down)
}
