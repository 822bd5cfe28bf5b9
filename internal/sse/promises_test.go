package sse

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/assert"
)

// A line of any length that is no data costs bounded memory, however many reads it takes.
func TestDecoder_KeepsLittleOfOtherLines(t *testing.T) {
	var d Decoder
	assert.Zero(t, d.spare(bytes.Repeat([]byte("x"), maxStray)))
	assert.Zero(t, d.spare(bytes.Repeat([]byte("x"), 2*maxStray)))
	assert.Zero(t, d.spare(append([]byte(":"), bytes.Repeat([]byte("x"), maxName)...)))
	assert.Positive(t, d.spare([]byte("x")))
}
