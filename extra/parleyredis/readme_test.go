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

// TestREADME_ItsProgramRuns compares the programs of README.md and of docs/replicas.md with those in examples, and what
// these print with the blocks behind them.
func TestREADME_ItsProgramRuns(t *testing.T) {
	for document, program := range map[string]string{
		"README.md": "replicas", "../../docs/replicas.md": "service",
	} {
		text, err := os.ReadFile(document)
		require.NoError(t, err)
		blocks := regexp.MustCompile("(?s)```go\n(.*?)```\n\n```text\n(.*?)```").FindSubmatch(text)
		require.NotNil(t, blocks, document)
		source, err := os.ReadFile("examples/" + program + "/main.go")
		require.NoError(t, err)
		assert.Equal(t, string(source), string(blocks[1]))

		command := exec.CommandContext(t.Context(), "go", "run", "./examples/"+program, redisserver.Test(t).Addr())
		command.Stderr = os.Stderr
		output, err := command.Output()
		require.NoError(t, err)
		assert.Equal(t, string(blocks[2]), string(output))
	}
}
