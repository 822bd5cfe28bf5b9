package chaos

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
)

func viewOf(status, failed string, data []part, texts ...string) view {
	v := view{Status: status, Error: failed, Data: data, Messages: []message{{Role: "user"}}}
	for _, text := range texts {
		m := message{Role: "assistant", Parts: []part{{Type: "text", Text: text}}}
		m.Metadata.Finish = "stop"
		v.Messages = append(v.Messages, m)
	}
	return v
}

// TestUser_JudgesThePage holds the outcome of a try, and what the user does next.
func TestUser_JudgesThePage(t *testing.T) {
	const text = "chaos-00000007-000001 please"
	half := answerTo(text)[:20]
	failed := func(class, action, said string) []part {
		raw, _ := json.Marshal(map[string]string{"class": class, "action": action, "said": said}) // of strings
		return []part{{Type: "data-status"}, {Type: "data-error", Data: raw}}
	}
	late := viewOf("ready", "", nil, answerTo("earlier"))
	late.Messages[1].Parts = append(late.Messages[1].Parts, part{Type: "text", Text: answerTo(text)})
	foreign := viewOf("ready", "", nil, answerTo("another's"))
	foreign.Messages[1].Parts = append(foreign.Messages[1].Parts, part{Type: "text", Text: answerTo(text)})
	unanswered := viewOf("ready", "", nil, "")
	unanswered.Messages[1].Metadata.Finish = "unanswered"
	for _, tt := range []struct {
		name, op string
		after    view
		next     string
		outcome  Outcome
		class    string
		wrong    bool
	}{
		{"whole", "send", viewOf("ready", "", nil, answerTo(text)), "", Whole, "", false},
		{"whole after all", "resume", viewOf("ready", "", nil, answerTo(text)), "", Whole, "", false},
		{"whole behind a late answer", "send", late, "", Whole, "", false},
		{"whole behind another's", "send", foreign, "", Pending, "", true},
		{"unanswered", "resume", unanswered, "", Line, "unanswered", false},
		{"half", "send", viewOf("ready", "", nil, half), "", Pending, "", true},
		{"half again", "regenerate", viewOf("ready", "", nil, half), "", Pending, "", true},
		{
			"another's", "send", viewOf("ready", "", nil, answerTo("chaos-00000007-000002 please")), "", Pending, "",
			true,
		},
		{"no answer", "send", viewOf("ready", "", nil), "", Pending, "", true},
		{"nothing under way", "resume", viewOf("ready", "", nil, half), "regenerate", Line, "network", false},
		{"cut", "send", viewOf("error", "terminated", nil, half), "resume", Line, "network", false},
		{
			"unavailable", "send", viewOf("error", "no", failed("unavailable", "retry", "no")), "regenerate", Line,
			"unavailable", false,
		},
		{
			"unknown", "send", viewOf("error", "no", failed("delivery-unknown", "edit", "unknown")), "", Line,
			"delivery-unknown", false,
		},
		{"before the stream", "send", viewOf("error", "The service restarts.", nil), "regenerate", Line, "http", false},
	} {
		var e Entry
		u := &user{open: map[string]bool{answerTo("earlier"): true}}
		assert.Equal(t, tt.next, u.look(&e, tt.op, text, view{}, tt.after), tt.name)
		assert.Equal(t, tt.outcome, e.Outcome, tt.name)
		assert.Equal(t, tt.class, e.Class, tt.name)
		assert.Equal(t, tt.wrong, e.Wrong != "", tt.name)
	}
}

func TestView_FailuresOfEarlierMessagesDoNotCount(t *testing.T) {
	v := view{Data: []part{{Type: "data-error", Data: []byte(`{"class":"busy"}`)}, {Type: "data-status"}}}
	_, ok := v.failure(1)
	assert.False(t, ok)
	f, ok := v.failure(0)
	assert.True(t, ok)
	assert.Equal(t, "busy", f.Class)
}
