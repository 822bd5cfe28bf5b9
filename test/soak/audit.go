package soak

import (
	"cmp"
	"slices"
)

// Audit is the judgement on a ledger.
type Audit struct {
	Violations []Violation        // of all rules, by id
	Permitted  int                // messages processed more than once because RetryNonIdempotent permits it
	rows       map[[2]string]*Row // by group and name
}

// Row counts calls that have something in common.
type Row struct {
	Group, Name string // "raia" and "send", or "fault" and "reset down"

	// Calls by their outcome. Those that never ended are counted in Calls only.
	Calls, Done, Unknown, Refused, Written int

	Processed        int // messages that the server acted on, once or more
	UnknownProcessed int // of Unknown, those that the server did act on
}

func newAudit() *Audit { return &Audit{rows: map[[2]string]*Row{}} }

// Broken returns how often rule was broken.
func (a *Audit) Broken(rule Rule) int {
	n := 0
	for _, v := range a.Violations {
		if v.Rule == rule {
			n++
		}
	}
	return n
}

// Rows returns the counts of a group, by name: a vendor's kinds of calls, or those of "fault".
func (a *Audit) Rows(group string) []Row {
	var rows []Row
	for _, row := range a.rows {
		if row.Group == group {
			rows = append(rows, *row)
		}
	}
	slices.SortFunc(rows, func(x, y Row) int { return cmp.Compare(x.Name, y.Name) })
	return rows
}

// Total returns the counts of all calls.
func (a *Audit) Total() Row { return *a.row(groupTotal, "") }

const (
	groupTotal  = "total"
	groupFaults = "fault"
)

func (a *Audit) row(group, name string) *Row {
	key := [2]string{group, name}
	if a.rows[key] == nil {
		a.rows[key] = &Row{Group: group, Name: name}
	}
	return a.rows[key]
}

func (a *Audit) add(e Entry, saw evidence) {
	for _, rule := range judge(e, saw) {
		a.violate(rule, e, saw)
	}
	if e.Unsafe && saw.processed > 1 {
		a.Permitted++
	}
	for _, row := range []*Row{a.row(groupTotal, ""), a.row(groupFaults, e.Fault), a.row(e.Vendor, e.Kind)} {
		row.count(e, saw)
	}
}

func (a *Audit) violate(rule Rule, e Entry, saw evidence) {
	a.Violations = append(a.Violations, Violation{Rule: rule, Entry: e, Processed: saw.processed, Arrived: saw.arrived})
}

func (r *Row) count(e Entry, saw evidence) {
	r.Calls++
	switch e.Outcome {
	case Done:
		r.Done++
	case Unknown:
		r.Unknown++
	case Refused:
		r.Refused++
	case Written:
		r.Written++
	}
	if saw.processed == 0 {
		return
	}
	r.Processed++
	if e.Outcome == Unknown {
		r.UnknownProcessed++
	}
}
