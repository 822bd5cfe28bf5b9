package table

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestMetric_EachHasAColumn(t *testing.T) {
	for _, m := range []Metric{
		Time, Rate, CPU, P50, P99, Allocs, Bytes, Live, Late, Goroutines, Connections, LateDials, Writes, Start,
		StartCPU, Size,
	} {
		assert.NotEqual(t, -1, place(m), m)
	}
}

func TestUnits(t *testing.T) {
	assert.Equal(t, "12.3 µs", Took(12_345))
	assert.Equal(t, "12.3 ms", Took(12_345_678))
	assert.Equal(t, "2 s", Took(2e9))
	assert.Equal(t, "12 B", Bulk(12))
	assert.Equal(t, "1.5 KiB", Bulk(1536))
	assert.Equal(t, "2.0 MiB", Bulk(2<<20))
	assert.Equal(t, "12.5", Amount(12.5))
	assert.Equal(t, "12", Amount(12))
	assert.Equal(t, "1235", Amount(1234.5678))
}
