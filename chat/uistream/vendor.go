package uistream

import (
	"encoding/json"
	"fmt"
)

// vendorPart has the members of a vendor's chunk that clients know. Members of a wrong type are left out.
type vendorPart map[string]any

func decodePart(raw json.RawMessage) (vendorPart, bool) {
	var p vendorPart
	if err := json.Unmarshal(raw, &p); err != nil || p == nil || p.text("type") == "" {
		return nil, false
	}
	return p, true
}

func (p vendorPart) text(member string) string {
	text, _ := p[member].(string)
	return text
}

func (p vendorPart) flag(member string) bool {
	flag, _ := p[member].(bool)
	return flag
}

// title returns the title, or nil if it is missing.
func (p vendorPart) title() *string {
	if text, ok := p["title"].(string); ok {
		return &text
	}
	return nil
}

// unknown returns a chunk for a part that clients do not know.
func unknown(value any) chunk { return chunk{Type: typeVendor, Data: value} }

// vendor passes on a part of the vendor's: its known members, if the oldest supported client knows the type, and as a
// data part otherwise.
func (e *encoder) vendor(raw json.RawMessage) {
	p, ok := decodePart(raw)
	if !ok {
		return
	}
	switch kind := p.text("type"); kind {
	case "reasoning-start", "reasoning-delta", "reasoning-end":
		e.reasoning(kind, p)
	case "tool-input-start", "tool-input-delta", "tool-input-available", "tool-input-error", "tool-output-available",
		"tool-output-error":
		e.tool(kind, p)
	case "source-url", "source-document", "file":
		e.source(kind, p)
	case "start", "finish", "abort", "error", "start-step", "finish-step", "text-start", "text-delta", "text-end",
		"message-metadata": // these come as events, or are the response's own
	default:
		e.data(kind, p)
	}
}

// data passes on a data part of the vendor's, unless its name means something else here.
func (e *encoder) data(kind string, p vendorPart) {
	if len(kind) < 6 || kind[:5] != "data-" || own[kind] {
		e.part(unknown(map[string]any(p)))
		return
	}
	value := p["data"]
	if value == nil {
		value = json.RawMessage("null")
	}
	e.put(chunk{Type: kind, ID: p.text("id"), Data: value, Transient: p.flag("transient")})
}

// source passes on a source or a file. One without its required members is unknown.
func (e *encoder) source(kind string, p vendorPart) {
	c := chunk{Type: kind, MediaType: p.text("mediaType")}
	address := safeURL(p.text("url"), "http", "https", "data")
	switch {
	case kind == "source-document" && c.MediaType != "":
		c.SourceID, c.Title, c.Filename = e.sourceID(p), p.title(), p.text("filename")
		if c.Title == nil {
			c.Title = &c.Filename
		}
	case kind == "source-url" && address != "":
		c = chunk{Type: kind, SourceID: e.sourceID(p), URL: address, Title: p.title()}
	case kind == "file" && address != "" && c.MediaType != "":
		c.URL = address
	default:
		c = unknown(map[string]any(p))
	}
	e.part(c)
}

func (e *encoder) sourceID(p vendorPart) string {
	if id := p.text("sourceId"); id != "" {
		return id
	}
	e.made++
	return fmt.Sprint("source-", e.made)
}

// reasoning passes on a part of the agent's reasoning and keeps account of the open ones.
func (e *encoder) reasoning(kind string, p vendorPart) {
	id, delta := p.text("id"), p.text("delta")
	if id == "" {
		id = "reasoning"
	}
	switch open := e.thoughts[id]; {
	case kind == "reasoning-end":
		e.endReasoning(id)
		return
	case !open:
		e.thoughts[id] = true
		e.part(chunk{Type: "reasoning-start", ID: id})
	}
	if delta != "" {
		e.part(chunk{Type: "reasoning-delta", ID: id, Delta: delta})
	}
}

func (e *encoder) endReasoning(id string) {
	if e.thoughts[id] {
		delete(e.thoughts, id)
		e.part(chunk{Type: "reasoning-end", ID: id})
	}
}

// toolCall is a call of a tool, as far as it is known.
type toolCall struct {
	name      string
	dynamic   bool
	streaming bool // input-start was sent
	known     bool // input-available was sent
}

// tool passes on a part of a call of a tool. The vendor executes its tools, so no client may take a call for its own.
// A client fails if a part of a call comes before the call.
func (e *encoder) tool(kind string, p vendorPart) {
	id := p.text("toolCallId")
	if id == "" {
		e.part(unknown(map[string]any(p)))
		return
	}
	call := e.call(id, p)
	c := chunk{Type: kind, ToolCallID: id, Executed: true, Dynamic: call.dynamic}
	switch kind {
	case "tool-input-start":
		call.streaming = true
		c.ToolName = call.name
	case "tool-input-delta":
		e.toolDelta(id, call, p.text("inputTextDelta"))
		return
	case "tool-input-available":
		e.toolInput(id, call, p["input"])
		return
	case "tool-output-available":
		e.toolKnown(id, call, p)
		c.Output = present(p["output"])
	case "tool-input-error", "tool-output-error":
		e.toolKnown(id, call, p)
		c.Type, c.ErrorText = "tool-output-error", p.text("errorText")
		if c.ErrorText == "" {
			c.ErrorText = "The tool failed."
		}
	}
	e.part(c)
}

func (e *encoder) call(id string, p vendorPart) *toolCall {
	call := e.tools[id]
	if call == nil {
		call = &toolCall{name: "tool", dynamic: p.flag("dynamic")}
		e.tools[id] = call
	}
	if name := p.text("toolName"); name != "" && !call.streaming && !call.known {
		call.name = name
	}
	return call
}

func (e *encoder) toolDelta(id string, call *toolCall, delta string) {
	if !call.streaming {
		call.streaming = true
		e.part(chunk{
			Type: "tool-input-start", ToolCallID: id, ToolName: call.name, Executed: true, Dynamic: call.dynamic,
		})
	}
	if delta != "" {
		e.part(chunk{Type: "tool-input-delta", ToolCallID: id, InputTextDelta: delta})
	}
}

func (e *encoder) toolInput(id string, call *toolCall, input any) {
	call.known = true
	e.part(chunk{
		Type: "tool-input-available", ToolCallID: id, ToolName: call.name, Input: present(input), Executed: true,
		Dynamic: call.dynamic,
	})
}

// toolKnown tells of a call of which only the output comes.
func (e *encoder) toolKnown(id string, call *toolCall, p vendorPart) {
	if !call.known {
		e.toolInput(id, call, p["input"])
	}
}

// present returns value, or null in place of a missing one.
func present(value any) any {
	if value == nil {
		return json.RawMessage("null")
	}
	return value
}
