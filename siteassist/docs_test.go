package siteassist

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// documented is the vendor's endpoint index.
var documented = []string{
	"POST /identity/init", "GET /identity/me", "GET /conversations", "POST /conversations",
	"GET /conversations/{conversationId}", "POST /conversations/{conversationId}/close",
	"GET /conversations/{conversationId}/messages", "POST /conversations/{conversationId}/messages",
	"POST /messages/{messageId}/feedback", "POST /chat/completions", "GET /search", "GET /projects/current",
	"GET /projects/{projectId}/qnas", "GET /projects/{projectId}/qnas/{qnaId}",
	"GET /conversations/{conversationId}/ws",
}

var named = regexp.MustCompile(`(?s)It\s+calls\s+((?:GET|POST|PUT|PATCH|DELETE)\s+/\S+?)[\s.]`)

// TestDocs_EveryOperationHasAMethodAndSaysSo reads the docstrings. Each method of a service must name one documented
// operation, and each documented operation must have a method.
func TestDocs_EveryOperationHasAMethodAndSaysSo(t *testing.T) {
	var said []string
	for name, doc := range serviceMethods(t) {
		found := named.FindStringSubmatch(doc + " ")
		if assert.NotNil(t, found, "%s names no operation", name) {
			operation := strings.Join(strings.Fields(found[1]), " ")
			assert.Contains(t, documented, operation, name)
			said = append(said, operation)
		}
		assert.Regexp(t, `docs\.siteassist\.io|seen\s+only\s+in\s+the\s+vendor's\s+widget`, doc,
			name+" names no source")
	}
	for _, operation := range documented {
		assert.Contains(t, said, operation, "no method calls it")
	}
}

// TestDocs_TheTableHasEveryMethod holds the table of operations against the methods.
func TestDocs_TheTableHasEveryMethod(t *testing.T) {
	methods := serviceMethods(t)
	for _, o := range operations {
		doc, ok := methods[o.name]
		require.True(t, ok, o.name)
		assert.Contains(t, strings.Join(strings.Fields(doc), " "), o.op.Method+" "+o.op.Path, o.name)
		delete(methods, o.name)
	}
	delete(methods, "Conversations.Events") // its WebSocket is tried in the tests of events.go
	assert.Empty(t, methods, "not in the table")
}

// serviceMethods returns the docstrings of the services' exported methods, by "Service.Method".
func serviceMethods(t *testing.T) map[string]string {
	docs := map[string]string{}
	names, err := filepath.Glob("*.go")
	require.NoError(t, err)
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments|parser.SkipObjectResolution)
		require.NoError(t, err)
		for _, decl := range file.Decls {
			if f, ok := decl.(*ast.FuncDecl); ok && f.Recv != nil && f.Name.IsExported() {
				if service, ok := strings.CutSuffix(receiver(f), "Service"); ok {
					docs[service+"."+f.Name.Name] = f.Doc.Text()
				}
			}
		}
	}
	require.NotEmpty(t, docs)
	return docs
}

// receiver returns the name of a method's receiver type, or "" if that is not a pointer.
func receiver(f *ast.FuncDecl) string {
	if star, ok := f.Recv.List[0].Type.(*ast.StarExpr); ok {
		return star.X.(*ast.Ident).Name
	}
	return ""
}
