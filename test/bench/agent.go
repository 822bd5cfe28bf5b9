package bench

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/seed-127a5941/parley/siteassist"
)

// agentStream is the event stream of an agent that thinks, calls a tool, names its sources and then answers.
func agentStream() Format {
	return Format{
		Name: "siteassist, agent", Site: eventSite(agentEvents), Want: Result{events, agentText},
		Floor: streamFloor(siteassistPath, siteassistIn{"Hi", true},
			func(c *agentChunk) (string, bool) { return c.text(), true }, "Authorization", "Bearer "+key),
		Subjects: []Subject{parleyAgent()},
	}
}

// agentChunk has the members of all chunks below.
type agentChunk struct {
	Type           string          `json:"type"`
	ID             string          `json:"id"`
	Delta          string          `json:"delta"`
	ToolCallID     string          `json:"toolCallId"`
	ToolName       string          `json:"toolName"`
	InputTextDelta string          `json:"inputTextDelta"`
	Input          json.RawMessage `json:"input"`
	Output         json.RawMessage `json:"output"`
	SourceID       string          `json:"sourceId"`
	URL            string          `json:"url"`
	Title          string          `json:"title"`
	FinishReason   string          `json:"finishReason"`
}

// text is the text that a page would show of the chunk.
func (c *agentChunk) text() string { return c.Delta + c.InputTextDelta + c.Title }

var agentEvents, agentText = makeAgentEvents()

// makeAgentEvents renders turns of fifty events each: of them 24 are deltas of reasoning, 12 of a tool's input and six
// of the text.
func makeAgentEvents() (stream []byte, text int) {
	var b strings.Builder
	emit := func(count int, event, shown string) {
		for range count {
			b.WriteString("data: " + event + "\n\n")
			text += len(shown)
		}
	}
	emit(1, `{"type":"start","messageId":"msg_68c276dd2b3481a2"}`, "")
	for turn := range (events - 2) / 50 {
		id := strconv.Itoa(turn)
		emit(1, `{"type":"reasoning-start","id":"rs_`+id+`"}`, "")
		emit(24, `{"type":"reasoning-delta","id":"rs_`+id+`","delta":"The user wants "}`, "The user wants ")
		emit(1, `{"type":"reasoning-end","id":"rs_`+id+`"}`, "")
		emit(1, `{"type":"tool-input-start","toolCallId":"call_`+id+`","toolName":"search"}`, "")
		emit(12, `{"type":"tool-input-delta","toolCallId":"call_`+id+`","inputTextDelta":"{\"query\":"}`, `{"query":`)
		emit(1, `{"type":"tool-input-available","toolCallId":"call_`+id+`","toolName":"search",`+
			`"input":{"query":"reset password","limit":5}}`, "")
		emit(1, `{"type":"tool-output-available","toolCallId":"call_`+id+`",`+
			`"output":{"hits":[{"title":"Reset your password","score":0.93}]}}`, "")
		emit(1, `{"type":"source-url","sourceId":"src_`+id+`","url":"https://help.example.com/reset",`+
			`"title":"Reset your password"}`, "Reset your password")
		emit(1, `{"type":"text-start","id":"msg_`+id+`"}`, "")
		emit(6, `{"type":"text-delta","id":"msg_`+id+`","delta":"Open the page "}`, "Open the page ")
		emit(1, `{"type":"text-end","id":"msg_`+id+`"}`, "")
	}
	emit((events-2)%50, `{"type":"text-delta","id":"msg_0","delta":"Open the page "}`, "Open the page ")
	emit(1, `{"type":"finish","finishReason":"stop"}`, "")
	return []byte(b.String()), text
}

// parleyAgent counts what agentChunk.text counts.
func parleyAgent() Subject {
	return Subject{Name: "parley/siteassist", Open: func(p *Target) (Run, error) {
		c, err := newSiteassist(p)
		if err != nil {
			return nil, err
		}
		return func(ctx context.Context) (r Result, err error) {
			s, err := c.Messages.Stream(ctx, conversationID, siteassist.SendMessageParams{Content: "Hi"})
			if err != nil {
				return r, err
			}
			for chunk, err := range s.Chunks() {
				if err != nil {
					return r, err
				}
				r.add(shown(chunk))
			}
			return r, nil
		}, nil
	}}
}

func shown(chunk siteassist.Chunk) string {
	switch c := chunk.(type) {
	case *siteassist.TextDeltaChunk:
		return c.Delta
	case *siteassist.ReasoningDeltaChunk:
		return c.Delta
	case *siteassist.ToolInputDeltaChunk:
		return c.InputTextDelta
	case *siteassist.SourceURLChunk:
		return c.Title
	}
	return ""
}
