package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/seed-127a5941/parley/test/bench"
)

// TestAims_NameWhatIsMeasured verifies that each aim names a part, and a subject of the part's format if it has
// formats.
func TestAims_NameWhatIsMeasured(t *testing.T) {
	for _, aim := range aims() {
		assert.True(t, bench.Ours(aim.Name), aim.Work)
		isPart := func(p bench.Part) bool { return p.Name == aim.Part }
		assert.True(t, slices.ContainsFunc(bench.Parts(), isPart), aim.Work)
		work, _, _ := strings.Cut(aim.Part, "/")
		at := slices.IndexFunc(bench.Works(), func(w bench.Work) bool { return w.Name == work })
		if at < 0 {
			continue
		}
		assert.True(t, slices.ContainsFunc(bench.Works()[at].Formats, func(f bench.Format) bool {
			return f.Name == aim.Group && f.Subjects[0].Name == aim.Name
		}), aim.Work)
	}
}
