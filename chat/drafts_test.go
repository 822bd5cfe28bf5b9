package chat

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestDrafts_KeepWhatOnlyCameInPieces(t *testing.T) {
	var d drafts
	assert.Empty(t, d.rest())
	assert.False(t, d.whole("1"))
	for _, e := range []Event{
		{Kind: EventDelta, ID: "1", Text: "wro", Role: RoleAssistant}, {Kind: EventDelta, ID: "2", Text: "Hel"},
		{Kind: EventDelta, ID: "1", Text: "right", Replace: true}, {Kind: EventStatus, ID: "3"},
		{Kind: EventMessage, ID: "2", Text: "Hello"}, {Kind: EventMessage, ID: "4", Text: "at once"},
	} {
		d.add(e)
	}
	assert.Equal(t, []Event{{Kind: EventMessage, ID: "1", Role: RoleAssistant, Text: "right"}}, d.rest())
	assert.True(t, d.whole("2"))
	assert.True(t, d.whole("4"))
	assert.False(t, d.whole("1"))
}
