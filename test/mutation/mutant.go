package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"slices"
	"strconv"
	"strings"
)

// mutant is one change of one place.
type mutant struct {
	Package string // directory below the root of the module, "." for package parley
	File    string // below the root, with slashes
	Line    int
	Kind    string // "comparison", "delete" and so on
	Before  string // the text that is replaced
	After   string

	offset int
}

// id names a mutant in a way that survives changes elsewhere in its file: by the text of its line and not by its
// number.
func (m mutant) id(line string) string {
	return fmt.Sprintf("%s | %s | %s -> %s", m.File, strings.TrimSpace(line), oneLine(m.Before), oneLine(m.After))
}

// oneLine shortens a text for lists.
func oneLine(text string) string {
	const longest = 60
	text = strings.Join(strings.Fields(text), " ")
	if len(text) > longest {
		text = strings.ToValidUTF8(text[:longest], "") + "..."
	}
	if text == "" {
		return "nothing"
	}
	return text
}

// apply returns the source with the change.
func (m mutant) apply(source []byte) []byte {
	return slices.Concat(source[:m.offset], []byte(m.After), source[m.offset+len(m.Before):])
}

// swaps are the operators that are exchanged.
var swaps = map[token.Token][]token.Token{
	token.LSS: {token.LEQ}, token.LEQ: {token.LSS}, token.GTR: {token.GEQ}, token.GEQ: {token.GTR},
	token.EQL: {token.NEQ}, token.NEQ: {token.EQL}, token.LAND: {token.LOR}, token.LOR: {token.LAND},
	token.ADD: {token.SUB}, token.SUB: {token.ADD}, token.MUL: {token.QUO}, token.QUO: {token.MUL},
}

// finder collects the mutants of one file.
type finder struct {
	files  *token.FileSet
	source []byte
	pkg    string
	name   string
	found  []mutant
}

// mutantsOf returns every mutant of a file.
func mutantsOf(pkg, name, path string) ([]mutant, error) {
	source, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	f := &finder{files: token.NewFileSet(), source: source, pkg: pkg, name: name}
	file, err := parser.ParseFile(f.files, path, source, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	for _, declaration := range file.Decls {
		ast.Inspect(declaration, f.visit)
	}
	return f.found, nil
}

func (f *finder) add(kind string, from, to token.Pos, after string) {
	start, end := f.files.Position(from), f.files.Position(to)
	f.found = append(f.found, mutant{
		Package: f.pkg, File: f.name, Line: start.Line, Kind: kind,
		Before: string(f.source[start.Offset:end.Offset]), After: after, offset: start.Offset,
	})
}

// visit adds the mutants of one node.
func (f *finder) visit(node ast.Node) bool {
	switch n := node.(type) {
	case *ast.ImportSpec, *ast.StructType, *ast.InterfaceType:
		return false
	case *ast.BinaryExpr:
		for _, other := range swaps[n.Op] {
			f.add("operator", n.OpPos, n.OpPos+token.Pos(len(n.Op.String())), other.String())
		}
	case *ast.UnaryExpr:
		if n.Op == token.NOT {
			f.add("negation", n.OpPos, n.OpPos+1, "")
		}
	case *ast.BasicLit:
		f.literal(n)
	case *ast.Ident:
		if n.Name == "true" || n.Name == "false" {
			f.add("boolean", n.Pos(), n.End(), strconv.FormatBool(n.Name == "false"))
		}
	case *ast.BranchStmt:
		f.branch(n)
	case *ast.ReturnStmt:
		f.result(n)
	case *ast.IfStmt:
		f.add("condition", n.Cond.Pos(), n.Cond.End(), "true || "+f.text(n.Cond))
		f.add("condition", n.Cond.Pos(), n.Cond.End(), "false && ("+f.text(n.Cond)+")")
	case *ast.ExprStmt, *ast.IncDecStmt, *ast.SendStmt, *ast.DeferStmt:
		f.add("delete", n.Pos(), n.End(), "")
	case *ast.AssignStmt:
		if n.Tok != token.DEFINE {
			f.add("delete", n.Pos(), n.End(), "")
		}
	}
	return true
}

func (f *finder) text(node ast.Node) string {
	return string(f.source[f.files.Position(node.Pos()).Offset:f.files.Position(node.End()).Offset])
}

// literal changes a number by one. Texts stay, because they are mostly messages and names of members.
func (f *finder) literal(n *ast.BasicLit) {
	if n.Kind != token.INT {
		return
	}
	if value, err := strconv.ParseInt(n.Value, 0, 64); err == nil {
		f.add("number", n.Pos(), n.End(), strconv.FormatInt(value+1, 10))
	}
}

func (f *finder) branch(n *ast.BranchStmt) {
	switch {
	case n.Label != nil:
	case n.Tok == token.BREAK:
		f.add("branch", n.Pos(), n.End(), "continue")
	case n.Tok == token.CONTINUE:
		f.add("branch", n.Pos(), n.End(), "break")
	}
}

// result returns nil in place of an error.
func (f *finder) result(n *ast.ReturnStmt) {
	if len(n.Results) == 0 {
		return
	}
	if last, ok := n.Results[len(n.Results)-1].(*ast.Ident); ok && last.Name == "err" {
		f.add("error", last.Pos(), last.End(), "nil")
	}
}
