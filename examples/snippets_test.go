// Package examples holds programs only. Its tests hold the documents, the workflow and the layout to the code.
package examples

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var (
	// fence finds the blocks of Go code of a document, each with the block of text behind it that shows its output.
	fence = regexp.MustCompile("(?ms)^```go\n(.*?)^```\n(?:\n(?:[^\n`]+:\n\n)?```text\n(.*?)^```\n)?")
	// elsewhere finds the imports of modules that the main module does not require. Tests of those modules hold the
	// snippets that use them.
	elsewhere = regexp.MustCompile(`"(github\.com/seed-127a5941/parley/extra|github\.com/redis|go\.opentelemetry\.io)`)
	mainFunc  = regexp.MustCompile(`(?m)^func main\(\)`)
)

// program is a snippet of a document: a whole program with the output that the document shows.
type program struct {
	document, source, output string
}

// programs returns the snippets of the README and of docs.
func programs(t *testing.T) []program {
	t.Helper()
	documents, err := filepath.Glob("../docs/*.md")
	require.NoError(t, err)
	var found []program
	for _, document := range append(documents, "../README.md") {
		text, err := os.ReadFile(document)
		require.NoError(t, err)
		for _, m := range fence.FindAllStringSubmatch(string(text), -1) {
			if !elsewhere.MatchString(m[1]) {
				found = append(found, program{filepath.Base(document), m[1], m[2]})
			}
		}
	}
	return found
}

// TestSnippets_RunAndPrintWhatTheDocumentSays builds every snippet of the documents into one program, because linking
// each alone would take longer than all tests of this package, and runs them one by one.
func TestSnippets_RunAndPrintWhatTheDocumentSays(t *testing.T) {
	t.Parallel()
	snippets := programs(t)
	require.GreaterOrEqual(t, len(snippets), 10)
	binary := buildSnippets(t, snippets)
	for i, s := range snippets {
		t.Run(fmt.Sprintf("%s_%d", s.document, i), func(t *testing.T) {
			t.Parallel()
			output, err := exec.CommandContext(t.Context(), binary, fmt.Sprint(i)).Output()
			require.NoError(t, err, "%s\n%s", s.source, output)
			assert.Equal(t, s.output, string(output), "the output that %s shows\n%s", s.document, s.source)
		})
	}
}

// buildSnippets writes each snippet as a package with a func Main, and a program that calls the one whose number is
// its argument.
func buildSnippets(t *testing.T, snippets []program) string {
	t.Helper()
	root, err := filepath.Abs("..")
	require.NoError(t, err)
	files := map[string]string{}
	var imports, cases strings.Builder
	for i, s := range snippets {
		require.True(t, strings.HasPrefix(s.source, "package main\n"), "%s: a snippet is a whole program\n%s",
			s.document, s.source)
		source := mainFunc.ReplaceAllString(strings.Replace(s.source, "package main", fmt.Sprintf("package s%d", i), 1),
			"func Main()")
		files[fmt.Sprintf("s%d/snippet.go", i)] = source
		fmt.Fprintf(&imports, "import \"github.com/seed-127a5941/parley/examples/snippets/s%d\"\n", i)
		fmt.Fprintf(&cases, "\tcase %q:\n\t\ts%d.Main()\n", fmt.Sprint(i), i)
	}
	files["main.go"] = "package main\n\nimport \"os\"\n" + imports.String() +
		"\nfunc main() {\n\tswitch os.Args[1] {\n" + cases.String() + "\t}\n}\n"
	binary := filepath.Join(t.TempDir(), "snippets")
	overlaid := overlay(t, root, files)
	how := []string{"build", "-o", binary, "-overlay", overlaid, "./examples/snippets"}
	if _, err := exec.LookPath("cp"); err == nil {
		// Unlike go build, go run keeps a linked program in the build cache. Here it does not run it, but copies it.
		how = []string{"run", "-exec", "cp", "-overlay", overlaid, "./examples/snippets", binary}
	}
	build := exec.CommandContext(t.Context(), "go", how...)
	build.Dir = root
	output, err := build.CombinedOutput()
	require.NoError(t, err, string(output))
	return binary
}

// overlay writes files for the build as if they stood below examples/snippets, and returns the path of the list.
func overlay(t *testing.T, root string, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	replace := map[string]string{}
	for name, source := range files {
		written := filepath.Join(dir, strings.ReplaceAll(name, "/", "_"))
		require.NoError(t, os.WriteFile(written, []byte(source), 0o600))
		replace[filepath.Join(root, "examples", "snippets", filepath.FromSlash(name))] = written
	}
	encoded, err := json.Marshal(map[string]any{"Replace": replace})
	require.NoError(t, err)
	list := filepath.Join(dir, "overlay.json")
	require.NoError(t, os.WriteFile(list, encoded, 0o600))
	return list
}
