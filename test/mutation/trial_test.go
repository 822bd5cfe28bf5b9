package main

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// write writes files by their paths and returns their directory.
func write(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	}
	return dir
}

// tiny is a module of two packages. The tests of low notice some mutants, and those of high another one.
func tiny(t *testing.T) string {
	return write(t, map[string]string{
		"go.mod": "module example.com/tiny\n\ngo 1.26.0\n",
		"low/low.go": `package low

func Max(a, b int) int {
	if a < b {
		return b
	}
	return a
}

func Double(a int) int { return a * 2 }
`,
		"low/low_test.go": `package low

import "testing"

func TestMax(t *testing.T) {
	if Max(1, 2) != 2 || Max(2, 1) != 2 {
		t.Fatal()
	}
}
`,
		"high/high.go": "package high\n\nimport \"example.com/tiny/low\"\n\nfunc Four() int { return low.Double(2) }\n",
		"high/high_test.go": `package high

import "testing"

func TestFour(t *testing.T) {
	if Four() != 4 {
		t.Fatal()
	}
}
`,
	})
}

func TestTrial_EachOutcome(t *testing.T) {
	root := tiny(t)
	l, err := list("go", root)
	require.NoError(t, err)
	assert.Equal(t, []string{"./high"}, l.packages["low"].importers)
	all, err := l.mutants(regexp.MustCompile("low"))
	require.NoError(t, err)
	trying := &trial{listing: l, goCommand: "go", timeout: time.Minute, scratch: t.TempDir(), sound: map[string]bool{}}
	outcomes := map[string]string{}
	for _, m := range all {
		r, err := trying.run(t.Context(), m, nil)
		require.NoError(t, err)
		outcomes[r.Before+" -> "+r.After] = r.Outcome
	}
	assert.Equal(t, map[string]string{
		"< -> <=": survived, "a < b -> true || a < b": noticed, "a < b -> false && (a < b)": noticed,
		"* -> /": importers, "2 -> 3": importers,
	}, outcomes)
	source, err := os.ReadFile(filepath.Join(root, "low", "low.go"))
	require.NoError(t, err)
	assert.Contains(t, string(source), "a < b", "the work tree stays as it is")

	r, err := trying.run(t.Context(), mutant{
		Package: "low", File: "low/low.go", Line: 4, Before: "if", After: "of",
		offset: strings.Index(string(source), "if"),
	}, nil)
	require.NoError(t, err)
	assert.Equal(t, unviable, r.Outcome)
}

func TestTrial_TestsThatFailAnywayNoticeNothing(t *testing.T) {
	root := tiny(t)
	require.NoError(t, os.WriteFile(filepath.Join(root, "low", "red_test.go"),
		[]byte("package low\n\nimport \"testing\"\n\nfunc TestRed(t *testing.T) { t.Fatal() }\n"), 0o600))
	l, err := list("go", root)
	require.NoError(t, err)
	all, err := l.mutants(regexp.MustCompile("low"))
	require.NoError(t, err)
	trying := &trial{listing: l, goCommand: "go", timeout: time.Minute, scratch: t.TempDir(), sound: map[string]bool{}}
	_, err = trying.run(t.Context(), all[0], nil)
	assert.ErrorContains(t, err, "fail without any mutant")
}

func TestLineOf(t *testing.T) {
	assert.Equal(t, "b", lineOf([]byte("a\nb\n"), 2))
	assert.Equal(t, "line 9", lineOf([]byte("a"), 9))
}

func TestQuiet_WaitsWhileTheLoadIsHigh(t *testing.T) {
	require.NoError(t, quiet(t.Context(), 0))
	require.NoError(t, quiet(t.Context(), 1e9))
	if _, err := os.Stat("/proc/loadavg"); err == nil {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		assert.ErrorIs(t, quiet(ctx, 1e-9), context.Canceled)
	}
}
