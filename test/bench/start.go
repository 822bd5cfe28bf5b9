package bench

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/seed-127a5941/parley/test/bench/table"
)

// startPart measures programs that send one message, or end before they do.
func startPart() Part {
	return Part{
		Name: "start", Title: "Start of a program, and its size", Group: "program",
		Note: "The programs below start make a client and end. Time and CPU are those of the whole process.",
		Open: openStart,
	}
}

// starters are the programs, net/http by hand first.
var starters = []struct{ name, dir string }{
	{"net/http by hand", "nethttp"}, {"go-retryablehttp", "retryablehttp"}, {"parley/raia", "raia"},
	{"parley/siteassist", "siteassist"}, {"parley/syntphony", "syntphony"}, {"parley/aisera", "aisera"},
}

// startSession holds the built programs.
type startSession struct {
	dir   string
	plan  Plan
	sizes map[string]float64
}

func openStart(ctx context.Context, plan Plan) (Session, error) {
	dir, err := os.MkdirTemp("", "start")
	if err != nil {
		return nil, err
	}
	s := &startSession{dir: dir, plan: plan, sizes: map[string]float64{}}
	for _, program := range starters {
		if err := s.build(ctx, program.dir); err != nil {
			s.Close()
			return nil, err
		}
	}
	return s, nil
}

func (s *startSession) build(ctx context.Context, name string) error {
	binary := filepath.Join(s.dir, name)
	args := []string{"build", "-ldflags=-s -w", "-o", binary}
	if s.plan.Modfile != "" {
		args = append(args, "-modfile", s.plan.Modfile)
	}
	args = append(args, "github.com/seed-127a5941/parley/test/bench/start/"+name)
	if out, err := exec.CommandContext(ctx, "go", args...).CombinedOutput(); err != nil {
		return fmt.Errorf("build %s: %w: %s", name, err, out)
	}
	info, err := os.Stat(binary)
	if err != nil {
		return err
	}
	s.sizes[name] = float64(info.Size())
	return nil
}

// Close deletes the programs.
func (s *startSession) Close() { _ = os.RemoveAll(s.dir) }

// Round starts each program twenty times, in turns.
func (s *startSession) Round(ctx context.Context) ([]table.Sample, error) {
	turns := s.plan.load(20, 1)
	took, cpu := make([]time.Duration, len(starters)), make([]time.Duration, len(starters))
	for range turns {
		for i, program := range starters {
			run := exec.CommandContext(ctx, filepath.Join(s.dir, program.dir))
			begun := time.Now()
			if err := run.Run(); err != nil {
				return nil, fmt.Errorf("%s: %w", program.dir, err)
			}
			took[i] += time.Since(begun)
			cpu[i] += run.ProcessState.UserTime() + run.ProcessState.SystemTime()
		}
	}
	var samples []table.Sample
	for i, program := range starters {
		samples = append(samples, table.Sample{
			Group: "one message", Name: program.name, Floor: i == 0, Values: map[table.Metric]float64{
				table.Start: float64(took[i]) / float64(turns), table.StartCPU: float64(cpu[i]) / float64(turns),
				table.Size: s.sizes[program.dir],
			},
		})
	}
	return samples, nil
}
