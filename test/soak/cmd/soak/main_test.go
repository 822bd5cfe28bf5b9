package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestRun_PrintsTheLedger(t *testing.T) {
	var out, problems strings.Builder
	code := run(t.Context(), []string{"-seed", "5", "-calls", "800", "-messages", "100", "-duration", "30s"}, &out,
		&problems)
	assert.Equal(t, 0, code, "%s%s", out.String(), problems.String())
	assert.Contains(t, out.String(), "seed 5")
	assert.Contains(t, out.String(), "     0  processed twice\n")
	assert.Contains(t, out.String(), "the ledger holds")
}

func TestRun_UnknownFlag(t *testing.T) {
	var out, problems strings.Builder
	assert.Equal(t, 2, run(t.Context(), []string{"-nonsense"}, &out, &problems))
	assert.Contains(t, problems.String(), "-nonsense")
}
