package examples_test

import (
	"fmt"
	"go/ast"
	"go/doc"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// tracked returns the files of the repository that match a pattern of git, in order.
func tracked(t *testing.T, pattern string) []string {
	t.Helper()
	list := exec.CommandContext(t.Context(), "git", "ls-files", "--cached", "--others", "--exclude-standard", "--",
		pattern)
	list.Dir = ".."
	output, err := list.Output()
	require.NoError(t, err)
	return slices.Sorted(strings.FieldsSeq(string(output)))
}

// parse reads a Go file of the repository with its comments.
func parse(t *testing.T, file string, modes ...parser.Mode) *ast.File {
	t.Helper()
	mode := parser.ParseComments
	for _, m := range modes {
		mode |= m
	}
	parsed, err := parser.ParseFile(token.NewFileSet(), filepath.Join("..", file), nil, mode)
	require.NoError(t, err)
	return parsed
}

// index returns docs/examples.md as it must read: the programs with the first sentence of their package comments, and
// the Example functions of the library's packages.
func index(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("# Examples\n\n## Programs\n\n")
	for _, file := range tracked(t, "examples/*/main.go") {
		comment := strings.Join(strings.Fields(parse(t, file).Doc.Text()), " ")
		fmt.Fprintf(&b, "- [%s](../%s): %s\n", filepath.Base(filepath.Dir(file)), file,
			new(doc.Package).Synopsis(comment))
	}
	b.WriteString("\n## In the reference\n\nEach of these functions is a test, and `go doc` and pkg.go.dev show it " +
		"beside the name " +
		"that it explains.\n\n| package | examples |\n|---|---|\n")
	for _, file := range tracked(t, "*example_test.go") {
		if strings.HasPrefix(file, "internal/") || strings.HasPrefix(file, "test/") {
			continue
		}
		var names []string
		for _, example := range doc.Examples(parse(t, file)) {
			names = append(names, "`Example"+example.Name+"`")
		}
		path := strings.TrimSuffix("parley/"+filepath.Dir(file), "/.")
		fmt.Fprintf(&b, "| [%s](../%s) | %s |\n", path, file, strings.Join(names, ", "))
	}
	return b.String()
}

// TestIndex_ListsAllExamples compares docs/examples.md with the programs and the Example functions that there are.
func TestIndex_ListsAllExamples(t *testing.T) {
	const page = "../docs/examples.md"
	want := index(t)
	if *update {
		require.NoError(t, os.WriteFile(page, []byte(want), 0o600))
	}
	got, err := os.ReadFile(page)
	require.NoError(t, err)
	assert.Equal(t, want, string(got), "go test ./examples -run Index -update writes it")
}
