package bench

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"time"
)

// Plan says how much to measure.
type Plan struct {
	Rounds int
	Slice  time.Duration // of one subject at a time
	Slices int           // of each subject in a round; the subjects take turns, so that noise affects all of them
	Format string        // the only format to measure; empty means all
}

// Row is a line of a table.
type Row struct {
	Format, Name string
	Floor        bool
	Loopback     bool
	Nanoseconds  float64 // of one run, median of the rounds
	Ratio        float64 // to the floor, median of the rounds' ratios
	Low, High    float64 // quartiles of the rounds' ratios
	Allocs       float64 // of one run or one unit
	Bytes        float64 // allocated by one run, against the floor
	Live         float64 // heap in use in the middle of a run, in bytes, or negative if it was not measured
	Writes       float64 // to the socket by one run, or negative if they were not counted
}

// contender is a subject with its target.
type contender struct {
	subject Subject
	run     Run
	want    Result
	target  *Target
	batch   int       // the number of runs in a slice
	each    []float64 // nanoseconds of one run, by round
}

// Compare measures all subjects of a work against the floor of their format.
func Compare(ctx context.Context, work Work, inMemory bool, plan Plan) ([]Row, error) {
	var rows []Row
	for i := range work.Formats {
		if plan.Format != "" && plan.Format != work.Formats[i].Name {
			continue
		}
		more, err := compareFormat(ctx, work, &work.Formats[i], inMemory, plan)
		if err != nil {
			return nil, err
		}
		rows = append(rows, more...)
	}
	return rows, nil
}

func compareFormat(ctx context.Context, work Work, format *Format, inMemory bool, plan Plan) ([]Row, error) {
	var all []*contender
	for _, subject := range append([]Subject{format.Floor}, format.Subjects...) {
		c, err := open(ctx, format, subject, inMemory, plan)
		if err != nil {
			return nil, fmt.Errorf("%s, %s: %w", work.Name, subject.Name, err)
		}
		defer c.target.Close()
		all = append(all, c)
	}
	if err := interleave(ctx, all, plan); err != nil {
		return nil, fmt.Errorf("%s: %w", work.Name, err)
	}
	return rowsOf(ctx, work, format, all, inMemory)
}

func open(ctx context.Context, format *Format, subject Subject, inMemory bool, plan Plan) (*contender, error) {
	target := format.target(inMemory)
	run, err := subject.Open(target)
	if err != nil {
		return nil, err
	}
	c := &contender{subject: subject, run: run, want: format.Want, target: target, batch: 1}
	for { // warm up, and find out how many runs fill a slice
		took, err := c.slice(ctx)
		if err != nil || took >= plan.Slice/2 {
			c.batch = max(1, int(float64(c.batch)*float64(plan.Slice)/float64(max(took, 1))))
			return c, err
		}
		c.batch *= 2
	}
}

// slice makes a batch of runs and returns the time that it took.
func (c *contender) slice(ctx context.Context) (time.Duration, error) {
	begun := time.Now()
	for range c.batch {
		got, err := c.run(ctx)
		if err != nil {
			return 0, err
		}
		if got != c.want {
			return 0, fmt.Errorf("%s took in %+v, not %+v", c.subject.Name, got, c.want)
		}
	}
	return time.Since(begun), nil
}

// interleave lets the subjects take turns, in an order that rotates from slice to slice.
func interleave(ctx context.Context, all []*contender, plan Plan) error {
	for range plan.Rounds {
		for _, c := range all {
			c.each = append(c.each, 0)
		}
		for slice := range plan.Slices {
			for i := range all {
				c := all[(slice+i)%len(all)]
				runtime.GC() // the next subject must not pay for the garbage of this one
				took, err := c.slice(ctx)
				if err != nil {
					return err
				}
				c.each[len(c.each)-1] += float64(took) / float64(c.batch*plan.Slices)
			}
		}
	}
	return nil
}

func rowsOf(ctx context.Context, work Work, format *Format, all []*contender, inMemory bool) ([]Row, error) {
	var rows []Row
	for i, c := range all {
		var ratios, times []float64
		for round := range c.each {
			ratios = append(ratios, c.each[round]/all[0].each[round])
			times = append(times, c.each[round])
		}
		row := Row{
			Format: format.Name, Name: c.subject.Name, Floor: i == 0, Loopback: !inMemory,
			Nanoseconds: Quantile(times, 0.5), Ratio: Quantile(ratios, 0.5), Low: Quantile(ratios, 0.25),
			High: Quantile(ratios, 0.75), Live: -1, Writes: -1,
		}
		if err := c.count(ctx, &row, work, inMemory); err != nil {
			return nil, err
		}
		if i > 0 {
			row.Bytes /= rows[0].Bytes
		}
		rows = append(rows, row)
	}
	rows[0].Bytes = 1
	return rows, nil
}

// count measures the figures that do not depend on time.
func (c *contender) count(ctx context.Context, row *Row, work Work, inMemory bool) error {
	runs := min(c.batch, 200)
	before, writes := memStats(), c.target.Seen.Writes.Load()
	for range runs {
		if _, err := c.run(ctx); err != nil {
			return err
		}
	}
	after := memStats()
	row.Allocs = float64(after.Mallocs-before.Mallocs) / float64(runs*max(1, work.Units))
	row.Bytes = float64(after.TotalAlloc-before.TotalAlloc) / float64(runs)
	if !inMemory {
		if writes > 0 { // a WebSocket target does not count them
			row.Writes = float64(c.target.Seen.Writes.Load()-writes) / float64(runs)
		}
		return nil
	}
	if work.Middle == nil {
		return nil
	}
	base := live()
	work.Middle(c.target.Seen, func() { row.Live = max(0, live()-base) })
	_, err := c.run(ctx)
	work.Middle(c.target.Seen, nil)
	return err
}

func memStats() (m runtime.MemStats) {
	runtime.ReadMemStats(&m)
	return m
}

// live returns the heap in use. The second collection frees the memory that pools kept in the first.
func live() float64 {
	runtime.GC()
	runtime.GC()
	return float64(memStats().HeapAlloc)
}

// Quantile returns the value below which the share q of values lies.
func Quantile(values []float64, q float64) float64 {
	values = slices.Sorted(slices.Values(values))
	at := q * float64(len(values)-1)
	low := int(at)
	high := min(low+1, len(values)-1)
	return values[low] + (at-float64(low))*(values[high]-values[low])
}
