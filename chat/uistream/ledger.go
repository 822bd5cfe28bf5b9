package uistream

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// ledger is the Data of a Record.
type ledger struct {
	Turn *turn `json:"turn,omitempty"` // the turn under way, or the last one; nil before the first
	// Said has a mark of each message that was said, the latest last, so that a request that comes late or edits one is
	// noticed.
	Said []string `json:"said,omitempty"`
	// Messages are those of a vendor that shows no history, oldest first.
	Messages []json.RawMessage `json:"messages,omitempty"`
}

const (
	maxSaid       = 200
	maxTranscript = 200
	maxStored     = 1 << 20 // bytes of an answer, and of Messages
)

// turn is a turn as it is stored.
type turn struct {
	Kind   kind   `json:"kind"`
	ID     string `json:"id,omitempty"`   // of the message
	Mark   string `json:"mark,omitempty"` // of the message's ID and its text
	Text   string `json:"text,omitempty"` // the user's words, for pages
	Choice string `json:"choice,omitempty"`
	Answer string `json:"answer"` // ID of the message that the response makes
	End    end    `json:"end,omitempty"`
	// Chunks are the response of a turn that has ended. They are nil if they were too many.
	Chunks []json.RawMessage `json:"chunks,omitempty"`
	IDs    []string          `json:"ids,omitempty"` // of the vendor's messages that the answer consists of
	// Unread is the time when a turn ended whose readers had all left, such as those of a page that is being loaded
	// again. It is zero if somebody was there. Replicas share it, so it is a time of the system clock.
	Unread time.Time `json:"unread,omitzero"`
}

type kind string

const (
	kindMessage  kind = "message"
	kindGreeting kind = "greeting"
	kindHuman    kind = "human"
)

// end says how a turn ended.
type end string

const (
	endNone   end = ""       // it has not ended: the message may have been said, so it must be recovered
	endSaid   end = "said"   // the message was said, or may have been
	endUnsaid end = "unsaid" // it was not said, and may be said again under the same ID
)

// unreadLife is how long an answer is under way after its end if no reader was there.
const unreadLife = 30 * time.Second

// open reports whether a message's fate is open.
func (t *turn) open() bool { return t != nil && t.End == endNone }

// unread reports whether an answer that has ended is under way for those that ask for it.
func (t *turn) unread() bool {
	return t != nil && t.Chunks != nil && !t.Unread.IsZero() && time.Since(t.Unread) < unreadLife
}

func decodeLedger(r Record) (ledger, error) {
	var l ledger
	if r.Data == nil {
		return l, nil
	}
	if err := json.Unmarshal(r.Data, &l); err != nil {
		return l, fmt.Errorf("uistream: the Record cannot be read: %w", err)
	}
	return l, nil
}

// hash is short and cannot be traced back.
func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return base64.RawURLEncoding.EncodeToString(sum[:])[:16]
}

// mark tells whether two messages have one ID (the first half) and say the same (the whole).
func mark(id, choice, text string) string { return hash(id) + hash(choice+"\x00"+text) }

func sameID(a, b string) bool { return len(a) == len(b) && len(a) > 1 && a[:len(a)/2] == b[:len(b)/2] }

// answerID is the same for each attempt to answer a message, so that a page replaces an earlier one.
func answerID(id string) string { return "answer-" + hash(id) }

// decision is what to do with a message.
type decision int

const (
	decideSend    decision = iota // it is new, or was not said
	decideRecover                 // it may have been said: recover it, and say it only if it was not
	decideReplay                  // it was answered: the stored answer serves
	decideEdited                  // its ID belongs to a message that says something else
	decideOld                     // it was answered before the last turn
)

// decide says what to do with a message that has a mark, if no turn runs.
func (l ledger) decide(mark string) decision {
	if t := l.Turn; t != nil && sameID(t.Mark, mark) {
		switch {
		case t.End == endUnsaid:
			return decideSend // though it says something else now
		case t.Mark != mark:
			return decideEdited
		case t.End == endNone:
			return decideRecover
		}
		return decideReplay
	}
	for _, said := range l.Said {
		switch {
		case said == mark:
			return decideOld
		case sameID(said, mark):
			return decideEdited
		}
	}
	return decideSend
}

// conclude records how a turn ended.
func (l *ledger) conclude(t turn) {
	if t.Kind == kindMessage && t.End == endSaid && !slices.Contains(l.Said, t.Mark) {
		l.Said = append(slices.Clone(l.Said), t.Mark)
		l.Said = l.Said[max(0, len(l.Said)-maxSaid):]
	}
	l.Turn = &t
}

// remember adds messages of a vendor that shows no history, and forgets the oldest.
func (l *ledger) remember(messages ...message) {
	kept := slices.Clone(l.Messages)
	for _, m := range messages {
		kept = append(kept, encode(m))
	}
	size := 0
	for i, m := range slices.Backward(kept) {
		if size += len(m); size > maxStored || len(kept)-i > maxTranscript {
			kept = kept[i+1:]
			break
		}
	}
	l.Messages = kept
}
