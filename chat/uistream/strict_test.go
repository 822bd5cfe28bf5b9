package uistream_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
)

// The chunk schemas of ai 5.0.0, all of them strict: "string", "boolean", "unknown" or "metadata", with "?" for what
// may be absent. A member that is not listed ends the answer in that client.
var schemas = map[string]map[string]string{
	"text-start": {"id": "string", "providerMetadata": "metadata?"},
	"text-delta": {"id": "string", "delta": "string", "providerMetadata": "metadata?"},
	"text-end":   {"id": "string", "providerMetadata": "metadata?"},
	"error":      {"errorText": "string"},
	"tool-input-start": {
		"toolCallId": "string", "toolName": "string", "providerExecuted": "boolean?", "dynamic": "boolean?",
	},
	"tool-input-delta": {"toolCallId": "string", "inputTextDelta": "string"},
	"tool-input-available": {
		"toolCallId": "string", "toolName": "string", "input": "unknown", "providerExecuted": "boolean?",
		"providerMetadata": "metadata?", "dynamic": "boolean?",
	},
	"tool-output-available": {
		"toolCallId": "string", "output": "unknown", "providerExecuted": "boolean?", "dynamic": "boolean?",
	},
	"tool-output-error": {
		"toolCallId": "string", "errorText": "string", "providerExecuted": "boolean?", "dynamic": "boolean?",
	},
	"reasoning":             {"text": "string", "providerMetadata": "metadata?"},
	"reasoning-start":       {"id": "string", "providerMetadata": "metadata?"},
	"reasoning-delta":       {"id": "string", "delta": "string", "providerMetadata": "metadata?"},
	"reasoning-end":         {"id": "string", "providerMetadata": "metadata?"},
	"reasoning-part-finish": {},
	"source-url": {
		"sourceId": "string", "url": "string", "title": "string?", "providerMetadata": "metadata?",
	},
	"source-document": {
		"sourceId": "string", "mediaType": "string", "title": "string", "filename": "string?",
		"providerMetadata": "metadata?",
	},
	"file":             {"url": "string", "mediaType": "string", "providerMetadata": "metadata?"},
	"data-":            {"id": "string?", "data": "unknown", "transient": "boolean?"},
	"start-step":       {},
	"finish-step":      {},
	"start":            {"messageId": "string?", "messageMetadata": "unknown?"},
	"finish":           {"messageMetadata": "unknown?"},
	"abort":            {},
	"message-metadata": {"messageMetadata": "unknown"},
}

// validate reports what the client finds wrong with a chunk.
func validate(raw []byte) (map[string]any, error) {
	var c map[string]any
	if err := json.Unmarshal(raw, &c); err != nil {
		return nil, fmt.Errorf("%q is no object: %w", raw, err)
	}
	kind, _ := c["type"].(string)
	schema, known := schemas[kind]
	if strings.HasPrefix(kind, "data-") {
		schema, known = schemas["data-"], true
	}
	if !known {
		return nil, fmt.Errorf("unknown type: %s", raw)
	}
	for member, value := range c {
		want := strings.TrimSuffix(schema[member], "?")
		_, isString := value.(string)
		_, isBool := value.(bool)
		_, isObject := value.(map[string]any)
		switch {
		case member == "type", want == "unknown", want == "string" && isString, want == "boolean" && isBool,
			want == "metadata" && isObject:
		default:
			return nil, fmt.Errorf("member %q: %s", member, raw)
		}
	}
	for member, want := range schema {
		if _, present := c[member]; !present && !strings.HasSuffix(want, "?") {
			return nil, fmt.Errorf("member %q is missing: %s", member, raw)
		}
	}
	return c, nil
}

// uiMessage is what a client has made of a response.
type uiMessage struct {
	ID       string
	Metadata map[string]any
	Parts    []map[string]any
	Notes    []map[string]any // transient data parts
	Err      string           // text of the error chunk
	Ended    bool             // by finish or error
	Done     bool             // [DONE] came
	Comments int
	Types    []string // of all chunks, in order

	open      map[string]map[string]any // text and reasoning parts, by kind and id
	tools     map[string]map[string]any
	started   bool
	stepOpen  bool
	stepCount int
}

// text returns the text of all parts, one below the other.
func (m *uiMessage) text() string {
	var texts []string
	for _, p := range m.Parts {
		if p["type"] == "text" {
			texts = append(texts, p["text"].(string))
		}
	}
	return strings.Join(texts, "\n")
}

