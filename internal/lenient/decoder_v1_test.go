//go:build !goexperiment.jsonv2 && !go1.27

package lenient

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// The allocations show which of the two decoded: encoding/json needs several more.
func TestDecoder_DecodesTheUsualFormItself(t *testing.T) {
	var d Decoder
	for _, text := range []string{usualForms[3], usualForms[6], "\ufeff " + usualForms[6], usualForms[8]} {
		raw := []byte(text)
		byHand := testing.AllocsPerRun(20, func() { assert.NoError(t, d.Unmarshal(raw, new(everything))) })
		byJSON := testing.AllocsPerRun(20, func() { assert.NoError(t, Unmarshal(raw, new(everything))) })
		assert.Less(t, byHand, byJSON, text)
	}
}
