package parleyredis

import (
	"os"
	"os/exec"
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/internal/testing/redisserver"
)

// TestREADME_ItsProgramRuns compares the program of README.md with examples/replicas and what it prints with the block
// behind it.
func TestREADME_ItsProgramRuns(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	blocks := regexp.MustCompile("(?s)```go\n(.*?)```\n\n```text\n(.*?)```").FindSubmatch(readme)
	require.NotNil(t, blocks)
	source, err := os.ReadFile("examples/replicas/main.go")
	require.NoError(t, err)
	assert.Equal(t, string(source), string(blocks[1]))

	command := exec.CommandContext(t.Context(), "go", "run", "./examples/replicas", redisserver.Test(t).Addr())
	command.Stderr = os.Stderr
	output, err := command.Output()
	require.NoError(t, err)
	assert.Equal(t, string(blocks[2]), string(output))
}
