package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestResults_TheLastOneOfEachMutantCounts(t *testing.T) {
	path := filepath.Join(t.TempDir(), "results.jsonl")
	empty, err := readResults(path)
	require.NoError(t, err)
	assert.Empty(t, empty)
	for _, r := range []result{{ID: "x", Outcome: survived}, {ID: "y", Outcome: hung}, {ID: "x", Outcome: noticed}} {
		require.NoError(t, appendResult(path, r))
	}
	file, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	require.NoError(t, err)
	_, err = file.WriteString(`{"ID":"z","Outc`) // a run was stopped
	require.NoError(t, err)
	require.NoError(t, file.Close())
	results, err := readResults(path)
	require.NoError(t, err)
	assert.Len(t, results, 2)
	assert.Equal(t, noticed, results["x"].Outcome)
}

func TestReport_TableAndSurvivors(t *testing.T) {
	results := map[string]result{}
	for id, outcome := range map[string]string{
		"1": noticed, "2": importers, "3": hung, "4": survived, "5": survived, "6": unviable,
	} {
		results[id] = result{
			ID: id, Outcome: outcome, mutant: mutant{Package: "p", File: "p/p.go", Line: 7, Before: "<", After: "<="},
		}
	}
	var out strings.Builder
	report(&out, results, map[string]string{"5": "the same for all integers"})
	assert.Contains(t, out.String(), "| p | 4 | 1 | 1 | 1 | 1 | 1 | 75 % |\n| all | 4 | 1 | 1 | 1 | 1 | 1 | 75 % |\n")
	assert.Equal(t, 1, strings.Count(out.String(), "p/p.go:7: < -> <="))
}

func TestForget_TheMutantsOfOtherSources(t *testing.T) {
	l, err := list("go", tiny(t))
	require.NoError(t, err)
	all, err := l.mutants(regexp.MustCompile("low"))
	require.NoError(t, err)
	id, err := l.idOf(all[0])
	require.NoError(t, err)
	results := map[string]result{id: {}, "low/low.go | if a < b { | gone -> nothing": {}}
	require.NoError(t, l.forget(results, all))
	assert.Equal(t, map[string]result{id: {}}, results)
}

func TestEquivalents_EachHasAReason(t *testing.T) {
	reasons, err := readEquivalents("equivalent.txt")
	require.NoError(t, err)
	for id, reason := range reasons {
		assert.NotEmpty(t, reason, id)
		file, _, _ := strings.Cut(id, " | ")
		source, err := os.ReadFile("../../" + file)
		require.NoError(t, err, "equivalent.txt names a file that is gone")
		line := strings.Split(id, " | ")[1]
		assert.Contains(t, string(source), line, "equivalent.txt names a line that is gone")
	}
}
