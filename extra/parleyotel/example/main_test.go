package main

import (
	"io"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestMain_IsTheProgramOfTheGuide runs the program and compares it and its output with docs/observability.md.
func TestMain_IsTheProgramOfTheGuide(t *testing.T) {
	reader, writer, err := os.Pipe()
	require.NoError(t, err)
	stdout, stderr := os.Stdout, os.Stderr
	silent, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	require.NoError(t, err)
	os.Stdout, os.Stderr = writer, silent
	main()
	os.Stdout, os.Stderr = stdout, stderr
	require.NoError(t, writer.Close())
	require.NoError(t, silent.Close())
	output, err := io.ReadAll(reader)
	require.NoError(t, err)

	source, err := os.ReadFile("main.go")
	require.NoError(t, err)
	guide, err := os.ReadFile("../../../docs/observability.md")
	require.NoError(t, err)
	block := "```go\n" + string(source) + "```\n\n```text\n" + string(output) + "```\n"
	assert.True(t, strings.Contains(string(guide), block), "docs/observability.md lacks this:\n%s", block)
}
