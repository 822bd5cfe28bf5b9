package soak

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// within waits until done reports true, or until ctx ends or limit has passed. It returns the last result.
func within(ctx context.Context, limit time.Duration, done func() bool) bool {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	for !done() {
		if ctx.Err() != nil {
			return false
		}
		sleep(ctx, 20*time.Millisecond)
	}
	return true
}

// sockets returns how many sockets this process has open. It returns 0 on systems without /proc.
func sockets() (n int) {
	list, _ := filepath.Glob("/proc/self/fd/*")
	for _, name := range list {
		if target, err := os.Readlink(name); err == nil && strings.HasPrefix(target, "socket:") {
			n++
		}
	}
	return n
}

// judgeSockets complains about sockets that were not there when the soak began.
func (s *soak) judgeSockets(ctx context.Context, audit *Audit) {
	left := 0
	if !within(ctx, s.options.settling, func() bool { left = sockets(); return left <= s.sockets }) {
		audit.complain(RuleConns, fmt.Sprintf("%d sockets, and %d at the start", left, s.sockets))
	}
}

// maxKept is how much memory the clients and routes may keep when all calls and servers are gone. It does not depend on
// the number of calls. Each connection that the proxy has lost keeps its buffers in addition.
const (
	maxKept = 8 << 20
	maxLost = 64 << 10
)

// judgeMemory complains if the clients keep more than they did before the first call. The timers of a server keep it
// for some seconds.
func (s *soak) judgeMemory(ctx context.Context, audit *Audit) {
	lost := int64(strings.Count(stacks(), "toxiproxy/v2.(*ToxicLink)"))
	if !within(ctx, s.options.settling, func() bool {
		s.kept = liveHeap() - s.heap - lost*maxLost
		return s.kept <= maxKept
	}) {
		audit.complain(RuleMemory, fmt.Sprintf("%d KiB after %d calls and %d messages", s.kept>>10, s.calls.Load(),
			s.messages.Load()))
	}
	runtime.KeepAlive(s.callers)
}

func liveHeap() int64 {
	runtime.GC()
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc)
}
