package table

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestAims(t *testing.T) {
	parts := map[string][]Row{"send": Rows([]Side{
		{Name: "now", Rounds: [][]Sample{{sample("floor", true, 100), sample("parley/raia", false, 120.4)}}},
		{Name: "before", Rounds: [][]Sample{{sample("floor", true, 100), sample("parley/raia", false, 150)}}},
	}, ours)}
	aims := []Aim{
		{"time", "send", "raia", "parley/raia", Time, RatioAtMost, 1.2, ""},
		{"rate", "send", "raia", "parley/raia", Time, RatioAtLeast, 1.5, ""},
		{"allocations", "send", "raia", "parley/raia", Allocs, ExcessAtMost, 16, ""},
		{"time itself", "send", "raia", "parley/raia", Time, AtMost, 200, ""},
		{"another part", "list", "raia", "parley/raia", Time, AtMost, 200, ""},
	}
	assert.Equal(t, `| work | aim | before (quartiles) | now (quartiles) | reached |
|---|---|---|---|---|
| time | <= 1.20 | 1.50 (1.50 to 1.50) | 1.20 (1.20 to 1.20) | yes |
| rate | >= 1.50 | 1.50 (1.50 to 1.50) | 1.20 (1.20 to 1.20) | **no** |
| allocations | <= +16 | +50 (+50 to +50) | +20.4 (+20.4 to +20.4) | **no** |
| time itself | <= 0.2 µs | 0.15 µs (0.15 µs to 0.15 µs) | 0.12 µs (0.12 µs to 0.12 µs) | yes |
`, Aims(aims, parts))
}
