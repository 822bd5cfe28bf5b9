package parleyredis

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// moment is the time between the beginning and the end of a call.
type moment struct{ began, ended time.Time }

// before reports whether m had ended when other began.
func (m moment) before(other moment) bool { return m.ended.Before(other.began) }

// saved is a call of Save. Each turn has one lease, and counts its saves.
type saved struct {
	moment
	turn, step int
	ok         bool
}

// loaded is a call of Load under the lock. turn and step are those of the record, and 0 if there was none.
type loaded struct {
	moment
	turn, step int
}

// read is a Tail: the turn and the numbers of its chunks, and how it ended.
type read struct {
	turns, numbers []int
	err            error
}

// ledger is what the holders and readers of one conversation did and saw.
type ledger struct {
	mu       sync.Mutex
	saves    []saved
	loads    []loaded
	reads    []read
	appended map[int]int // by turn: how many chunks were appended without an error
}

func newLedger() *ledger { return &ledger{appended: map[int]int{}} }

// note changes the ledger.
func (l *ledger) note(f func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	f()
}

// audit returns what breaks a rule. forgets means that Redis may have lost records.
func (l *ledger) audit(forgets bool) (broken []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for turn, held := range l.spans() {
		for _, s := range l.saves {
			if s.ok && s.turn != turn && held.began.Before(s.began) && s.ended.Before(held.ended) {
				broken = append(broken, fmt.Sprintf("two holders saved by turns: %d and %d", turn, s.turn))
			}
		}
	}
	for _, load := range l.loads {
		if missed, ok := l.missed(load); ok && !forgets {
			broken = append(broken, fmt.Sprintf("turn %d step %d was loaded though turn %d step %d was saved later",
				load.turn, load.step, missed.turn, missed.step))
		}
	}
	for _, r := range l.reads {
		broken = append(broken, l.auditRead(r)...)
	}
	return broken
}

// spans returns for each turn the end of its first save and the beginning of its last.
func (l *ledger) spans() map[int]moment {
	spans := map[int]moment{}
	for _, s := range l.saves {
		if !s.ok {
			continue
		}
		span, ok := spans[s.turn]
		if !ok || s.ended.Before(span.began) {
			span.began = s.ended
		}
		if !ok || s.began.After(span.ended) {
			span.ended = s.began
		}
		spans[s.turn] = span
	}
	return spans
}

// missed returns a save that ended before a load, and began after the one that was loaded.
func (l *ledger) missed(load loaded) (saved, bool) {
	var source moment
	for _, s := range l.saves {
		if s.turn == load.turn && s.step == load.step {
			source = s.moment
		}
	}
	for _, s := range l.saves {
		if s.ok && s.before(load.moment) && source.before(s.moment) {
			return s, true
		}
	}
	return saved{}, false
}

func (l *ledger) auditRead(r read) (broken []string) {
	for i, number := range r.numbers {
		if r.turns[i] != r.turns[0] || number != i {
			return []string{fmt.Sprintf("a Tail read %v of the turns %v", r.numbers, r.turns)}
		}
	}
	if n := len(r.numbers); r.err == nil && n > 0 && n < l.appended[r.turns[0]] {
		return []string{fmt.Sprintf("a Tail ended without an error after %d of %d chunks", n, l.appended[r.turns[0]])}
	}
	return nil
}

// TestLedger_NoticesForgedEntries enters what must not happen.
func TestLedger_NoticesForgedEntries(t *testing.T) {
	at := func(second int) moment {
		return moment{time.Unix(int64(second), 0), time.Unix(int64(second), 1)}
	}
	for want, l := range map[string]*ledger{
		"": {
			saves:    []saved{{at(1), 1, 1, true}, {at(2), 2, 1, true}, {at(3), 1, 2, false}},
			loads:    []loaded{{at(0), 0, 0}, {at(4), 2, 1}},
			reads:    []read{{[]int{1, 1}, []int{0, 1}, nil}, {nil, nil, nil}, {[]int{1}, []int{0}, assert.AnError}},
			appended: map[int]int{1: 2},
		},
		"two holders saved by turns": {
			saves: []saved{{at(1), 1, 1, true}, {at(2), 2, 1, true}, {at(3), 1, 2, true}},
		},
		"turn 1 step 1 was loaded": {
			saves: []saved{{at(1), 1, 1, true}, {at(2), 1, 2, true}},
			loads: []loaded{{at(3), 1, 1}},
		},
		"turn 0 step 0 was loaded":        {saves: []saved{{at(1), 1, 1, true}}, loads: []loaded{{at(3), 0, 0}}},
		"a Tail read [0 0]":               {reads: []read{{[]int{1, 1}, []int{0, 0}, nil}}},
		"a Tail read [1]":                 {reads: []read{{[]int{1}, []int{1}, nil}}},
		"of the turns [1 2]":              {reads: []read{{[]int{1, 2}, []int{0, 1}, nil}}},
		"without an error after 1 of 2 c": {reads: []read{{[]int{1}, []int{0}, nil}}, appended: map[int]int{1: 2}},
	} {
		broken := l.audit(false)
		if want == "" {
			assert.Empty(t, broken)
			continue
		}
		if assert.NotEmpty(t, broken, want) {
			assert.Contains(t, broken[0], want)
		}
	}
}
