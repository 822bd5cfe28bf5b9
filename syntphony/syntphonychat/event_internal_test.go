package syntphonychat

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/seed-127a5941/parley/syntphony"
)

// An answer without an id has that of the message and its own number, so that it has the same id for every reader.
func TestEvent_TheIDOfAnAnswer(t *testing.T) {
	for _, tt := range []struct{ message, answer, want string }{
		{"u-1", "i-1", "i-1"}, {"", "i-1", "i-1"}, {"u-1", "", "u-1-1"}, {"", "", ""},
	} {
		reply := &syntphony.Reply{
			UserInteractionID: tt.message, Answers: []syntphony.Answer{{}, {InteractionID: tt.answer}},
		}
		assert.Equal(t, tt.want, event(reply, 1).ID)
	}
}
