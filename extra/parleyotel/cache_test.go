package parleyotel

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestCache_RemembersAndIsBounded(t *testing.T) {
	var c cache[int, int]
	made := 0
	for range 3 {
		for key := range 2 * mostCached {
			assert.Equal(t, -key, c.get(key, func() int { made++; return -key }))
		}
	}
	assert.Len(t, c.entries, mostCached)
	assert.Equal(t, mostCached+3*mostCached, made)
}
