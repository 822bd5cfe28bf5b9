package table

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestMarkdown(t *testing.T) {
	rows := Rows([]Side{
		{Name: "now", Rounds: [][]Sample{{sample("floor", true, 50), sample("parley/raia", false, 60)}}},
		{Name: "before", Rounds: [][]Sample{{sample("floor", true, 50), sample("parley/raia", false, 75)}}},
	}, ours)
	assert.Equal(t, `| bytes of | by | time | to floor (quartiles) | allocations | above floor |
|---|---|---|---|---|---|
| raia | floor | 0.05 µs |  | 50 |  |
| raia | **parley/raia** | 0.06 µs | 1.20 (1.20 to 1.20) | 60 | +10 |
| raia | parley/raia, before | 0.075 µs | 1.50 (1.50 to 1.50) | 75 | +25 |
`, Markdown("bytes of", rows))
}
