package main

import (
	"context"
	"fmt"
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/test/bench"
	"github.com/seed-127a5941/parley/test/bench/table"
)

// TestMain lets the test binary be the children that compare starts.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && (os.Args[1] == bench.ServeFlag || os.Args[1] == childFlag) {
		if err := dispatch(context.Background(), os.Args[1:]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// TestCompare_Quick verifies that each part can be measured, stored, printed again and drawn.
func TestCompare_Quick(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, compare(t.Context(), []string{"-quick", "-store", dir}))
	require.NoError(t, compare(t.Context(), []string{"-from", dir}))
	for _, part := range bench.Parts() {
		sides, err := load(dir, part.Name)
		require.NoError(t, err)
		assert.NotEmpty(t, table.Rows(sides, bench.Ours), part.Name)
		if part.Plot != "" {
			drawn, err := os.ReadFile(dir + "/" + part.Plot + ".svg")
			require.NoError(t, err)
			assert.Contains(t, string(drawn), "<polyline", part.Name)
		}
	}
}

// TestCompare_APartThatFailsLeavesTheOthers verifies that the tables of the other parts are printed all the same.
func TestCompare_APartThatFailsLeavesTheOthers(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, compare(t.Context(), []string{"-quick", "-only", "parse", "-store", dir}))
	assert.ErrorContains(t, compare(t.Context(), []string{"-only", "parse,idle", "-from", dir}), "idle")
}

func TestOptions(t *testing.T) {
	o, err := parse([]string{"-only", "send,shared/memory"})
	require.NoError(t, err)
	assert.True(t, o.wanted("send/memory"))
	assert.True(t, o.wanted("send/loopback"))
	assert.True(t, o.wanted("shared/memory"))
	assert.False(t, o.wanted("shared/loopback"))
	_, err = parse([]string{"-rounds", "many"})
	assert.Error(t, err)
}