func (m *uiMessage) part(kind string) map[string]any {
	for _, p := range slices.Concat(m.Parts, m.Notes) {
		if p["type"] == kind {
			return p
		}
	}
	return nil
}

// add does what processUIMessageStream of ai 5.0.0 does with a chunk, and fails where it throws. Beyond that it fails
// where the message would not be what the server means.
func (m *uiMessage) add(c map[string]any) error {
	kind := c["type"].(string)
	m.Types = append(m.Types, kind)
	if m.Ended {
		return fmt.Errorf("%s follows the end of the response", kind)
	}
	if transient, _ := c["transient"].(bool); transient {
		m.Notes = append(m.Notes, c)
		return nil
	}
	if kind != "start" && kind != "error" && !m.started {
		return fmt.Errorf("%s precedes start", kind)
	}
	base, action, _ := strings.Cut(kind, "-")
	switch {
	case kind == "start":
		if m.started {
			return fmt.Errorf("a second start")
		}
		m.started = true
		m.ID, _ = c["messageId"].(string)
	case base == "text" || base == "reasoning":
		return m.addText(base, action, c)
	case base == "tool":
		return m.addTool(action, c)
	case kind == "start-step", kind == "finish-step":
		if m.stepOpen == (kind == "start-step") {
			return fmt.Errorf("%s is out of order", kind)
		}
		if len(m.open) > 0 {
			return fmt.Errorf("%s while parts are open", kind)
		}
		m.stepOpen = kind == "start-step"
		m.stepCount++
	case kind == "finish", kind == "error":
		if m.stepOpen || len(m.open) > 0 {
			return fmt.Errorf("%s while something is open", kind)
		}
		m.Ended = true
		m.Err, _ = c["errorText"].(string)
		m.Metadata, _ = c["messageMetadata"].(map[string]any)
	case base == "data" && c["id"] != nil:
		for i, p := range m.Parts {
			if p["type"] == kind && p["id"] == c["id"] {
				m.Parts[i] = c
				return nil
			}
		}
		m.Parts = append(m.Parts, c)
	default:
		m.Parts = append(m.Parts, c)
	}
	return nil
}

func (m *uiMessage) addText(base, action string, c map[string]any) error {
	name := base + " " + c["id"].(string)
	p := m.open[name]
	if (p == nil) != (action == "start") {
		return fmt.Errorf("%s-%s is out of order", base, action)
	}
	if !m.stepOpen {
		return fmt.Errorf("%s-%s outside of a step", base, action)
	}
	switch action {
	case "start":
		p = map[string]any{"type": base, "text": ""}
		m.open[name] = p
		m.Parts = append(m.Parts, p)
	case "delta":
		p["text"] = p["text"].(string) + c["delta"].(string)
	case "end":
		delete(m.open, name)
	}
	return nil
}

func (m *uiMessage) addTool(action string, c map[string]any) error {
	id := c["toolCallId"].(string)
	p := m.tools[id]
	switch action {
	case "input-start", "input-available":
		if c["providerExecuted"] != true {
			return fmt.Errorf("the client would execute the tool: %v", c)
		}
		if p == nil {
			p = map[string]any{"type": "tool-" + c["toolName"].(string), "dynamic": c["dynamic"]}
			m.tools[id] = p
			m.Parts = append(m.Parts, p)
		}
		p["input"] = c["input"]
	case "input-delta":
		if p == nil {
			return fmt.Errorf("tool-input-delta without its start")
		}
	default:
		if p == nil || p["dynamic"] != c["dynamic"] {
			return fmt.Errorf("tool-%s without its call", action)
		}
		p["output"], p["errorText"] = c["output"], c["errorText"]
	}
	p["state"] = action
	return nil
}

// readResponse reads a response as the strictest client would.
func readResponse(body io.Reader) (*uiMessage, error) {
	m := &uiMessage{open: map[string]map[string]any{}, tools: map[string]map[string]any{}}
	lines := bufio.NewScanner(body)
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		line := lines.Bytes()
		data, isData := bytes.CutPrefix(line, []byte("data: "))
		switch {
		case len(line) == 0:
		case line[0] == ':':
			m.Comments++
		case string(data) == "[DONE]":
			m.Done = true
		case !isData || m.Done:
			return m, fmt.Errorf("unexpected line %q", line)
		default:
			c, err := validate(data)
			if err == nil {
				err = m.add(c)
			}
			if err != nil {
				return m, err
			}
		}
	}
	return m, lines.Err()
}
