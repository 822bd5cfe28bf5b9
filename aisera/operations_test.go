package aisera

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/internal/transport"
)

// This test lists every operation, and whether it may reach the server more than once.
func TestOperations_Idempotency(t *testing.T) {
	for op, idempotent := range map[*transport.Operation]bool{
		&receive: false, // it speaks
	} {
		assert.Equal(t, idempotent, op.Idempotent, op.Name)
	}
}

// The comment of the method that sends the only documented operation names it.
func TestOperations_StandInDocComments(t *testing.T) {
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	named := map[string]string{}
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
		require.NoError(t, err)
		for _, decl := range file.Decls {
			method, ok := decl.(*ast.FuncDecl)
			if !ok || method.Recv == nil {
				continue
			}
			words := strings.Fields(method.Doc.Text())
			for i, word := range words[:max(len(words)-1, 0)] {
				if word == "POST" {
					named[word+" "+strings.TrimRight(words[i+1], ".,;")] = method.Name.Name
				}
			}
		}
	}
	assert.Equal(t, map[string]string{"POST /api/receive": "Send"}, named)
	assert.Equal(t, "POST /api/receive", receive.Method+" "+receive.Path)
}
