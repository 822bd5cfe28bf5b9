package chaos

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestNode_SaysWhatIsMissing(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	_, err := startNode("../web")
	assert.EqualError(t, err, "chaos: Debian package nodejs is missing")
}

func TestView_Answer(t *testing.T) {
	_, _, ok := view{}.answer()
	assert.False(t, ok)
	_, _, ok = viewOf("ready", "", nil).answer()
	assert.False(t, ok, "the last message is the user's")
	v := viewOf("ready", "", nil, "one")
	v.Messages[1].Parts = append(v.Messages[1].Parts, part{Type: "data-draft"}, part{Type: "text", Text: " two"})
	texts, finish, ok := v.answer()
	assert.True(t, ok)
	assert.Equal(t, []string{"one", " two"}, texts)
	assert.Equal(t, "stop", finish)
}
