package soak

import (
	"cmp"
	"slices"
)

// Audit is the verdict on a ledger.
type Audit struct {
	Violations []Violation        // of all rules, by id
	Permitted  int                // messages processed more than once because RetryNonIdempotent permits it
	rows       map[[2]string]*Row // by group and name
}

// Row counts calls that share a group and a name.
type Row struct {
	Group, Name string // "raia" and "send", or "fault" and "reset down"

	// These count the calls by their outcome. Calls that never ended are counted only in Calls.
	Calls, Done, Unknown, Refused, Written int

	Processed        int // messages on which the server acted, once or more
	UnknownProcessed int // of Unknown, those on which the server did act
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

// Rows returns the counts of a group, by name. A group is a vendor, with its kinds of calls, or "fault".
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

// complain adds a broken rule that belongs to no call.
func (a *Audit) complain(rule Rule, what string) {
	a.Violations = append(a.Violations, Violation{Rule: rule, What: what})
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
