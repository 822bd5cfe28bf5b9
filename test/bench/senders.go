package bench

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"
)

// Count is a line of a table that counts connections.
type Count struct {
	Name        string
	Calls       int
	Connections int // opened, median of the rounds
	Most        int // the same, largest
	Nanoseconds float64
}

const senders, callsEach = 64, 50

// Senders lets 64 callers send at once and counts the connections that each SDK opens with the http.Client that it has
// unless it is told otherwise.
func Senders(ctx context.Context, rounds int) ([]Count, error) {
	var counts []Count
	for _, format := range sendWork().Formats {
		subjects := format.Subjects
		if format.Name == "raia" {
			subjects = append([]Subject{
				{Name: "net/http, default transport", Open: format.Floor.Open},
				{Name: "net/http, 100 idle connections per host", Open: pooled(100, format.Floor.Open)},
			}, subjects...)
		}
		for _, subject := range subjects {
			count, err := countSenders(ctx, &format, subject, rounds)
			if err != nil {
				return nil, fmt.Errorf("senders, %s: %w", subject.Name, err)
			}
			counts = append(counts, count)
		}
	}
	return counts, nil
}

// pooled opens with a client that keeps so many idle connections.
func pooled(idle int, open func(*Place) (Run, error)) func(*Place) (Run, error) {
	return func(p *Place) (Run, error) {
		p.Client = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: idle}}
		return open(p)
	}
}

func countSenders(ctx context.Context, format *Format, subject Subject, rounds int) (Count, error) {
	var opened, times []float64
	for range rounds {
		connections, took, err := sendAtOnce(ctx, format, subject, senders, callsEach)
		if err != nil {
			return Count{}, err
		}
		opened, times = append(opened, float64(connections)), append(times, float64(took)/(senders*callsEach))
	}
	return Count{
		Name: subject.Name, Calls: senders * callsEach, Connections: int(Quantile(opened, 0.5)), Most: int(Quantile(opened, 1)),
		Nanoseconds: Quantile(times, 0.5),
	}, nil
}

// sendAtOnce lets n callers do each runs and returns the connections opened and the time until the last was done.
func sendAtOnce(ctx context.Context, format *Format, subject Subject, n, each int) (int64, time.Duration, error) {
	place := Loopback(format.Site(), true)
	defer place.Close()
	run, err := subject.Open(place)
	if err != nil {
		return 0, 0, err
	}
	var wg sync.WaitGroup
	failures := make(chan error, n)
	begun := time.Now()
	for range n {
		wg.Go(func() {
			for range each {
				if _, err := run(ctx); err != nil {
					failures <- err
					return
				}
			}
		})
	}
	wg.Wait()
	took := time.Since(begun)
	select {
	case err := <-failures:
		return 0, 0, err
	default:
		return place.Seen.Connections.Load(), took, nil
	}
}
