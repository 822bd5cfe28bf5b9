package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"sync"
)

// build compiles many mutants at once, and one test binary of each package with them.
type build struct {
	*trial
	numbers  map[string]int        // by the id of the mutant
	files    map[string][]numbered // by file, with the mutants that compile
	rendered map[string]rendered   // by the path of the file that replaces another
	overlay  string
	binaries map[string]string // by directory of the package, the test binary

	exploring sync.Mutex
	suites    map[string]*suite // by directory of the package
}

// rendered is a file with its mutants.
type rendered struct{ name, text string }

// newBuild renders the mutants and leaves out those that do not compile among the others.
func newBuild(ctx context.Context, t *trial, mutants []mutant) (*build, error) {
	b := &build{trial: t, numbers: map[string]int{}, files: map[string][]numbered{}, binaries: map[string]string{},
		suites: map[string]*suite{}}
	for i, m := range mutants {
		if m.form != alone {
			b.files[m.File] = append(b.files[m.File], numbered{m, i + 1})
		}
	}
	for {
		if err := b.render(len(mutants) + 1); err != nil {
			return nil, err
		}
		ok, output, err := t.goes(ctx, "build", "-gcflags=-e", "-overlay", b.overlay, "./...")
		if err != nil {
			return nil, err
		}
		if ok {
			break
		}
		if !b.drop(output) {
			return nil, fmt.Errorf("the mutants do not compile together:\n%s", output)
		}
	}
	for _, list := range b.files {
		for _, m := range list {
			b.numbers[m.key()] = m.number
		}
	}
	return b, nil
}

// render writes the overlay of all files.
func (b *build) render(size int) error {
	b.rendered = map[string]rendered{}
	replace := map[string]string{}
	dir, err := os.MkdirTemp(b.scratch, "many")
	if err != nil {
		return err
	}
	add := func(path string, r rendered) error {
		if replace[path] == "" {
			replace[path] = filepath.Join(dir, fmt.Sprint(len(replace), ".go"))
		}
		b.rendered[replace[path]] = r
		return os.WriteFile(replace[path], []byte(r.text), 0o600)
	}
	for name, list := range b.files {
		path := filepath.Join(b.root, filepath.FromSlash(name))
		source, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		text := render(source, list)
		if !parses(text) {
			return fmt.Errorf("%s does not parse with its mutants", name)
		}
		p := b.packages[list[0].Package]
		if err := errors.Join(add(path, rendered{name, text}),
			add(filepath.Join(p.Dir, "mutants.go"), rendered{text: fmt.Sprintf(chooser, p.Name, size)})); err != nil {
			return err
		}
	}
	encoded, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return err
	}
	b.overlay = filepath.Join(dir, "overlay.json")
	return os.WriteFile(b.overlay, encoded, 0o600)
}

var compileError = regexp.MustCompile(`(?m)^(\S+\.go):(\d+):(\d+): (.*)`)

// drop leaves out the mutants that the compiler complains about, and reports whether there was one.
func (b *build) drop(output string) bool {
	dropped := false
	for _, found := range compileError.FindAllStringSubmatch(output, -1) {
		path := found[1]
		if !filepath.IsAbs(path) {
			path = filepath.Join(b.root, path)
		}
		line, _ := strconv.Atoi(found[2])
		column, _ := strconv.Atoi(found[3])
		file := b.rendered[path]
		list := b.files[file.name]
		guilty := blame(file.text, line, column)
		kept := slices.DeleteFunc(slices.Clone(list), func(m numbered) bool {
			return m.number == guilty || guilty == 0
		})
		dropped = dropped || len(kept) < len(list)
		if b.files[file.name] = kept; len(kept) == 0 {
			delete(b.files, file.name)
		}
	}
	return dropped
}

// binary returns the test binary of a package with the mutants, and "" if the package has no tests.
func (b *build) binary(ctx context.Context, dir string) (string, error) {
	if path, ok := b.binaries[dir]; ok {
		return path, nil
	}
	path := filepath.Join(b.scratch, fmt.Sprintf("%d.test", len(b.binaries)))
	ok, output, err := b.goes(ctx, "test", "-c", "-o", path, "-overlay", b.overlay, "-gcflags=-e",
		"-vet=off", "-ldflags=-w -s", "./"+dir)
	if err != nil || !ok {
		return "", fmt.Errorf("compile the tests of %s: %w\n%s", dir, err, output)
	}
	if _, err := os.Stat(path); err != nil {
		path = ""
	}
	b.binaries[dir] = path
	return path, nil
}
