package bench

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"time"

	"github.com/seed-127a5941/parley/test/bench/table"
)

// Ours reports whether a subject is a package of parley.
func Ours(name string) bool { return strings.HasPrefix(name, "parley") }

// contender is a subject with its target.
type contender struct {
	format  *Format
	subject Subject
	floor   bool
	run     Run
	target  *Target
	batch   int // the number of runs in a slice
	took    time.Duration
	cpu     time.Duration
	runs    int
}

// workSession measures a Work.
type workSession struct {
	work     Work
	inMemory bool
	plan     Plan
	formats  [][]*contender
	counted  bool // that the live heap was measured
}

// parts returns the tables of a work: in memory and on loopback.
func (w Work) parts() []Part {
	var all []Part
	for _, inMemory := range []bool{true, false} {
		where, title := "memory", "in memory"
		if !inMemory {
			where, title = "loopback", "on loopback"
		}
		if inMemory && !w.Memory || !inMemory && !w.Loopback {
			continue
		}
		all = append(all, Part{
			Name: w.Name + "/" + where, Title: w.Title + ", " + title, Group: "bytes of", JSONv2: w.JSONv2 && inMemory,
			Open: func(ctx context.Context, plan Plan) (Session, error) { return w.open(ctx, inMemory, plan) },
		})
	}
	return all
}

func (w Work) open(ctx context.Context, inMemory bool, plan Plan) (Session, error) {
	s := &workSession{work: w, inMemory: inMemory, plan: plan}
	for i := range w.Formats {
		format := &w.Formats[i]
		if plan.Format != "" && plan.Format != format.Name {
			continue
		}
		var all []*contender
		for _, subject := range plan.subjects(format.Floor, format.Subjects) {
			c, err := s.contender(ctx, format, subject)
			if err != nil {
				s.Close()
				return nil, fmt.Errorf("%s: %w", subject.Name, err)
			}
			c.floor = subject.Name == format.Floor.Name
			all = append(all, c)
		}
		s.formats = append(s.formats, all)
	}
	return s, nil
}

// contender opens a subject, warms it up, and finds out how many runs fill a slice.
func (s *workSession) contender(ctx context.Context, format *Format, subject Subject) (*contender, error) {
	c := &contender{format: format, subject: subject, batch: 1}
	if s.inMemory {
		c.target = format.target(true)
	} else {
		remote, err := startServer(s.work.Name + "/" + format.Name)
		if err != nil {
			return nil, err
		}
		c.target = remote.Target
	}
	run, err := subject.Open(c.target)
	if err != nil {
		c.target.Close()
		return nil, err
	}
	for c.run = run; ; c.batch *= 2 {
		begun := time.Now()
		if err := c.slice(ctx); err != nil {
			c.target.Close()
			return nil, err
		}
		if took := time.Since(begun); took >= s.plan.Slice/2 {
			c.batch = max(1, int(float64(c.batch)*float64(s.plan.Slice)/float64(took)))
			return c, nil
		}
	}
}

// slice makes a batch of runs and adds the time that it took.
func (c *contender) slice(ctx context.Context) error {
	begun, cpu := time.Now(), cpuTime()
	for range c.batch {
		got, err := c.run(ctx)
		if err != nil {
			return err
		}
		if got != c.format.Want {
			return fmt.Errorf("%s took in %+v, not %+v", c.subject.Name, got, c.format.Want)
		}
	}
	c.took += time.Since(begun)
	c.cpu += cpuTime() - cpu
	c.runs += c.batch
	return nil
}

// Close releases the targets.
func (s *workSession) Close() {
	for _, all := range s.formats {
		for _, c := range all {
			c.target.Close()
		}
	}
}

// Round lets the subjects of each format take turns, in an order that rotates from slice to slice.
func (s *workSession) Round(ctx context.Context) ([]table.Sample, error) {
	var samples []table.Sample
	for _, all := range s.formats {
		for _, c := range all {
			c.took, c.cpu, c.runs = 0, 0, 0
		}
		for slice := range s.plan.Slices {
			for i := range all {
				runtime.GC() // the next subject must not pay for the garbage of this one
				if err := all[(slice+i)%len(all)].slice(ctx); err != nil {
					return samples, err
				}
			}
		}
		for _, c := range all {
			sample, err := s.sample(ctx, c)
			if err != nil {
				return samples, err
			}
			samples = append(samples, sample)
		}
	}
	s.counted = true
	return samples, nil
}

// sample adds the figures that do not depend on time.
func (s *workSession) sample(ctx context.Context, c *contender) (table.Sample, error) {
	sample := table.Sample{Group: c.format.Name, Name: c.subject.Name, Floor: c.floor, Values: map[table.Metric]float64{
		table.Time: float64(c.took) / float64(c.runs),
	}}
	if !s.inMemory {
		sample.Values[table.CPU] = float64(c.cpu) / float64(c.runs)
	}
	runs, writes := max(1, min(c.batch, 100)), c.target.Seen.Writes.Load()
	before := usageNow()
	for range runs {
		if _, err := c.run(ctx); err != nil {
			return sample, err
		}
	}
	_, _, allocs, bytes := usageNow().since(before)
	sample.Values[table.Allocs] = allocs / float64(runs*max(1, s.work.Units))
	sample.Values[table.Bytes] = bytes / float64(runs*max(1, s.work.Units))
	if !s.inMemory && writes > 0 { // a WebSocket's are not counted
		sample.Values[table.Writes] = float64(c.target.Seen.Writes.Load()-writes) / float64(runs)
	}
	if s.inMemory && s.work.Middle != nil && !s.counted {
		base := live()
		s.work.Middle(c.target.Seen, func() { sample.Values[table.Live] = max(0, live()-base) })
		_, err := c.run(ctx)
		s.work.Middle(c.target.Seen, nil)
		return sample, err
	}
	return sample, nil
}
