package chaos

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestFaults_TheSeedDecides(t *testing.T) {
	drawn := func(seed uint64) (names []string) {
		random := rand.New(rand.NewPCG(seed, 0))
		for range 200 {
			names = append(names, draw(random).name)
		}
		return names
	}
	assert.Equal(t, drawn(1), drawn(1))
	assert.NotEqual(t, drawn(1), drawn(2))
	for _, kind := range kinds {
		assert.Contains(t, drawn(1), kind.name)
	}
	for range 100 {
		d := between(rand.New(rand.NewPCG(1, 1)), time.Second, 2*time.Second)
		assert.True(t, d >= time.Second && d < 2*time.Second)
	}
}

func TestFaults_MissingNamesThem(t *testing.T) {
	f := &faults{counts: map[string]int{}}
	assert.ErrorContains(t, f.missing(), replicaKilled)
	for _, kind := range kinds {
		f.counts[kind.name] = 1
	}
	for _, kind := range failures {
		f.counts[vendorPrefix+kind.name] = 1
	}
	assert.ErrorContains(t, f.missing(), tokensRevoked)
	f.counts[tokensRevoked] = 1
	assert.NoError(t, f.missing())
}
