package table

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Metric is the name of a figure. Times are in nanoseconds, sizes in bytes.
type Metric string

// These are all metrics. Most are of one run, which is a call, a walk through a list or the like.
const (
	Time        Metric = "time"
	Rate        Metric = "rate"
	CPU         Metric = "cpu"
	P50         Metric = "p50"
	P99         Metric = "p99"
	Allocs      Metric = "allocs"
	Bytes       Metric = "bytes"
	Live        Metric = "live"
	Late        Metric = "late live"
	Goroutines  Metric = "goroutines"
	Connections Metric = "connections"
	LateDials   Metric = "late connections"
	Writes      Metric = "writes"
	Start       Metric = "start"
	StartCPU    Metric = "start cpu"
	Size        Metric = "size"
)

// compared says how a table compares a metric with the floor's.
type compared int

const (
	alone compared = iota
	asRatio
	asExcess
)

type column struct {
	metric  Metric
	head    string
	compare compared
	show    func(float64) string
}

// columns are in the order of the tables.
var columns = []column{
	{Rate, "calls a second", asRatio, Amount},
	{Time, "time", asRatio, Took},
	{CPU, "CPU", asRatio, Took},
	{P50, "p50", alone, Took},
	{P99, "p99", asRatio, Took},
	{Allocs, "allocations", asExcess, Amount},
	{Bytes, "bytes allocated", asRatio, Bulk},
	{Live, "live heap", asRatio, Bulk},
	{Late, "live heap near the end", alone, Bulk},
	{Goroutines, "goroutines", alone, Amount},
	{Connections, "new connections", alone, Amount},
	{LateDials, "of them after the first second", alone, Amount},
	{Writes, "writes", alone, Amount},
	{Start, "time from start to end", asExcess, Took},
	{StartCPU, "CPU", asExcess, Took},
	{Size, "stripped binary", asExcess, megabytes},
}

func place(m Metric) int {
	return slices.IndexFunc(columns, func(c column) bool { return c.metric == m })
}

// Took renders nanoseconds with three digits.
func Took(ns float64) string {
	switch {
	case ns >= float64(time.Second):
		return fmt.Sprintf("%.3g s", ns/1e9)
	case ns >= float64(time.Millisecond):
		return fmt.Sprintf("%.3g ms", ns/1e6)
	}
	return fmt.Sprintf("%.3g µs", ns/1e3)
}

// Bulk renders bytes.
func Bulk(n float64) string {
	switch {
	case n >= 1<<20:
		return fmt.Sprintf("%.1f MiB", n/(1<<20))
	case n >= 1<<10:
		return fmt.Sprintf("%.1f KiB", n/(1<<10))
	}
	return fmt.Sprintf("%.0f B", n)
}

func megabytes(n float64) string { return fmt.Sprintf("%.2f MB", n/1e6) }

// Amount renders a number without meaningless digits.
func Amount(n float64) string {
	if n >= 100 || n <= -100 {
		return fmt.Sprintf("%.0f", n)
	}
	return strings.TrimSuffix(fmt.Sprintf("%.1f", n), ".0")
}
