package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"

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
	all = append(all, side{name: "now", binary: self, plan: func(p bench.Plan) bench.Plan { return p }})
	dir, err := os.MkdirTemp("", "compare")
	if err != nil {
		return nil, nil, err
	}
	remove = func() { _ = os.RemoveAll(dir) }
	if o.before != "" {
		mod, binary, err := buildBefore(ctx, dir, o.before)
		if err != nil {
			return nil, remove, err
		}
		all = append(all, side{name: "before", binary: binary, plan: func(p bench.Plan) bench.Plan {
			p.OursAndFloor, p.Modfile = true, mod
			return p
		}})
	}
	if o.jsonv2 {
		binary := filepath.Join(dir, "jsonv2")
		if err := build(ctx, binary, "GOEXPERIMENT=jsonv2"); err != nil {
			return nil, remove, err
		}
		all = append(all, side{name: "json/v2", binary: binary, jsonv2: true, plan: func(p bench.Plan) bench.Plan {
			p.OursOnly = true
			return p
		}})
	}
	return all, remove, nil
}

// buildBefore builds the same sources with the parley in another directory.
func buildBefore(ctx context.Context, dir, before string) (mod, binary string, err error) {
	before, err = filepath.Abs(before)
	if err != nil {
		return "", "", err
	}
	mod = filepath.Join(dir, "go.mod")
	for from, to := range map[string]string{"go.mod": mod, "go.sum": filepath.Join(dir, "go.sum")} {
		data, err := os.ReadFile(from)
		if err != nil {
			return "", "", fmt.Errorf("run it in test/bench: %w", err)
		}
		if err := os.WriteFile(to, data, 0o600); err != nil {
			return "", "", err
		}
	}
	edit := exec.CommandContext(ctx, "go", "mod", "edit", "-replace", parley+"="+before, mod)
	if out, err := edit.CombinedOutput(); err != nil {
		return "", "", fmt.Errorf("go mod edit: %w: %s", err, out)
	}
	binary = filepath.Join(dir, "before")
	return mod, binary, build(ctx, binary, "", "-modfile", mod)
}

// build builds this program with a setting of the environment and further flags.
func build(ctx context.Context, binary, setting string, flags ...string) error {
	args := slices.Concat([]string{"build", "-o", binary}, flags, []string{"./cmd/compare"})
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Env = append(os.Environ(), setting)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("go build: %w: %s", err, out)
	}
	return nil
}
