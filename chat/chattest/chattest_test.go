package chattest_test

import (
	"cmp"
	"fmt"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-127a5941/parley/chat/chattest"
	"github.com/seed-127a5941/parley/chat/internal/memchat"
)

// variants are drivers of the in-memory vendor that keep all promises.
var variants = map[string]memchat.Options{
	"Full": {}, "Awaits": {Awaits: true}, "Bare": {Bare: true}, "Silent": {Silent: true},
	"SilentAwaits": {Silent: true, Awaits: true}, "BareSilent": {Bare: true, Silent: true},
}

// TestDriver_InMemory runs one variant as the author of a driver does. With -short its harness has no faults, because
// the cases of faults wait a lot. TestDriver_InMemoryVariants runs them too.
func TestDriver_InMemory(t *testing.T) {
	chattest.TestDriver(t, func(*testing.T) chattest.Harness {
		h := memchat.NewVendor().Harness(variants["Full"])
		if testing.Short() {
			h.Fault = func(chattest.Fault) bool { return false }
		}
		return h
	})
}

// TestDriver_InMemoryVariants runs every variant in simulated time, because the cases wait a lot.
func TestDriver_InMemoryVariants(t *testing.T) {
	for name, opts := range variants {
		for _, c := range chattest.Cases() {
			t.Run(name+"/"+c.Name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { c.Run(t, memchat.NewVendor().Harness(opts)) })
			})
		}
	}
}

// verdict notes how a case ends without failing the test.
type verdict struct {
	testing.TB
	mu   sync.Mutex
	says string // why the case failed
}

func (v *verdict) Helper()              { v.TB.Helper() }
func (v *verdict) Skip(...any)          { runtime.Goexit() }
func (v *verdict) Skipf(string, ...any) { runtime.Goexit() }
func (v *verdict) Failed() bool         { return v.why() != "" }

func (v *verdict) Fatalf(format string, args ...any) {
	v.Errorf(format, args...)
	runtime.Goexit()
}

func (v *verdict) Errorf(format string, args ...any) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.says = cmp.Or(v.says, fmt.Sprintf(format, args...))
}

func (v *verdict) why() string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.says
}

// failure returns why a driver with these options fails a case. It is "" if the driver passes. Time is simulated,
// because a case waits for something that a broken driver never does.
func failure(t *testing.T, c chattest.Case, opts memchat.Options) (why string) {
	synctest.Test(t, func(t *testing.T) {
		v := &verdict{TB: t}
		done := make(chan struct{})
		go func() {
			defer close(done)
			h := memchat.NewVendor().Harness(opts)
			h.Patience = time.Second / 2
			heard := h.Heard
			h.Heard = func() []string {
				said := heard()
				time.Sleep(time.Microsecond) // the driver goes on until it waits for something
				return said
			}
			c.Run(v, h)
		}()
		<-done
		why = v.why()
		time.Sleep(time.Hour) // a bubble must outlive the goroutines that a flaw leaves behind
	})
	return why
}

func TestCases_AreAtLeastForty(t *testing.T) {
	if n := len(chattest.Cases()); n < 40 {
		t.Errorf("there are %d cases", n)
	}
}
