package soak

import (
	"errors"
	"fmt"
	"io"
	"text/tabwriter"
	"time"
)

// Report is the result of a soak.
type Report struct {
	Seed     uint64        // of the calls and faults
	Elapsed  time.Duration // from the start of the first server to the end of the last
	Audit    *Audit        // of the ledger
	Calls    int64         // by HTTP
	Messages int64         // by WebSocket
	Attempts int64         // requests on the wire, for calls and tokens
	Retries  int64         // those of Attempts that are not the first of a call
	Kept     int64         // bytes that the clients keep at the end, beyond those before the first call
	Leaked   []string      // stacks of goroutines that the SDK left behind
}

// Err returns nil if every rule was kept, no goroutine leaked and every outcome occurred.
func (r *Report) Err() error {
	total := r.Audit.Total()
	switch {
	case len(r.Audit.Violations) > 0:
		return fmt.Errorf("faults: %d rules were broken", len(r.Audit.Violations))
	case len(r.Leaked) > 0:
		return fmt.Errorf("faults: %d goroutines of the SDK were left behind", len(r.Leaked))
	case total.Done == 0 || total.Unknown == 0 || total.Refused == 0:
		return errors.New("faults: the run proves nothing, because not every outcome occurred")
	}
	return nil
}

// maxShown is the maximum number of violations, and of leaked goroutines, that are printed.
const maxShown = 20

// Print writes the ledger.
func (r *Report) Print(w io.Writer) {
	_, _ = fmt.Fprintf(w,
		"seed %d: %d HTTP calls and %d WebSocket messages in %s; %d requests on the wire, %d of them retries\n\n",
		r.Seed, r.Calls, r.Messages, r.Elapsed.Round(time.Second), r.Attempts, r.Retries)
	r.printRows(w)
	r.printRules(w)
	for i, v := range r.Audit.Violations {
		if i == maxShown {
			_, _ = fmt.Fprintf(w, "  and %d more\n", len(r.Audit.Violations)-maxShown)
			break
		}
		_, _ = fmt.Fprintf(w, "  BROKEN %s\n", v)
	}
	for _, stack := range r.Leaked[:min(len(r.Leaked), maxShown)] {
		_, _ = fmt.Fprintf(w, "  LEFT BEHIND %s\n", stack)
	}
}

func (r *Report) printRows(w io.Writer) {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	_, _ = fmt.Fprint(table, "\tcalls\tdone\tunknown\tof them processed\trefused\twritten\tprocessed\t\n")
	groups := []string{groupTotal, groupFaults}
	for _, vendor := range vendors() {
		groups = append(groups, vendor.name)
	}
	for _, group := range groups {
		for _, row := range r.Audit.Rows(group) {
			_, _ = fmt.Fprintf(table, "%s %s\t%d\t%d\t%d\t%d\t%d\t%d\t%d\t\n", row.Group, row.Name,
				row.Calls, row.Done, row.Unknown, row.UnknownProcessed, row.Refused, row.Written, row.Processed)
		}
	}
	_ = table.Flush()
}

func (r *Report) printRules(w io.Writer) {
	_, _ = fmt.Fprintln(w)
	for _, rule := range Rules() {
		_, _ = fmt.Fprintf(w, "%6d  %s\n", r.Audit.Broken(rule), rule)
	}
	_, _ = fmt.Fprintf(w, "%6d  KiB kept by the clients\n", max(0, r.Kept>>10))
	_, _ = fmt.Fprintf(w, "%6d  goroutines left behind by the SDK\n", len(r.Leaked))
	_, _ = fmt.Fprintf(w, "%6d  processed twice where RetryNonIdempotent permits it\n", r.Audit.Permitted)
}
