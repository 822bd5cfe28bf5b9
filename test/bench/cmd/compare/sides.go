package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/seed-127a5941/parley/test/bench"
)

// side is a build of this program with a parley.
type side struct {
	name   string
	binary string
	plan   func(bench.Plan) bench.Plan // leaves out what another side measures
	jsonv2 bool                        // only the parts that json/v2 changes
}

const parley = "github.com/seed-127a5941/parley"

// sides returns the present build first, and builds the others. remove deletes their programs.
func (o options) sides(ctx context.Context) (all []side, remove func(), err error) {
	self, err := os.Executable()
	if err != nil || o.from != "" {
		return nil, func() {}, err
	}
	dir, err := os.MkdirTemp("", "compare")
	if err != nil {
		return nil, nil, err
	}
	remove = func() { _ = os.RemoveAll(dir) }
	all = append(all, side{name: "now", binary: self, plan: func(p bench.Plan) bench.Plan { return p }})
	if o.before != "" {
		if err := modfile(ctx, dir, o.before); err != nil {
			return nil, remove, err
		}
		all = append(all, side{name: "before", plan: func(p bench.Plan) bench.Plan {
			p.OursAndFloor, p.Modfile = true, filepath.Join(dir, "go.mod")
			return p
		}})
	}
	for _, s := range all[:len(all):len(all)] {
		if !o.jsonv2 {
			break
		}
		newer := side{name: "json/v2", jsonv2: true, plan: func(p bench.Plan) bench.Plan {
			p = s.plan(p)
			p.OursOnly = true
			return p
		}}
		if s.name != all[0].name {
			newer.name += ", " + s.name
		}
		all = append(all, newer)
	}
	for i := range all[1:] {
		if err := all[i+1].build(ctx, dir); err != nil {
			return nil, remove, err
		}
	}
	return all, remove, nil
}

// modfile writes a go.mod into dir that takes parley from another directory.
func modfile(ctx context.Context, dir, before string) error {
	before, err := filepath.Abs(before)
	if err != nil {
		return err
	}
	for _, name := range []string{"go.mod", "go.sum"} {
		data, err := os.ReadFile(name)
		if err != nil {
			return fmt.Errorf("run it in test/bench: %w", err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			return err
		}
	}
	edit := exec.CommandContext(ctx, "go", "mod", "edit", "-replace", parley+"="+before, filepath.Join(dir, "go.mod"))
	if out, err := edit.CombinedOutput(); err != nil {
		return fmt.Errorf("go mod edit: %w: %s", err, out)
	}
	return nil
}

// build builds this program for the side.
func (s *side) build(ctx context.Context, dir string) error {
	s.binary = filepath.Join(dir, strings.NewReplacer("/", "", ", ", "-").Replace(s.name))
	args := []string{"build", "-o", s.binary}
	if mod := s.plan(bench.Plan{}).Modfile; mod != "" {
		args = append(args, "-modfile", mod)
	}
	cmd := exec.CommandContext(ctx, "go", append(args, "./cmd/compare")...)
	cmd.Env = os.Environ()
	if s.jsonv2 {
		cmd.Env = append(cmd.Env, "GOEXPERIMENT=jsonv2")
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("go build: %w: %s", err, out)
	}
	return nil
}
