package siteassist

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestStream_HalvesOfACharacterAreJoined(t *testing.T) {
	const high, low = `\ud83d`, `\ude00`
	for name, test := range map[string]struct {
		deltas []string // of text 1; those that begin with "2" belong to text 2
		want   string
	}{
		"whole in one":           {[]string{"a" + high + low + "b"}, "a😀b"},
		"in two":                 {[]string{"a" + high, low + "b"}, "a😀b"},
		"upper case":             {[]string{`a\uD83D`, `\uDE00b`}, "a😀b"},
		"alone in their deltas":  {[]string{high, low}, "😀"},
		"two characters":         {[]string{high, low + high, low}, "😀😀"},
		"an empty delta between": {[]string{high, "", low}, "😀"},
		"another text between":   {[]string{"a" + high, "2b", low + "c"}, "ab😀c"},
		"no second half":         {[]string{"a" + high, "b"}, "a\ufffdb"},
		"no first half":          {[]string{"a", low + "b"}, "a\ufffdb"},
		"first half twice":       {[]string{high, high, low}, "\ufffd😀"},
		"first half before pair": {[]string{high, high + low}, "\ufffd😀"},
		"end of the answer":      {[]string{"a" + high}, "a\ufffd"},
		"in the middle":          {[]string{"a" + high + "b", low}, "a\ufffdb\ufffd"},
		"escaped backslash":      {[]string{`a\` + high, low}, `a\ud83d` + "\ufffd"},
		"the replacement itself": {[]string{"a\ufffd", "\ufffdb"}, "a\ufffd\ufffdb"},
		"escaped replacement":    {[]string{`a\ufffd`, low}, "a\ufffd\ufffd"},
		"half, then replacement": {[]string{high, `\ufffd`}, "\ufffd\ufffd"},
	} {
		body := event(`{"type":"start"}`)
		for _, delta := range test.deltas {
			id := "1"
			if rest, ok := strings.CutPrefix(delta, "2"); ok {
				id, delta = "2", rest
			}
			body += event(`{"type":"text-delta","id":"` + id + `","delta":"` + delta + `"}`)
		}
		text, err := stream(t, inMemory(t, "text/event-stream", whole(body+finishEvent))).Text()
		require.NoError(t, err, name)
		assert.Equal(t, test.want, text, name)
	}
}

func TestStream_HalvesAreJoinedInEachKindOfDelta(t *testing.T) {
	body := event(`{"type":"reasoning-delta","id":"1","delta":"a\ud83d"}`) +
		event(`{"type":"text-delta","id":"1","delta":"\ude00"}`) +
		event(`{"type":"tool-input-delta","toolCallId":"1","inputTextDelta":"b\ud83d"}`) +
		event(`{"type":"reasoning-delta","id":"1","delta":"\ude00"}`) +
		event(`{"type":"tool-input-delta","toolCallId":"1","inputTextDelta":"\ude00"}`) + finishEvent
	var texts, raws []string
	for chunk, err := range stream(t, inMemory(t, "text/event-stream", whole(body))).Chunks() {
		require.NoError(t, err)
		if _, text := deltaOf(chunk); text != nil {
			texts = append(texts, *text)
			raws = append(raws, event(string(*chunk.kept())))
		}
	}
	assert.Equal(t, []string{"a", "\ufffd", "b", "😀", "😀"}, texts)
	assert.Equal(t, strings.TrimSuffix(body, finishEvent), strings.Join(raws, ""), "Raw stays as sent")
}

// A half without its other half becomes U+FFFD at the end of its text, and of the answer.
func TestStream_HalfThatStaysAloneIsNotLost(t *testing.T) {
	halves := event(`{"type":"text-delta","id":"1","delta":"a\ud83d"}`) +
		event(`{"type":"reasoning-delta","id":"1","delta":"b\ud83d"}`) +
		event(`{"type":"tool-input-delta","toolCallId":"1","inputTextDelta":"c\ud83d"}`)
	for name, test := range map[string]struct {
		end  string
		want []string // behind the three deltas
	}{
		"ends": {
			event(`{"type":"reasoning-end","id":"1"}`) + event(`{"type":"text-end","id":"2"}`) +
				event(`{"type":"text-end","id":"1"}`) +
				event(`{"type":"tool-input-available","toolCallId":"1"}`) + finishEvent,
			[]string{
				"ReasoningDeltaChunk", "ReasoningEndChunk", "TextEndChunk", "TextDeltaChunk", "TextEndChunk",
				"ToolInputDeltaChunk",
				"ToolInputAvailableChunk", "FinishChunk",
			},
		},
		"tool error": {
			event(`{"type":"tool-input-error","toolCallId":"1"}`) + finishEvent,
			[]string{
				"ToolInputDeltaChunk", "ToolInputErrorChunk", "ReasoningDeltaChunk", "TextDeltaChunk", "FinishChunk",
			},
		},
		"finish": {
			finishEvent + doneEvent, []string{
				"ReasoningDeltaChunk", "TextDeltaChunk", "ToolInputDeltaChunk", "FinishChunk",
			},
		},
		"done": {doneEvent, []string{"ReasoningDeltaChunk", "TextDeltaChunk", "ToolInputDeltaChunk"}},
	} {
		s := stream(t, inMemory(t, "text/event-stream", whole(halves+test.end)))
		got, err := types(s)
		require.NoError(t, err, name)
		require.Greater(t, len(got), 3, name)
		assert.Equal(t, test.want, got[3:], name)
		m := s.Message()
		assert.Equal(t, []string{"a\ufffd", "b\ufffd", "c\ufffd"},
			[]string{m.Text, m.Reasoning, m.ToolCalls[0].InputText}, name)
	}
}

func TestDecodeChunk_HalfOfACharacter(t *testing.T) {
	chunk, err := DecodeChunk([]byte(`{"type":"text-delta","id":"1","delta":"a\ud83d"}`))
	require.NoError(t, err)
	assert.Equal(t, "a\ufffd", chunk.(*TextDeltaChunk).Delta)
}

// The first and the last character that are pairs of surrogates.
func TestStream_TheLimitsOfSurrogates(t *testing.T) {
	for _, test := range [][3]string{{`\ud800`, `\udc00`, "\U00010000"}, {`\udbff`, `\udfff`, "\U0010ffff"}} {
		body := event(`{"type":"start"}`) + event(`{"type":"text-delta","id":"1","delta":"a`+test[0]+`"}`) +
			event(`{"type":"text-delta","id":"1","delta":"`+test[1]+`b"}`)
		text, err := stream(t, inMemory(t, "text/event-stream", whole(body+finishEvent))).Text()
		require.NoError(t, err)
		assert.Equal(t, "a"+test[2]+"b", text)
	}
}
