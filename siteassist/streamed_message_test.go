package siteassist

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// agentStream is an answer with chunks of all kinds.
var agentStream = event(`{"type":"start","messageId":"m1","messageMetadata":{"usage":{"inputTokens":1}}}`) +
	event(`{"type":"start-step"}`) +
	event(`{"type":"reasoning-delta","id":"r","delta":"They ask "}`) +
	event(`{"type":"reasoning-delta","id":"r","delta":"for rain."}`) +
	event(`{"type":"tool-input-start","toolCallId":"c1","toolName":"weather","dynamic":true}`) +
	event(`{"type":"tool-input-delta","toolCallId":"c1","inputTextDelta":"{\"city\":"}`) +
	event(`{"type":"tool-input-start","toolCallId":"c2","toolName":"search","providerExecuted":true}`) +
	event(`{"type":"tool-input-delta","toolCallId":"c1","inputTextDelta":"\"Bonn\"}"}`) +
	event(`{"type":"tool-input-available","toolCallId":"c1","toolName":"weather","input":{"city":"Bonn"}}`) +
	event(`{"type":"tool-input-error","toolCallId":"c2","toolName":"search","input":5,"errorText":"no query"}`) +
	event(`{"type":"tool-output-available","toolCallId":"c1","output":{"rain":null},"preliminary":true}`) +
	event(`{"type":"tool-output-available","toolCallId":"c1","output":{"rain":true}}`) +
	event(`{"type":"tool-output-error","toolCallId":"c3","errorText":"timed out"}`) +
	event(`{"type":"text-delta","id":"t","delta":"It "}`) + event(`{"type":"text-delta","id":"t","delta":"rains."}`) +
	event(`{"type":"source-url","sourceId":"s1","url":"https://example.com","title":"T"}`) +
	event(`{"type":"source-document","sourceId":"s2","mediaType":"text/plain","title":"D","filename":"d.txt"}`) +
	event(`{"type":"file","url":"data:,x","mediaType":"text/plain"}`) + event(`{"type":"data-map","data":1}`) +
	event(
		`{"type":"message-metadata","messageMetadata":{"totalUsage":{"inputTokens":10,"outputTokens":2.0,`+
			`"totalTokens":12}}}`,
	) +
	event(`{"type":"message-metadata","messageMetadata":{"model":"m"}}`) +
	event(`{"type":"finish","finishReason":"stop","messageMetadata":"free"}`) + doneEvent

var agentMessage = StreamedMessage{
	ID: "m1", Text: "It rains.", Reasoning: "They ask for rain.",
	ToolCalls: []ToolCall{
		{
			ID: "c1", Name: "weather", InputText: `{"city":"Bonn"}`, Input: json.RawMessage(`{"city":"Bonn"}`),
			Output: json.RawMessage(`{"rain":true}`), Dynamic: true,
		},
		{ID: "c2", Name: "search", Input: json.RawMessage(`5`), ErrorText: "no query", ProviderExecuted: true},
		{ID: "c3", ErrorText: "timed out"},
	},
	Sources: []MessageSource{
		{ID: "s1", URL: "https://example.com", Title: "T"},
		{ID: "s2", Title: "D", MediaType: "text/plain", Filename: "d.txt"},
	},
	Files: []MessageFile{{URL: "data:,x", MediaType: "text/plain"}}, FinishReason: FinishReasonStop,
	Usage: &Usage{InputTokens: 10, OutputTokens: 2, TotalTokens: 12},
}

func TestStreamMessage_HoldsAllOfAnAnswer(t *testing.T) {
	s := stream(t, inMemory(t, "text/event-stream", whole(agentStream)))
	assert.Equal(t, new(StreamedMessage), s.Message(), "before anything was read")
	text, err := s.Text()
	require.NoError(t, err)
	assert.Equal(t, agentMessage.Text, text)
	assert.Equal(t, &agentMessage, s.Message())
}

