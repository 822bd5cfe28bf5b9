package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestExplore_ATestThatFailsAnywayIsLeftOut(t *testing.T) {
	root := tiny(t)
	require.NoError(t, os.WriteFile(filepath.Join(root, "low", "red_test.go"),
		[]byte("package low\n\nimport \"testing\"\n\nfunc TestRed(t *testing.T) { t.Fatal(Double(1)) }\n"), 0o600))
	trying, all := trialOf(t, root, "low")
	many, err := newBuild(t.Context(), trying, all)
	require.NoError(t, err)
	s, err := many.suite(t.Context(), "low")
	require.NoError(t, err)
	require.Len(t, s.tests, 1)
	assert.Equal(t, "TestMax", s.tests[0].name)
	assert.Len(t, s.tests[0].reached, 3, "Max has three mutants")
}
