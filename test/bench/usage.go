package bench

import (
	"runtime"
	"syscall"
	"time"
)

// usage is a reading of what this process has used so far.
type usage struct {
	at     time.Time
	cpu    time.Duration // of user and kernel, on all cores
	memory runtime.MemStats
}

// usageNow reads the counters. Reading the memory's stops the program for a moment.
func usageNow() (u usage) {
	runtime.ReadMemStats(&u.memory)
	u.at, u.cpu = time.Now(), cpuTime()
	return u
}

// cpuTime returns the time that the process has spent on all cores, in the kernel too.
func cpuTime() time.Duration {
	var r syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &r) != nil {
		return 0
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano())
}

// since returns the differences from an earlier reading: time, CPU, allocations and bytes.
func (u usage) since(before usage) (took, cpu time.Duration, allocs, bytes float64) {
	return u.at.Sub(before.at), u.cpu - before.cpu, float64(u.memory.Mallocs - before.memory.Mallocs),
		float64(u.memory.TotalAlloc - before.memory.TotalAlloc)
}

// live returns the heap in use. The second collection frees the memory that pools kept in the first.
func live() float64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc)
}
