package bench

import "context"

// Result counts the items that a run decoded. All subjects of a work must have the same result.
type Result struct {
	Items int // messages, items, events
	Text  int // bytes of their text
}

// Run does the work once.
type Run func(context.Context) (Result, error)

// Subject is an SDK with its way to do a work.
type Subject struct {
	Name string // with the version for a peer
	Open func(*Target) (Run, error)
}

// Format is a work in the format of one API.
type Format struct {
	Name     string
	Site     func() Site // returns a new one each time, because it may have a state
	Want     Result
	Target   func() *Target // replaces a site on loopback; nil if it does not
	Floor    Subject
	Subjects []Subject
}

// Work is one table.
type Work struct {
	Name    string // of the flag -only
	Title   string
	Units   int // allocations are divided by it, for instance by the number of events; zero means 1
	Formats []Format
	// Memory and Loopback are the targets with which the work makes sense.
	Memory, Loopback bool
	JSONv2           bool // measured in memory with encoding/json/v2 too
	// Middle calls f in the middle of a run, when the memory is measured. If it is nil, memory is not measured.
	Middle func(seen *Seen, f func())
}

// Works returns all works that are measured by time, in the order of the tables.
func Works() []Work {
	return []Work{sendWork(), listWork(), uploadWork(), streamWork(), parseWork(), socketWork()}
}

// add counts an item with its text.
func (r *Result) add(text string) {
	r.Items++
	r.Text += len(text)
}

// target returns a new target of the format.
func (f *Format) target(inMemory bool) *Target {
	switch {
	case inMemory:
		return Memory(f.Site())
	case f.Target != nil:
		return f.Target()
	}
	return Loopback(f.Site())
}
