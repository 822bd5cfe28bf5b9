package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// product is a package of the module as "go list" describes it.
type product struct {
	ImportPath, Dir                    string
	GoFiles                            []string
	Imports, TestImports, XTestImports []string
	Module                             struct{ Path string }

	importers []string // packages whose code or tests import it
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
	command := exec.Command(goCommand, "list", "-json=ImportPath,Dir,Module,GoFiles,Imports,TestImports,XTestImports",
		"./...")
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
		for _, name := range l.packages[dir].GoFiles {
			file := filepath.ToSlash(filepath.Join(dir, name))
			found, err := mutantsOf(dir, file, filepath.Join(l.packages[dir].Dir, name))
			if err != nil {
				return nil, err
			}
			all = append(all, found...)
		}
	}
	return all, nil
}
