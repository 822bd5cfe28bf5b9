package bench

import (
	"context"
	"sync"
	"time"

	"github.com/seed-127a5941/parley/test/bench/table"
)

// crew holds the latencies that many goroutines measured.
type crew struct {
	took    []float64 // nanoseconds of each call
	elapsed time.Duration
	cpu     time.Duration
}

// add adds the figures of another stretch of the same work.
func (c *crew) add(more crew) {
	c.took = append(c.took, more.took...)
	c.elapsed += more.elapsed
	c.cpu += more.cpu
}

// values returns the figures of a call.
func (c *crew) values() map[table.Metric]float64 {
	calls := float64(len(c.took))
	return map[table.Metric]float64{
		table.Rate: calls / c.elapsed.Seconds(), table.CPU: float64(c.cpu) / calls,
		table.P50: table.Quantile(c.took, 0.5), table.P99: table.Quantile(c.took, 0.99),
	}
}

// atOnce lets n goroutines call run again and again for so long.
func atOnce(ctx context.Context, n int, long time.Duration, run func(context.Context) error) (crew, error) {
	return together(n, func(_ int, begun time.Time) (took []float64, err error) {
		for at := time.Now(); at.Sub(begun) < long; {
			if err := run(ctx); err != nil {
				return took, err
			}
			now := time.Now()
			took = append(took, float64(now.Sub(at)))
			at = now
		}
		return took, nil
	})
}

// paced lets n goroutines call run once in each period for so long. Their calls are spread evenly over the period.
func paced(ctx context.Context, n int, period, long time.Duration, run func(i int) error) (crew, error) {
	return together(n, func(i int, begun time.Time) (took []float64, err error) {
		first := period * time.Duration(i) / time.Duration(n)
		timer := time.NewTimer(first)
		defer timer.Stop()
		for next := begun.Add(first); next.Sub(begun) < long; {
			select {
			case <-timer.C:
			case <-ctx.Done():
				return took, ctx.Err()
			}
			at := time.Now()
			if err := run(i); err != nil {
				return took, err
			}
			took = append(took, float64(time.Since(at)))
			next = next.Add(period)
			timer.Reset(time.Until(next))
		}
		return took, nil
	})
}

// together calls work on n goroutines, which return how long each of their calls took. begun is when all began.
func together(n int, work func(i int, begun time.Time) (took []float64, err error)) (crew, error) {
	took := make([][]float64, n)
	failures := make([]error, n)
	begun, cpu := time.Now(), cpuTime()
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { took[i], failures[i] = work(i, begun) })
	}
	wg.Wait()
	all := crew{elapsed: time.Since(begun), cpu: cpuTime() - cpu}
	for i := range n {
		if failures[i] != nil {
			return all, failures[i]
		}
		all.took = append(all.took, took[i]...)
	}
	return all, nil
}

// each calls f for 0 to n-1, at most 64 at a time, and returns the first error in that order.
func each(n int, f func(i int) error) error {
	failures := make([]error, n)
	slots := make(chan struct{}, 64)
	var wg sync.WaitGroup
	for i := range n {
		slots <- struct{}{}
		wg.Go(func() {
			failures[i] = f(i)
			<-slots
		})
	}
	wg.Wait()
	for _, err := range failures {
		if err != nil {
			return err
		}
	}
	return nil
}
