package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
)

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
	path   []ast.Node // from the declaration to the node that is visited
	found  []mutant
}

// mutantsOf returns every mutant of a file.
func mutantsOf(pkg, name string, source []byte) ([]mutant, error) {
	f := &finder{files: token.NewFileSet(), source: source, pkg: pkg, name: name}
	file, err := parser.ParseFile(f.files, name, source, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	for _, declaration := range file.Decls {
		ast.PreorderStack(declaration, nil, func(node ast.Node, above []ast.Node) bool {
			f.path = append(above, node)
			return f.visit(node)
		})
	}
	number(f.found, source)
	return f.found, nil
}

// number tells mutants apart that would have the same id.
func number(found []mutant, source []byte) {
	seen := map[string]int{}
	lines := strings.Split(string(source), "\n")
	for i := range found {
		id := found[i].id(lines[found[i].Line-1])
		seen[id]++
		found[i].nth = seen[id]
	}
}

// add adds a mutant that replaces the text from one position to another. Its form applies to the node in.
func (f *finder) add(kind string, from, to token.Pos, after string, how form, in ast.Node) {
	start, end := f.files.Position(from), f.files.Position(to)
	if f.isConstant() {
		how = alone
	}
	f.found = append(f.found, mutant{
		Package: f.pkg, File: f.name, Line: start.Line, Kind: kind,
		Before: string(f.source[start.Offset:end.Offset]), After: after, offset: start.Offset,
		form: how, from: f.files.Position(in.Pos()).Offset, to: f.files.Position(in.End()).Offset,
	})
}

// isConstant reports whether the node that is visited belongs to a declaration of constants.
func (f *finder) isConstant() bool {
	for _, node := range f.path {
		if declaration, ok := node.(*ast.GenDecl); ok && declaration.Tok == token.CONST {
			return true
		}
	}
	return false
}

// visit adds the mutants of one node.
func (f *finder) visit(node ast.Node) bool {
	switch n := node.(type) {
	case *ast.ImportSpec, *ast.StructType, *ast.InterfaceType:
		return false
	case *ast.BinaryExpr:
		how, in := f.formOf()
		for _, other := range swaps[n.Op] {
			if other == token.QUO && how == pick {
				how = alone // the divisor may be zero where this mutant is not chosen
			}
			f.add("operator", n.OpPos, n.OpPos+token.Pos(len(n.Op.String())), other.String(), how, in)
		}
	case *ast.UnaryExpr:
		if n.Op == token.NOT {
			f.add("negation", n.OpPos, n.OpPos+1, "", choice, n)
		}
	case *ast.BasicLit:
		f.literal(n)
	case *ast.Ident:
		if n.Name == "true" || n.Name == "false" {
			f.add("boolean", n.Pos(), n.End(), strconv.FormatBool(n.Name == "false"), pick, n)
		}
	case *ast.BranchStmt:
		f.branch(n)
	case *ast.ReturnStmt:
		f.result(n)
	case *ast.IfStmt:
		f.add("condition", n.Cond.Pos(), n.Cond.End(), "true || "+f.text(n.Cond), always, n.Cond)
		f.add("condition", n.Cond.Pos(), n.Cond.End(), "false && ("+f.text(n.Cond)+")", never, n.Cond)
	case *ast.ExprStmt, *ast.IncDecStmt, *ast.SendStmt, *ast.DeferStmt:
		f.add("delete", n.Pos(), n.End(), "", f.statement(skipped), n)
	case *ast.AssignStmt:
		if n.Tok != token.DEFINE {
			f.add("delete", n.Pos(), n.End(), "", f.statement(skipped), n)
		}
	}
	return true
}

// statement returns alone in place of how unless the node that is visited is an entry of a list of statements.
func (f *finder) statement(how form) form {
	if len(f.path) < 2 {
		return alone
	}
	var list []ast.Stmt
	switch parent := f.path[len(f.path)-2].(type) {
	case *ast.BlockStmt:
		list = parent.List
	case *ast.CaseClause:
		list = parent.Body
	case *ast.CommClause:
		list = parent.Body
	}
	for _, entry := range list {
		if entry == f.path[len(f.path)-1] {
			return how
		}
	}
	return alone
}

// formOf returns the form for a change within the expression that is visited, and the expression to which it applies:
// the comparison around it, or the whole sum or product.
func (f *finder) formOf() (form, ast.Expr) {
	in, _ := f.path[len(f.path)-1].(ast.Expr)
	for i := len(f.path) - 1; i >= 0; i-- {
		switch n := f.path[i].(type) {
		case *ast.BinaryExpr:
			in = n
			if isCondition(n.Op) {
				return choice, n
			}
		case *ast.ParenExpr, *ast.UnaryExpr, *ast.BasicLit:
			in, _ = n.(ast.Expr)
		default:
			i = 0
		}
	}
	if isPure(in) {
		return pick, in
	}
	return alone, in
}

func isCondition(op token.Token) bool {
	switch op {
	case token.EQL, token.NEQ, token.LSS, token.LEQ, token.GTR, token.GEQ, token.LAND, token.LOR:
		return true
	}
	return false
}

// isPure reports whether an expression can be evaluated twice.
func isPure(e ast.Expr) bool {
	pure := true
	ast.Inspect(e, func(node ast.Node) bool {
		switch n := node.(type) {
		case *ast.CallExpr:
			pure = pure && isBuiltin(n.Fun)
		case *ast.FuncLit:
			pure = false
		case *ast.UnaryExpr:
			pure = pure && n.Op != token.ARROW && n.Op != token.AND
		}
		return pure
	})
	return pure
}

func isBuiltin(fun ast.Expr) bool {
	switch n := fun.(type) {
	case *ast.Ident:
		switch n.Name {
		case "len", "cap", "min", "max", "int", "int32", "int64", "byte", "rune", "uint", "uint16", "uint32", "uint64",
			"float64", "string":
			return true
		}
	case *ast.SelectorExpr:
		return n.Sel.Name == "Duration"
	}
	return false
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
		how, in := f.formOf()
		f.add("number", n.Pos(), n.End(), strconv.FormatInt(value+1, 10), how, in)
	}
}

func (f *finder) branch(n *ast.BranchStmt) {
	switch {
	case n.Label != nil:
	case n.Tok == token.BREAK:
		f.add("branch", n.Pos(), n.End(), "continue", f.statement(otherwise), n)
	case n.Tok == token.CONTINUE:
		f.add("branch", n.Pos(), n.End(), "break", f.statement(otherwise), n)
	}
}

// result returns nil in place of an error.
func (f *finder) result(n *ast.ReturnStmt) {
	if len(n.Results) == 0 {
		return
	}
	if last, ok := n.Results[len(n.Results)-1].(*ast.Ident); ok && last.Name == "err" {
		f.add("error", last.Pos(), last.End(), "nil", pick, last)
	}
}
