package table

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func ours(name string) bool { return strings.HasPrefix(name, "parley") }

func sample(name string, floor bool, value float64) Sample {
	return Sample{Group: "raia", Name: name, Floor: floor, Values: map[Metric]float64{Time: value, Allocs: value}}
}

// TestRows_Ratios verifies that a ratio is to the floor of the same round and side.
func TestRows_Ratios(t *testing.T) {
	now := Side{Name: "now", Rounds: [][]Sample{
		{sample("floor", true, 100), sample("parley/raia", false, 120), sample("peer", false, 150)},
		{sample("floor", true, 200), sample("parley/raia", false, 220), sample("peer", false, 300)},
		{sample("floor", true, 100), sample("parley/raia", false, 130), sample("peer", false, 150)},
	}}
	before := Side{Name: "before", Rounds: [][]Sample{
		{sample("floor", true, 1000), sample("parley/raia", false, 1500)},
	}}
	newer := Side{Name: "json/v2", Rounds: [][]Sample{
		{sample("parley/raia", false, 60)}, {sample("parley/raia", false, 60)},
	}}
	rows := Rows([]Side{now, before, newer}, ours)
	require.Len(t, rows, 5)
	assert.Equal(t, "floor", rows[0].Name)
	assert.Equal(t, Spread{100, 150, 400}, rows[0].Stats[Time].Value, "the floor of both sides together")
	assert.Equal(t, "now", rows[1].Side)
	assert.Equal(t, Spread{1.15, 1.2, 1.25}, rows[1].Stats[Time].Ratio)
	assert.Equal(t, Spread{20, 20, 25}, rows[1].Stats[Allocs].Excess)
	assert.Equal(t, "before", rows[2].Side)
	assert.Equal(t, Spread{1.5, 1.5, 1.5}, rows[2].Stats[Time].Ratio)
	assert.Equal(t, "json/v2", rows[3].Side)
	assert.InDelta(t, 0.45, rows[3].Stats[Time].Ratio.Mid, 1e-9, "to the floors of the first side")
	assert.Equal(t, "peer", rows[4].Name)
}

func TestQuantile(t *testing.T) {
	assert.InDelta(t, 2.5, Quantile([]float64{4, 1, 3, 2}, 0.5), 1e-9)
	assert.InDelta(t, 7, Quantile([]float64{7}, 0.25), 1e-9)
}
