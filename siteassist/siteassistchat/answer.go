package siteassistchat

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/chat"
	"github.com/seed-127a5941/parley/siteassist"
)

// answer makes events of the chunks of an answer.
type answer struct {
	turn  *chat.Turn
	event chat.Event // the message so far
	text  strings.Builder
}

// add emits the event of a chunk.
func (a *answer) add(chunk siteassist.Chunk) error {
	switch c := chunk.(type) {
	case *siteassist.StartChunk:
		if a.event.ID == "" {
			a.event.ID = c.MessageID
		}
		return nil
	case *siteassist.TextDeltaChunk:
		a.text.WriteString(c.Delta)
		return a.turn.Emit(chat.Event{Kind: chat.EventDelta, ID: a.event.ID, Text: c.Delta})
	case *siteassist.StartStepChunk, *siteassist.FinishStepChunk, *siteassist.TextStartChunk, *siteassist.TextEndChunk,
		*siteassist.FinishChunk, *siteassist.AbortChunk:
		return nil
	case *siteassist.FileChunk:
		a.event.Files = append(a.event.Files, chat.File{MediaType: c.MediaType, URL: c.URL})
	case *siteassist.ToolOutputAvailableChunk:
		a.event.Choices = append(a.event.Choices, links(c.Output)...)
	}
	raw, err := json.Marshal(chunk)
	if err != nil {
		return err
	}
	return a.turn.Emit(chat.Event{Kind: chat.EventPart, ID: a.event.ID, Part: raw, Native: chunk})
}

// end emits the whole message, unless the message is empty.
func (a *answer) end(reason siteassist.FinishReason) error {
	if reason == siteassist.FinishReasonError {
		return fmt.Errorf("siteassistchat: %w: the finish reason is %q", parley.ErrAnswerFailed, reason)
	}
	a.event.Kind, a.event.Text = chat.EventMessage, a.text.String()
	if a.event.Text != "" || len(a.event.Files)+len(a.event.Choices) > 0 {
		if err := a.turn.Emit(a.event); err != nil {
			return err
		}
	}
	finish := chat.FinishStop
	switch reason {
	case siteassist.FinishReasonLength:
		finish = chat.FinishLength
	case siteassist.FinishReasonContentFilter:
		finish = chat.FinishContentFilter
	}
	return a.turn.Emit(chat.Event{Kind: chat.EventDone, Finish: finish})
}
