package bench

import "context"

// Result counts the items that a run decoded. All subjects of a work must have the same result.
type Result struct {
	Items int // messages, items, events
	Text  int // bytes of their text
}

// Run does the work once.
type Run func(context.Context) (Result, error)

// Subject is an SDK that does a work.
type Subject struct {
	Name string // with the version for a peer
	Open func(*Target) (Run, error)
}

// Format is a work in the bytes of one API.
type Format struct {
	Name     string
	Site     func() Site // a fresh one, where it has a state
	Want     Result
	Target   func() *Target // replaces a site on loopback where it is not nil
	Floor    Subject
	Subjects []Subject
}

// Work is one table.
type Work struct {
	Name    string // of the flag -only
	Title   string
	Units   int // allocations are divided by it, for instance by the number of events; 0 means 1
	Formats []Format
	// Memory and Loopback are the places where it makes sense.
	Memory, Loopback bool
	// Middle has f called in the middle of a run, where memory is measured. If it is nil, memory is not measured.
	Middle func(seen *Seen, f func())
}

// Works returns all that is measured by time, in the order of the tables.
func Works() []Work {
	return []Work{sendWork(), listWork(), uploadWork(), streamWork(), parseWork(), socketWork()}
}

// add counts an item with its text.
func (r *Result) add(text string) {
	r.Items++
	r.Text += len(text)
}

// target is a new target of the format.
func (f *Format) target(inMemory bool) *Target {
	switch {
	case inMemory:
		return Memory(f.Site())
	case f.Target != nil:
		return f.Target()
	}
	return Loopback(f.Site())
}