func TestStreamMessage_GrowsAndIsACopy(t *testing.T) {
	s := stream(t, inMemory(t, "text/event-stream", whole(agentStream)))
	var texts []string
	for chunk, err := range s.Chunks() {
		require.NoError(t, err)
		m := s.Message()
		if _, ok := chunk.(*TextDeltaChunk); ok {
			texts = append(texts, m.Text)
		}
		for i := range m.ToolCalls {
			m.ToolCalls[i].Name = "changed"
		}
		for i := range m.Sources {
			m.Sources[i].ID = "changed"
		}
		if m.Usage != nil {
			m.Usage.InputTokens = -1
		}
	}
	assert.Equal(t, []string{"It ", "It rains."}, texts)
	assert.Equal(t, &agentMessage, s.Message())
}

func TestStreamMessage_OfAMergedAnswer(t *testing.T) {
	body := event(`{"type":"start","messageId":"m1"}`) + event(`{"type":"text-delta","id":"1","delta":"One. "}`) +
		event(`{"type":"finish","finishReason":"length"}`) + event(`{"type":"start"}`) +
		event(`{"type":"start","messageId":"m2"}`) +
		event(`{"type":"text-delta","id":"1","delta":"Two."}`) + event(`{"type":"finish","finishReason":"stop"}`)
	s := stream(t, inMemory(t, "text/event-stream", whole(body)))
	_, err := s.Text()
	require.NoError(t, err)
	assert.Equal(t, &StreamedMessage{ID: "m2", Text: "One. Two.", FinishReason: FinishReasonLength}, s.Message())
}

func TestStreamMessage_KeepsItsIDIfALaterAnswerHasNone(t *testing.T) {
	body := event(`{"type":"start","messageId":"m1"}`) + event(`{"type":"finish"}`) + event(`{"type":"start"}`) +
		event(`{"type":"text-delta","id":"1","delta":"Two."}`) + event(`{"type":"finish"}`)
	s := stream(t, inMemory(t, "text/event-stream", whole(body)))
	_, err := s.Text()
	require.NoError(t, err)
	assert.Equal(t, "m1", s.Message().ID)
}

func TestStreamMessage_OfAnAnswerThatIsCut(t *testing.T) {
	before, _, _ := strings.Cut(agentStream, `"rains."`)
	s := stream(t, inMemory(t, "text/event-stream", whole(before)))
	text, err := s.Text()
	assert.ErrorIs(t, err, ErrTruncated)
	assert.Equal(t, "It ", text)
	assert.Equal(t, "It ", s.Message().Text)
	assert.Len(t, s.Message().ToolCalls, 3)
}

func TestStreamMessage_OfAQueuedMessageIsEmpty(t *testing.T) {
	client, _ := serve(t, reply(202, "text/plain", "Message sent"))
	assert.Equal(t, new(StreamedMessage), stream(t, client).Message())
}

func TestStreamMessage_MetadataInOtherForms(t *testing.T) {
	for metadata, want := range map[string]*Usage{
		`null`: nil, `5`: nil, `"x"`: nil, `[]`: nil, `{}`: nil, `{"usage":5}`: nil, `{"usage":null}`: nil,
		`{"usage":{"inputTokens":3}}`: {InputTokens: 3},
	} {
		s := stream(t,
			inMemory(t, "text/event-stream", whole(event(`{"type":"finish","messageMetadata":`+metadata+`}`))))
		_, err := s.Text()
		require.NoError(t, err, metadata)
		assert.Equal(t, want, s.Message().Usage, metadata)
	}
}

func TestStreamMessage_WhileAnotherGoroutineReads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var parts []timed
		for part := range strings.SplitAfterSeq(agentStream, "\n\n") {
			parts = append(parts, timed{time.Second, part})
		}
		client := inMemory(t, "text/event-stream", func(*http.Request) io.ReadCloser { return newScript(parts...) })
		s := stream(t, client)
		done := make(chan struct{})
		go func() {
			defer close(done)
			_, _ = s.Text()
		}()
		for reading := true; reading; {
			select {
			case <-done:
				reading = false
			case <-time.After(500 * time.Millisecond):
				require.True(t, strings.HasPrefix(agentMessage.Text, s.Message().Text))
			}
		}
		assert.Equal(t, &agentMessage, s.Message())
	})
}
