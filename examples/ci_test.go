package examples

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestCI_EveryStepRuns compares the scripts of .ci/steps with the lists of .ci/run and of the workflow. Each script
// says on its second line what it does, because the Makefile prints that line.
func TestCI_EveryStepRuns(t *testing.T) {
	files, err := filepath.Glob("../.ci/steps/*")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	var steps []string
	for _, file := range files {
		steps = append(steps, filepath.Base(file))
		source, err := os.ReadFile(file)
		require.NoError(t, err)
		lines := bytes.SplitN(source, []byte("\n"), 4)
		require.Len(t, lines, 4, file)
		assert.Regexp(t, `^# \S.*\.$`, string(lines[1]), file)
		assert.Contains(t, string(lines[2]), "../lib", file)
	}
	run, err := os.ReadFile("../.ci/run")
	require.NoError(t, err)
	assert.Equal(t, steps, list(t, `(?m)^steps=\((.*)\)$`, run, "test"), ".ci/run")
	workflow, err := os.ReadFile("../.github/workflows/ci.yml")
	require.NoError(t, err)
	assert.Equal(t, steps, list(t, `(?m)^ +step: \[(.*)\]$`, workflow), "the workflow")
}

// list returns the sorted words of the pattern's group in source, and more.
func list(t *testing.T, pattern string, source []byte, more ...string) []string {
	t.Helper()
	found := regexp.MustCompile(pattern).FindSubmatch(source)
	require.NotNil(t, found, pattern)
	words := strings.FieldsFunc(string(found[1]), func(r rune) bool { return r == ' ' || r == ',' })
	return slices.Sorted(slices.Values(append(words, more...)))
}
