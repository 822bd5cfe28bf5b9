package uistream_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func parts(t *testing.T, raw ...string) *uiMessage {
	t.Helper()
	var steps []any
	for _, r := range raw {
		steps = append(steps, partEvent(r))
	}
	return play(t, steps...)
}

func TestVendorParts_Reasoning(t *testing.T) {
	m := parts(t, `{"type":"reasoning-delta","id":"r","delta":"h","providerMetadata":{"x":{"secret":1}},"future":1}`,
		`{"type":"reasoning-delta","id":"r","delta":"m"}`, `{"type":"reasoning-end","id":"r"}`,
		`{"type":"reasoning-end","id":"r"}`, `{"type":"reasoning-start"}`)
	assert.Equal(t, "hm", m.Parts[0]["text"])
	assert.Len(t, m.Parts, 2)
}

func TestVendorParts_Tools(t *testing.T) {
	m := parts(t,
		`{"type":"tool-input-start","toolCallId":"1","toolName":"search","title":"Search"}`,
		`{"type":"tool-input-delta","toolCallId":"1","inputTextDelta":"{\"q\":"}`,
		`{"type":"tool-input-available","toolCallId":"1","toolName":"search","input":{"q":"x"}}`,
		`{"type":"tool-output-available","toolCallId":"1","output":{"hits":2},"providerMetadata":{},`+
			`"preliminary":false}`,
		`{"type":"tool-output-error","toolCallId":"2","errorText":"no"}`, // without its call
		`{"type":"tool-input-error","toolCallId":"3","toolName":"pay","input":1,"errorText":"bad"}`,
		`{"type":"tool-input-delta","toolCallId":"4","inputTextDelta":"x"}`,
		`{"type":"tool-output-available","toolCallId":"5","dynamic":true,"toolName":"d"}`,
		`{"type":"tool-output-available"}`)
	assert.Equal(t, []string{"tool-search", "tool-tool", "tool-pay", "tool-tool", "tool-d", "data-vendor"}, m.types())
	assert.Equal(t, map[string]any{"q": "x"}, m.Parts[0]["input"])
	assert.Equal(t, map[string]any{"hits": 2.0}, m.Parts[0]["output"])
	assert.Equal(t, "no", m.Parts[1]["errorText"])
}

// A vendor that only sends the deltas of an input has begun the call with the first. An empty delta says nothing.
func TestVendorParts_DeltasOfAnInputBeginTheCallOnce(t *testing.T) {
	m := parts(t,
		`{"type":"tool-input-delta","toolCallId":"1","inputTextDelta":"{\"q\":"}`,
		`{"type":"tool-input-delta","toolCallId":"1","inputTextDelta":""}`,
		`{"type":"tool-input-delta","toolCallId":"1","inputTextDelta":"1}"}`)
	assert.Equal(t, []string{
		"start", "start-step", "tool-input-start", "tool-input-delta", "tool-input-delta", "finish-step", "finish",
	}, m.Types)
}

func TestVendorParts_SourcesAndFiles(t *testing.T) {
	m := parts(t,
		`{"type":"source-url","sourceId":"s","url":"https://x.test","title":null}`,
		`{"type":"source-url","url":"https://y.test","title":"Y"}`,
		`{"type":"source-document","sourceId":"d","mediaType":"application/pdf","filename":"a.pdf"}`,
		`{"type":"file","url":"https://x.test/a.png","mediaType":"image/png"}`,
		`{"type":"file","url":"javascript:alert(1)","mediaType":"text/html"}`,
		`{"type":"source-url","sourceId":"s"}`)
	assert.Equal(t, []string{"source-url", "source-url", "source-document", "file", "data-vendor", "data-vendor"},
		m.types())
	assert.Equal(t, "Y", m.Parts[1]["title"])
	assert.NotEmpty(t, m.Parts[1]["sourceId"])
	assert.Equal(t, "a.pdf", m.Parts[2]["title"])
}

// Data parts of the vendor keep their names, unless these mean something else here.
func TestVendorParts_Data(t *testing.T) {
	m := parts(t, `{"type":"data-weather","id":"w","data":{"c":1}}`, `{"type":"data-weather","id":"w","data":{"c":2}}`,
		`{"type":"data-error","data":"x"}`, `{"type":"data-note","data":null,"transient":true}`,
		`{"type":"future","a":1}`,
		`{"type":"data-"}`, `not JSON`, `{"no":"type"}`, `{"type":"text-delta","id":"t","delta":"x"}`)
	assert.Equal(t, []string{"data-weather", "data-vendor", "data-vendor", "data-vendor"}, m.types())
	assert.Equal(t, map[string]any{"c": 2.0}, m.Parts[0]["data"])
	assert.Equal(t, map[string]any{"type": "future", "a": 1.0}, m.Parts[2]["data"])
	assert.NotNil(t, m.part("data-note"))
}
