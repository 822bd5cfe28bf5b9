package soak

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"time"
)

// watchdog notices calls that do not end.
type watchdog struct {
	limit time.Duration
	hung  chan struct{} // closed when a call hangs

	mu      sync.Mutex
	running map[string]time.Time
	report  string
}

func newWatchdog(limit time.Duration) *watchdog {
	return &watchdog{limit: limit, hung: make(chan struct{}), running: map[string]time.Time{}}
}

// begin watches the call with that name until the returned func is called.
func (w *watchdog) begin(name string) func() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.running[name] = time.Now()
	return func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.running, name)
	}
}

// watch checks the calls until ctx ends or a call hangs.
func (w *watchdog) watch(ctx context.Context) {
	ticker := time.NewTicker(min(time.Second, w.limit/4))
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			if w.look() {
				return
			}
		}
	}
}

// look reports whether a call hangs.
func (w *watchdog) look() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	var late []string
	for name, since := range w.running {
		if age := time.Since(since); age > w.limit {
			late = append(late, fmt.Sprintf("%s has been running for %s", name, age.Round(time.Millisecond)))
		}
	}
	if len(late) == 0 {
		return false
	}
	w.report = strings.Join(late, "\n") + "\n\n" + strings.Join(withSDK(stacks()), "\n\n")
	close(w.hung)
	return true
}

// err names the calls that hang and holds the stacks of the goroutines that run code of this repository.
func (w *watchdog) err() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return fmt.Errorf("faults: it hangs: nothing may run longer than %s\n%s", w.limit, w.report)
}

// withSDK returns the stacks in which code of this repository runs.
func withSDK(all string) (list []string) {
	for stack := range strings.SplitSeq(all, "\n\n") {
		if strings.Contains(stack, sdk) {
			list = append(list, stack)
		}
	}
	return list
}

func stacks() string {
	buffer := make([]byte, 16<<20)
	return string(buffer[:runtime.Stack(buffer, true)])
}

const (
	sdk  = "github.com/seed-127a5941/parley/"
	ours = sdk + "test/soak"
)

// leaked returns the stacks of goroutines that the SDK left running. It gives them time to end until ctx ends.
func leaked(ctx context.Context) []string {
	for {
		left := ofSDK(stacks())
		if len(left) == 0 || ctx.Err() != nil {
			return left
		}
		sleep(ctx, 50*time.Millisecond)
	}
}

// ofSDK returns the stacks with code of the SDK. It leaves out the goroutines that the proxy left running.
func ofSDK(all string) []string {
	var left []string
	for stack := range strings.SplitSeq(all, "\n\n") {
		others := strings.ReplaceAll(stack, ours, "")
		if strings.Contains(others, sdk) && !strings.Contains(stack, ours) {
			left = append(left, stack)
		}
	}
	return left
}
