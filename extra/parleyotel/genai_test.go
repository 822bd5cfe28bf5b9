package parleyotel

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestOperations_NothingSecretIsExported holds the list against the operations that there are.
func TestAsksABot(t *testing.T) {
	assert.True(t, asksABot("aisera: ask"))
	assert.True(t, asksABot("aisera: exchange"))
	assert.False(t, asksABot("aisera: send"), "the answer comes to Receive")
	assert.False(t, asksABot("raia: send message async"), "Await waits for the answer")
	assert.False(t, asksABot("raia: list messages"))
}
