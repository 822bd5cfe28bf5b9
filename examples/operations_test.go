package examples

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var (
	documented = regexp.MustCompile(`\b(GET|POST|PUT|DELETE) (/[\w/{}.-]*[\w}])`)
	row        = regexp.MustCompile("(?m)^\\| `(\\w+\\.\\w+)` \\| `([A-Z]+ [^`]+)` \\| (yes|no) \\| \\S.* \\|$")
)

// TestOperations_ListHoldsWhatTheDocstringsSay compares OPERATIONS.md with the operations that the comments of the
// methods name, both ways.
func TestOperations_ListHoldsWhatTheDocstringsSay(t *testing.T) {
	want := map[string]bool{}
	for _, vendor := range []string{"aisera", "raia", "siteassist", "syntphony"} {
		files, err := filepath.Glob("../" + vendor + "/*.go")
		require.NoError(t, err)
		for _, file := range files {
			if !strings.HasSuffix(file, "_test.go") {
				collect(t, file, want)
			}
		}
	}
	list, err := os.ReadFile("../OPERATIONS.md")
	require.NoError(t, err)
	got := map[string]bool{}
	for _, m := range row.FindAllStringSubmatch(string(list), -1) {
		got[m[1]+" "+m[2]] = true
	}
	assert.Greater(t, len(want), 75)
	for operation := range want {
		assert.True(t, got[operation], "not in the list: %s", operation)
	}
	for operation := range got {
		assert.True(t, want[operation], "in no docstring: %s", operation)
	}
}

// collect adds "Service.Method METHOD /path" of each exported method in file.
func collect(t *testing.T, file string, want map[string]bool) {
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments)
	require.NoError(t, err)
	for _, declaration := range parsed.Decls {
		f, ok := declaration.(*ast.FuncDecl)
		if !ok || f.Recv == nil || !f.Name.IsExported() {
			continue
		}
		pointer, ok := f.Recv.List[0].Type.(*ast.StarExpr)
		if !ok {
			continue
		}
		service, ok := pointer.X.(*ast.Ident)
		if !ok || !strings.HasSuffix(service.Name, "Service") && service.Name != "Client" {
			continue
		}
		for _, m := range documented.FindAllString(strings.Join(strings.Fields(f.Doc.Text()), " "), -1) {
			want[strings.TrimSuffix(service.Name, "Service")+"."+f.Name.Name+" "+m] = true
		}
	}
}
