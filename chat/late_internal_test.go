package chat

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// Only a message that was not expected yet begins the time during which answers are expected. Otherwise each look at
// the same messages would prolong it.
func TestExpect_AKnownMessageProlongsNothing(t *testing.T) {
	st := &state{}
	st.expect("1", "2")
	began := time.Now().Add(-time.Hour)
	st.LateAt = began
	expected := st.Late
	st.expect("1", "2")
	assert.Equal(t, expected, st.Late)
	assert.Equal(t, began, st.LateAt)
	st.expect("3")
	assert.NotEqual(t, began, st.LateAt)
}
