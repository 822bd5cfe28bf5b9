package bench

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Footprint is what an SDK adds to a program that sends one message.
type Footprint struct {
	Name    string
	Size    int64         // of the stripped binary, in bytes
	Modules []string      // compiled in, but for the SDK's own and the standard library
	Build   time.Duration // of all that is not the standard library
}

// Footprints builds the programs below consumers of the module in dir. The first is net/http by hand.
func Footprints(ctx context.Context, dir string) ([]Footprint, error) {
	mains, err := filepath.Glob(filepath.Join(dir, "consumers", "*", "main.go"))
	if err != nil || len(mains) == 0 {
		return nil, fmt.Errorf("no programs below %s/consumers: run it in test/bench (%w)", dir, err)
	}
	work, err := os.MkdirTemp("", "footprint")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(work) }()
	b := builder{dir: dir, work: work, warm: filepath.Join(work, "warm")}
	floor, err := b.measure(ctx, "nethttp") // the first build is that of the standard library
	if err != nil {
		return nil, err
	}
	all := []Footprint{floor}
	for _, main := range mains {
		if name := filepath.Base(filepath.Dir(main)); name != "nethttp" {
			one, err := b.measure(ctx, name)
			if err != nil {
				return nil, err
			}
			all = append(all, one)
		}
	}
	all[0].Build = 0
	return all, nil
}

// builder builds with caches of its own: each program finds the standard library built, and nothing else.
type builder struct{ dir, work, warm string }

func (b *builder) measure(ctx context.Context, name string) (Footprint, error) {
	f := Footprint{Name: name}
	cache := b.warm
	if name != "nethttp" {
		cache = filepath.Join(b.work, name)
		if err := os.CopyFS(cache, os.DirFS(b.warm)); err != nil {
			return f, err
		}
		defer func() { _ = os.RemoveAll(cache) }()
		// What the SDK needs of the standard library beyond net/http is no cost of its own.
		std, err := b.list(ctx, name, "-deps", "{{if .Standard}}{{.ImportPath}}{{end}}")
		if err != nil {
			return f, err
		}
		if err := b.run(ctx, cache, append([]string{"build"}, std...)...); err != nil {
			return f, err
		}
	}
	binary := filepath.Join(b.work, name+".bin")
	begun := time.Now()
	if err := b.run(ctx, cache, "build", "-trimpath", "-ldflags=-s -w", "-o", binary, "./consumers/"+name); err != nil {
		return f, err
	}
	f.Build = time.Since(begun)
	info, err := os.Stat(binary)
	if err != nil {
		return f, err
	}
	f.Size = info.Size()
	f.Modules, err = b.modules(ctx, name)
	return f, err
}

// modules lists those whose packages are compiled in and not imported by the program itself.
func (b *builder) modules(ctx context.Context, name string) ([]string, error) {
	all, err := b.list(ctx, name, "-deps", "{{with .Module}}{{.Path}}{{end}}")
	if err != nil {
		return nil, err
	}
	imports, err := b.list(ctx, name, "-find=false", `{{join .Imports " "}}`)
	if err != nil {
		return nil, err
	}
	all = slices.Compact(slices.Sorted(slices.Values(all)))
	return slices.DeleteFunc(all, func(module string) bool {
		return strings.HasSuffix(module, "/test/bench") ||
			slices.ContainsFunc(imports, func(path string) bool { return strings.HasPrefix(path+"/", module+"/") })
	}), nil
}

func (b *builder) list(ctx context.Context, name, flag, format string) ([]string, error) {
	list := exec.CommandContext(ctx, "go", "list", flag, "-f", format, "./consumers/"+name)
	list.Dir = b.dir
	out, err := list.Output()
	return strings.Fields(string(out)), err
}

func (b *builder) run(ctx context.Context, cache string, args ...string) error {
	build := exec.CommandContext(ctx, "go", args...)
	build.Dir = b.dir
	build.Env = append(os.Environ(), "GOCACHE="+cache)
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("go %s: %w: %s", args[0], err, out)
	}
	return nil
}
