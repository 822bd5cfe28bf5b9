package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"
)

// The outcomes of a trial.
const (
	noticed   = "noticed"   // by the tests of its own package
	importers = "importers" // by the tests of the packages that import it
	hung      = "hung"      // the tests did not end in time, which a person notices too
	survived  = "survived"
	unviable  = "unviable" // it does not compile
)

// result is the outcome of one mutant.
type result struct {
	mutant
	ID      string
	Outcome string
	By      string // the test that noticed it, if that is known
	Seconds float64
}

// trial runs the tests against mutants.
type trial struct {
	*listing
	goCommand string
	timeout   time.Duration // of the tests of one package
	scratch   string        // a directory for overlays
	short     bool          // the tests run with -short
	load      float64       // no trial begins while the load of the machine is above it; zero means any load

	equivalents map[string]string // the reasons by id; -again does not try these

	mu    sync.Mutex
	sound map[string]bool // packages whose tests pass without a mutant
}

// check fails if the tests of a package fail without any mutant, because then they notice nothing.
func (t *trial) check(ctx context.Context, name string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.sound[name] {
		return nil
	}
	ok, output, err := t.goes(ctx, "test", "-vet=off", t.shortFlag(), "-timeout", t.timeout.String(), name)
	if err != nil {
		return err
	}
	if !ok {
		return fmt.Errorf("the tests of %s fail without any mutant:\n%s", name, output)
	}
	t.sound[name] = true
	return nil
}

// run changes the file and runs the tests. It chooses the mutant from many, if it was compiled among them.
func (t *trial) run(ctx context.Context, m mutant, many *build) (result, error) {
	if err := quiet(ctx, t.load); err != nil {
		return result{}, err
	}
	began := time.Now()
	source, err := os.ReadFile(filepath.Join(t.root, filepath.FromSlash(m.File)))
	if err != nil {
		return result{}, err
	}
	r := result{mutant: m, ID: m.id(lineOf(source, m.Line))}
	if many != nil && many.numbers[m.key()] > 0 {
		r.Outcome, r.By, err = many.try(ctx, m)
	} else {
		r.Outcome, err = t.alone(ctx, m, source)
	}
	r.Seconds = time.Since(began).Round(time.Second / 10).Seconds()
	return r, err
}

// alone compiles a mutant by itself and runs the tests.
func (t *trial) alone(ctx context.Context, m mutant, source []byte) (string, error) {
	changed := m.apply(source)
	if !parses(string(changed)) {
		return unviable, nil
	}
	overlay, err := t.overlay(filepath.Join(t.root, filepath.FromSlash(m.File)), changed)
	if err != nil {
		return "", err
	}
	return t.outcome(ctx, m, overlay)
}

// outcome runs the tests of the package and of those that import it, one after the other, until one notices the mutant.
func (t *trial) outcome(ctx context.Context, m mutant, overlay string) (string, error) {
	for i, name := range append([]string{"./" + m.Package}, t.packages[m.Package].importers...) {
		ok, output, err := t.test(ctx, overlay, name)
		if err != nil {
			return "", err
		}
		if ok {
			continue
		}
		if strings.Contains(output, "[build failed]") {
			return unviable, nil
		}
		if err := t.check(ctx, name); err != nil {
			return "", err
		}
		switch {
		case strings.Contains(output, "panic: test timed out"):
			return hung, nil
		case i > 0:
			return importers, nil
		}
		return noticed, nil
	}
	return survived, nil
}

func (t *trial) test(ctx context.Context, overlay string, name string) (bool, string, error) {
	return t.goes(ctx, "test", "-overlay", overlay, "-vet=off", "-ldflags=-w -s", "-failfast",
		t.shortFlag(), "-timeout", t.timeout.String(), name)
}

func (t *trial) shortFlag() string { return fmt.Sprintf("-short=%t", t.short) }

// goes runs the go command and reports whether it succeeded, and what it printed.
func (t *trial) goes(ctx context.Context, arguments ...string) (bool, string, error) {
	command := exec.CommandContext(ctx, t.goCommand, arguments...)
	command.Dir = t.root
	var output bytes.Buffer
	command.Stdout, command.Stderr = &output, &output
	err := command.Run()
	if ctx.Err() != nil {
		return false, "", ctx.Err()
	}
	if _, failed := errors.AsType[*exec.ExitError](err); failed {
		return false, output.String(), nil
	}
	return err == nil, output.String(), err
}

// overlay writes the changed file and the list that replaces the original by it.
func (t *trial) overlay(path string, changed []byte) (string, error) {
	dir, err := os.MkdirTemp(t.scratch, "mutant")
	if err != nil {
		return "", err
	}
	file := filepath.Join(dir, filepath.Base(path))
	encoded, err := json.Marshal(map[string]any{"Replace": map[string]string{path: file}})
	if err != nil {
		return "", err
	}
	list := filepath.Join(dir, "overlay.json")
	return list, errors.Join(os.WriteFile(file, changed, 0o600), os.WriteFile(list, encoded, 0o600))
}

// lineOf returns a line of source, counted from 1.
func lineOf(source []byte, number int) string {
	lines := strings.Split(string(source), "\n")
	if number < 1 || number > len(lines) {
		return fmt.Sprintf("line %d", number)
	}
	return lines[number-1]
}

// load returns how many processes want to run, on average of the last minute, or 0 where the system does not tell.
func load() float64 {
	text, _ := os.ReadFile("/proc/loadavg")
	first, _, _ := strings.Cut(string(text), " ")
	average, _ := strconv.ParseFloat(first, 64)
	return average
}

// quiet waits until the load of the machine is at most limit. Where the system does not tell it, there is no wait.
func quiet(ctx context.Context, limit float64) error {
	for limit > 0 && load() > limit {
		select {
		case <-time.After(time.Second):
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}
