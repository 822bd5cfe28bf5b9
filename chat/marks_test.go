package chat

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestMarks_KeepTheLatest(t *testing.T) {
	var m marks
	assert.False(t, m.has("1"))
	for i := range 10 {
		m = m.with(3, fmt.Sprint(i))
	}
	assert.Len(t, string(m), 3*markSize)
	for i := range 10 {
		assert.Equal(t, i >= 7, m.has(fmt.Sprint(i)), i)
	}
	m = m.with(3, "7", "10") // what comes again is new
	assert.True(t, m.has("7"))
	assert.False(t, m.has("8"))
	assert.Equal(t, m, m.with(3))
}

// An id is not found across the border of two marks.
func TestMarks_AreComparedWhole(t *testing.T) {
	two := marks("").with(2, "1", "2")
	for at := 1; at < markSize; at++ {
		assert.Equal(t, -1, two.index(string(two[at:at+markSize])))
	}
	assert.Equal(t, -1, marks("short").index("short"), "a damaged State is no reason to fail")
}
