package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// product is a package of the module as "go list" describes it.
type product struct {
	ImportPath, Dir, Name              string
	GoFiles                            []string
	Imports, TestImports, XTestImports []string
	Module                             struct{ Path string }

	importers []string          // packages whose code or tests import it
	sources   map[string][]byte // by path below the root, of the files with mutants
}

// helpers are packages that no user runs.
var helpers = regexp.MustCompile(`^(examples|cmd|chat/internal|internal/testing)(/|$)|/\w+test$`)

// dir returns the path below the root of the module, "." for the root.
func (l *listing) dir(importPath string) string {
	if importPath == l.module {
		return "."
	}
	return strings.TrimPrefix(importPath, l.module+"/")
}

// listing is the module whose product is changed.
type listing struct {
	root     string
	module   string
	packages map[string]*product // by directory
}

// list asks "go list" for the packages of the module at root.
func list(goCommand, root string) (*listing, error) {
	command := exec.Command(goCommand, "list",
		"-json=ImportPath,Dir,Name,Module,GoFiles,Imports,TestImports,XTestImports", "./...")
	command.Dir = root
	output, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("go list in %s: %w", root, err)
	}
	l := &listing{root: root, packages: map[string]*product{}}
	for decoder := json.NewDecoder(bytes.NewReader(output)); ; {
		p := new(product)
		if err := decoder.Decode(p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, err
		}
		l.module = p.Module.Path
		l.packages[p.ImportPath] = p
	}
	byDir := map[string]*product{}
	for path, p := range l.packages {
		byDir[l.dir(path)] = p
	}
	l.packages = byDir
	l.findImporters()
	return l, nil
}

func (l *listing) findImporters() {
	for dir, p := range l.packages {
		for _, path := range slices.Concat(p.Imports, p.TestImports, p.XTestImports) {
			imported, ok := l.packages[l.dir(path)]
			if ok && strings.HasPrefix(path, l.module) && imported != p &&
				!slices.Contains(imported.importers, "./"+dir) {
				imported.importers = append(imported.importers, "./"+dir)
			}
		}
	}
	for _, p := range l.packages {
		slices.Sort(p.importers)
	}
}

// mutants returns every mutant of the product's packages that match.
func (l *listing) mutants(match *regexp.Regexp) ([]mutant, error) {
	var all []mutant
	for _, dir := range slices.Sorted(keys(l.packages)) {
		if helpers.MatchString(dir) || !match.MatchString(dir) {
			continue
		}
		l.packages[dir].sources = map[string][]byte{}
		for _, name := range l.packages[dir].GoFiles {
			file := filepath.ToSlash(filepath.Join(dir, name))
			source, err := os.ReadFile(filepath.Join(l.packages[dir].Dir, name))
			if err != nil {
				return nil, err
			}
			found, err := mutantsOf(dir, file, source)
			if err != nil {
				return nil, err
			}
			l.packages[dir].sources[file] = source
			all = append(all, found...)
		}
	}
	return all, nil
}

// idOf returns the id of a mutant of the listing.
func (l *listing) idOf(m mutant) (string, error) {
	p := l.packages[m.Package]
	source, ok := p.sources[m.File]
	if !ok {
		return "", fmt.Errorf("%s has no file %s", m.Package, m.File)
	}
	return m.id(lineOf(source, m.Line)), nil
}
