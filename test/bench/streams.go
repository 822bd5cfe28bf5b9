package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/seed-127a5941/parley/siteassist"
	"github.com/seed-127a5941/parley/test/bench/table"
)

// streamsPart measures streams that stay open while events come now and then.
func streamsPart() Part {
	return Part{
		Name: "streams", Title: "Open event streams", Group: "streams", MaxRounds: 3, Plot: "streams",
		Metrics: []table.Metric{table.Live, table.Bytes},
		Note: "A goroutine reads each stream; it is not counted. The live heap is measured after the first event, " +
			"and time, CPU and bytes are of one of ten further events for each stream, with a server of its own.",
		Open: stateless(measureStreams),
	}
}

// streamsTarget holds all streams open and writes an event to each of them for each line "emit".
func streamsTarget() *Target {
	var mu sync.Mutex
	open := map[chan struct{}]struct{}{}
	event := []byte("data: " + siteassistDelta + "\n\n")
	p := serve(func(*Seen) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			w.Header().Set("Content-Type", "text/event-stream")
			ticks := make(chan struct{}, 64)
			ticks <- struct{}{} // the first event shows that the stream is open
			mu.Lock()
			open[ticks] = struct{}{}
			mu.Unlock()
			defer func() { mu.Lock(); delete(open, ticks); mu.Unlock() }()
			for {
				select {
				case <-r.Context().Done():
					return
				case <-ticks:
				}
				if _, err := w.Write(event); err != nil {
					return
				}
				w.(http.Flusher).Flush()
			}
		})
	})
	p.command = func(string) {
		mu.Lock()
		defer mu.Unlock()
		for ticks := range open {
			ticks <- struct{}{}
		}
	}
	return p
}

// readStream opens a stream and calls event for each of its events until ctx ends.
type readStream func(ctx context.Context, event func()) error

// streamReaders are the floor and parley.
func streamReaders() []struct {
	name string
	open func(*Target) (readStream, error)
} {
	return []struct {
		name string
		open func(*Target) (readStream, error)
	}{{"net/http by hand", openStreamByHand}, {"parley/siteassist", openStream}}
}

func openStreamByHand(p *Target) (readStream, error) {
	e, err := newEndpoint(p, http.MethodPost, siteassistPath, "Authorization", "Bearer "+key)
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, event func()) error {
		resp, err := e.send(ctx, "application/json", encode(siteassistIn{"Hi", true}))
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		return lines(resp.Body, func(data []byte) (bool, error) {
			chunk := new(siteassistChunk)
			if err := json.Unmarshal(data, chunk); err != nil {
				return false, err
			}
			event()
			return true, nil
		})
	}, nil
}

func openStream(p *Target) (readStream, error) {
	c, err := newSiteassist(&Target{URL: p.URL})
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context, event func()) error {
		s, err := c.Messages.Stream(ctx, conversationID, siteassist.SendMessageParams{Content: "Hi"})
		if err != nil {
			return err
		}
		for _, err := range s.Chunks() {
			if err != nil {
				return err
			}
			event()
		}
		return nil
	}, nil
}

func measureStreams(ctx context.Context, plan Plan) ([]table.Sample, error) {
	var samples []table.Sample
	for _, n := range []int{plan.load(1000, 50), plan.load(10_000, 100)} {
		for i, reader := range streamReaders() {
			values, err := holdStreams(ctx, reader.open, n)
			if err != nil {
				return samples, fmt.Errorf("%s, %d streams: %w", reader.name, n, err)
			}
			samples = append(samples,
				table.Sample{Group: strconv.Itoa(n), Name: reader.name, Floor: i == 0, Values: values})
		}
	}
	return samples, nil
}

// holdStreams opens n streams, looks at what they hold, and lets ten events come on each.
func holdStreams(
	ctx context.Context, open func(*Target) (readStream, error), n int,
) (map[table.Metric]float64, error) {
	remote, err := startServer("streams")
	if err != nil {
		return nil, err
	}
	defer remote.Close()
	read, err := open(remote.Target)
	if err != nil {
		return nil, err
	}
	base, goroutines := live(), runtime.NumGoroutine()
	streams := newStreams(ctx)
	defer streams.end()
	if err := streams.begin(n, read); err != nil {
		return nil, err
	}
	values := map[table.Metric]float64{
		table.Live:       (live() - base) / float64(n),
		table.Goroutines: float64(runtime.NumGoroutine()-goroutines)/float64(n) - 1, // without the reader's
	}
	const events = 10
	before := usageNow()
	for range events {
		streams.missing.Store(int64(n))
		if _, err := remote.command("emit"); err != nil {
			return nil, err
		}
		if err := streams.wait(); err != nil {
			return nil, err
		}
	}
	took, cpu, allocs, bytes := usageNow().since(before)
	for metric, value := range map[table.Metric]float64{
		table.Time: float64(took), table.CPU: float64(cpu), table.Allocs: allocs, table.Bytes: bytes,
	} {
		values[metric] = value / float64(events*n)
	}
	return values, nil
}

// streams are open streams whose events are counted.
type streams struct {
	ctx      context.Context //nolint:containedctx // the streams live as long as this value
	cancel   context.CancelFunc
	readers  sync.WaitGroup
	missing  atomic.Int64 // events until the next signal
	signal   chan struct{}
	failures chan error
}

func newStreams(ctx context.Context) *streams {
	s := &streams{signal: make(chan struct{}, 1), failures: make(chan error, 1)}
	s.ctx, s.cancel = context.WithCancel(ctx)
	return s
}

// begin opens n streams, at most 64 at a time, and waits for the first event of each.
func (s *streams) begin(n int, read readStream) error {
	s.missing.Store(int64(n))
	slots := make(chan struct{}, 64)
	for range n {
		select {
		case slots <- struct{}{}:
		case err := <-s.failures:
			return err
		}
		s.readers.Go(func() {
			opened := false
			err := read(s.ctx, func() {
				if !opened {
					opened = true
					<-slots
				}
				if s.missing.Add(-1) == 0 {
					s.signal <- struct{}{}
				}
			})
			s.fail(err)
		})
	}
	return s.wait()
}

// wait waits until no event is missing.
func (s *streams) wait() error {
	limit := time.NewTimer(time.Minute)
	defer limit.Stop()
	select {
	case <-s.signal:
		return nil
	case err := <-s.failures:
		return err
	case <-limit.C:
		return errors.New("events are missing after a minute")
	}
}

func (s *streams) fail(err error) {
	if s.ctx.Err() != nil {
		return
	}
	if err == nil {
		err = errors.New("the stream ended")
	}
	select {
	case s.failures <- err:
	default:
	}
}

// end ends all streams.
func (s *streams) end() {
	s.cancel()
	s.readers.Wait()
}
