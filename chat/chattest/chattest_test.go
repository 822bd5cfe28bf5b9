package chattest_test

import (
	"runtime"
	"sync"
	"testing"

	"github.com/seed-127a5941/parley/chat/chattest"
	"github.com/seed-127a5941/parley/chat/internal/memchat"
)

// variants are drivers of the in-memory vendor that keep all promises.
var variants = map[string]memchat.Options{
	"Full": {}, "Awaits": {Awaits: true}, "Bare": {Bare: true}, "Silent": {Silent: true},
	"SilentAwaits": {Silent: true, Awaits: true}, "BareSilent": {Bare: true, Silent: true},
}

func TestDriver_InMemory(t *testing.T) {
	for name, opts := range variants {
		t.Run(name, func(t *testing.T) {
			chattest.TestDriver(t, func(*testing.T) chattest.Harness { return memchat.NewVendor().Harness(opts) })
		})
	}
}

// verdict notes how a case ends without failing the test.
type verdict struct {
	testing.TB
	mu     sync.Mutex
	failed bool
}

func (v *verdict) Helper()               { v.TB.Helper() }
func (v *verdict) Errorf(string, ...any) { v.fail() }
func (v *verdict) Fatalf(string, ...any) { v.fail(); runtime.Goexit() }
func (v *verdict) Skip(...any)           { runtime.Goexit() }
func (v *verdict) Skipf(string, ...any)  { runtime.Goexit() }
func (v *verdict) fail()                 { v.mu.Lock(); defer v.mu.Unlock(); v.failed = true }
func (v *verdict) Failed() bool          { v.mu.Lock(); defer v.mu.Unlock(); return v.failed }

// fails reports whether a driver with these options fails a case.
func fails(t *testing.T, c chattest.Case, opts memchat.Options) bool {
	v := &verdict{TB: t}
	done := make(chan struct{})
	go func() {
		defer close(done)
		c.Run(v, memchat.NewVendor().Harness(opts))
	}()
	<-done
	return v.Failed()
}

func TestCases_AreAtLeastForty(t *testing.T) {
	if n := len(chattest.Cases()); n < 40 {
		t.Errorf("there are %d cases", n)
	}
}
