package main

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestRun_TellsWhatIsWrong(t *testing.T) {
	var out, problems bytes.Buffer
	assert.Equal(t, 2, run(t.Context(), []string{"-no-such-flag"}, &out, &problems))
	assert.Equal(t, 1, run(t.Context(), []string{"-root", t.TempDir(), "-seed", "7"}, &out, &problems))
	assert.Contains(t, out.String(), "seed 7")
	assert.Contains(t, problems.String(), "missing")
	assert.Equal(t, 1, run(t.Context(), []string{"-logs", t.TempDir()}, &out, &problems))
}
