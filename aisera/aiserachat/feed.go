package aiserachat

import (
	"sync"

	"github.com/seed-127a5941/parley/chat"
)

// kept is the number of events that a feed keeps. Older ones are lost.
const kept = 256

// feed keeps the latest events for the loops that listen. While no loop listens, it keeps them for the next one. The
// zero value is ready to use.
type feed struct {
	mu     sync.Mutex
	events []chat.Event  // the latest
	end    int           // number of all events so far
	begin  int           // where the next loop begins
	loops  int           // number of loops that listen
	more   chan struct{} // closed by the next event, or nil if no loop waits for it
}

// enter returns the number of the first event for a new loop.
func (f *feed) enter() (at int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	at, f.begin = f.begin, f.end
	f.loops++
	return at
}

// leave ends a loop that did not get the event with the number at. If no loop is left, the next one gets it.
func (f *feed) leave(at int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.loops--; f.loops == 0 {
		f.begin = at
	}
}

// next returns the event with the number at. If that has not come yet, it returns a channel that is closed when it has.
// It moves at to the first event that is kept.
func (f *feed) next(at *int) (e chat.Event, more <-chan struct{}) {
	f.mu.Lock()
	defer f.mu.Unlock()
	first := f.end - len(f.events)
	if *at = max(*at, first); *at < f.end {
		return f.events[*at-first], nil
	}
	if f.more == nil {
		f.more = make(chan struct{})
	}
	return chat.Event{}, f.more
}

func (f *feed) publish(e chat.Event) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.events = append(f.events, e)
	f.events = f.events[max(0, len(f.events)-kept):]
	if f.end++; f.loops > 0 {
		f.begin = f.end
	}
	if f.more != nil {
		close(f.more)
		f.more = nil
	}
}
