package bench

import "context"

// Result is what a run took in. All who do the same work take in the same.
type Result struct {
	Items int // messages, items, events
	Text  int // bytes of their text
}

// Run does the work once.
type Run func(context.Context) (Result, error)

// Subject is an SDK that does a work.
type Subject struct {
	Name string // with the version for a peer
	Open func(*Place) (Run, error)
}

// Format is a work in the bytes of one API.
type Format struct {
	Name     string
	Site     func() Site // a fresh one, where it has a state
	Want     Result
	Place    func() *Place // in place of a site on loopback; nil: none
	Floor    Subject
	Subjects []Subject
}

// Work is one table.
type Work struct {
	Name    string // of the flag -only
	Title   string
	Units   int // what allocations are divided by, such as events; 0: 1
	Formats []Format
	// Memory and Loopback are the places where it makes sense.
	Memory, Loopback bool
	// Middle has f called in the middle of a run, where memory is looked at; nil: it is not.
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

// place is a new place of the format.
func (f *Format) place(inMemory bool) *Place {
	switch {
	case inMemory:
		return Memory(f.Site())
	case f.Place != nil:
		return f.Place()
	}
	return Loopback(f.Site())
}
