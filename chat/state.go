package chat

import (
	"bytes"
	"encoding/json"
	"math"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

const (
	// stateVersion is raised when an older version of this package would misread the State.
	stateVersion = 2
	maxState     = 4096
	maxID        = 200 // bytes of an id, as JSON and without its quotes
	maxOffered   = 100
	maxTold      = 32
	maxLate      = 8
)

// State is what another process needs to continue a conversation. It is JSON of less than 4 KiB and marshals as
// itself. It holds no credential and no text of a message.
type State []byte

// MarshalJSON returns s as it is, and null if s is empty.
func (s State) MarshalJSON() ([]byte, error) {
	if len(s) == 0 {
		return []byte("null"), nil
	}
	return s, nil
}

// UnmarshalJSON keeps a copy of raw. A null makes s nil.
func (s *State) UnmarshalJSON(raw []byte) error {
	*s = nil
	if string(raw) != "null" {
		*s = slices.Clone(raw)
	}
	return nil
}

// String returns the JSON.
func (s State) String() string { return string(s) }

// state is a decoded State. It is copied as a value, so its Memory is replaced and never changed in place. Its times
// keep their monotonic reading as long as the Conversation lives, so that a system clock that is set forward does not
// end RecoverWait early. In a State they are times of the system clock, the only clock that processes share.
type state struct {
	Version int             `json:"v"`
	Driver  string          `json:"driver"`
	User    string          `json:"user"`             // a hash of User.ID
	Memory  json.RawMessage `json:"memory,omitempty"` // the driver's part
	Pending *record         `json:"pending,omitempty"`
	Last    lastSaid        `json:"last,omitzero"`
	Said    int             `json:"said,omitzero"`    // how many messages of the user the vendor is known to have
	Lost    int             `json:"lost,omitzero"`    // how many were given up and may turn up yet
	LostAt  time.Time       `json:"lostAt,omitzero"`  // when the last of them was sent
	Unsure  bool            `json:"unsure,omitzero"`  // the vendor may not list the last message
	Late    marks           `json:"late,omitzero"`    // messages of the user that no turn has brought an answer to
	LateAt  time.Time       `json:"lateAt,omitzero"`  // when the last of them became known
	Told    marks           `json:"told,omitzero"`    // messages that turns have yielded
	Offered marks           `json:"offered,omitzero"` // choices
}

// record is a message whose fate is open. It is replaced and never changed in place.
type record struct {
	ID       string    `json:"id"`
	Hash     string    `json:"hash"` // of what was said
	SentAt   time.Time `json:"at"`
	Accepted bool      `json:"accepted,omitzero"` // the vendor has taken it
	VendorID string    `json:"vid,omitzero"`      // the vendor's id of it
}

// lastSaid is the last message that was said, or whose delivery is unknown.
type lastSaid struct {
	ID       string `json:"id,omitzero"`
	VendorID string `json:"vid,omitzero"`
	Open     bool   `json:"open,omitzero"` // no turn has brought an answer, and the vendor's id is not known yet
}

// Pending is a message whose fate is open.
type Pending struct {
	// ID is Message.ID, or the one that the Conversation made.
	ID string
	// SentAt is the time just before the message was sent, by the clock of the process that sent it.
	SentAt time.Time

	hash string // of what was said
}

// Matches reports whether m has the text and the choice of the pending message, whatever its ID. It cannot compare
// Native.
func (p Pending) Matches(m Message) bool { return p.hash == hashMessage(m) }

// readState decodes raw for a driver and a user. A nil raw is a new conversation.
func readState(raw State, driver, user string) (state, error) {
	fresh := state{Version: stateVersion, Driver: driver, User: hash(user)}
	if len(raw) == 0 {
		return fresh, nil
	}
	st, err := decodeState(raw)
	switch {
	case err != nil:
		return st, invalid("Options.State: %w", err)
	case st.Version < 1 || st.Version > stateVersion:
		return st,
			invalid("Options.State: version %d is not known, only versions 1 to %d are", st.Version, stateVersion)
	case st.Driver != driver:
		return st, invalid("Options.State: it is of driver %q and not of %q", st.Driver, driver)
	case st.User != fresh.User:
		return st, invalid("Options.State: it is of another user")
	case !isCount(st.Said) || !isCount(st.Lost):
		return st, invalid("Options.State: it counts %d messages and %d that were given up", st.Said, st.Lost)
	}
	st.Version = stateVersion
	return st, nil
}

// isCount reports whether n can be a number of messages. A damaged State may hold any number.
func isCount(n int) bool { return 0 <= n && n < math.MaxInt32 }

// decodeState decodes a State of any version.
func decodeState(raw State) (st state, err error) {
	var head struct {
		Version int `json:"v"`
	}
	switch err = json.Unmarshal(raw, &head); {
	case err != nil:
	case head.Version == 1:
		st, err = decodeFirst(raw)
	default:
		err = json.Unmarshal(raw, &st)
	}
	st.Memory = withoutEscapes(st.Memory)
	return st, err
}

// withoutEscapes undoes the escapes for HTML that package encoding/json puts into a State if a program marshals it
// within another value. They take six times the space and make the State too large.
func withoutEscapes(raw []byte) []byte {
	if !bytes.Contains(raw, []byte(`\u00`)) {
		return raw
	}
	return []byte(strings.NewReplacer(`\\`, `\\`, `\u003c`, "<", `\u003e`, ">", `\u0026`, "&").Replace(string(raw)))
}

// decodeFirst decodes version 1, which held one late message by its id, and longer hashes of choices.
func decodeFirst(raw State) (state, error) {
	var first struct {
		state
		Late    string   `json:"late"`
		Offered []string `json:"offered"`
	}
	err := json.Unmarshal(raw, &first)
	st := first.state
	if first.Late != "" {
		st.Late = st.Late.with(maxLate, first.Late)
	}
	for _, choice := range first.Offered {
		st.Offered += marks(choice[:min(markSize, len(choice))])
	}
	return st, err
}

// encode returns the State, which is an error if it is too large.
func (st state) encode() (State, error) {
	st.LostAt, st.LateAt = st.LostAt.UTC(), st.LateAt.UTC()
	if st.Pending != nil {
		pending := *st.Pending
		pending.SentAt = pending.SentAt.UTC()
		st.Pending = &pending
	}
	raw, err := encode(st)
	if err != nil {
		return nil, invalid("state: %w", err)
	}
	if len(raw) >= maxState {
		return nil, invalid("state: %d bytes reach the limit of %d", len(raw), maxState)
	}
	return raw, nil
}

// offer adds the choices of e that go back to the agent, and reports whether there are any.
func (st *state) offer(e Event) bool {
	var ids []string
	for _, choice := range e.choices() {
		if choice.ID != "" {
			ids = append(ids, choice.ID)
		}
	}
	st.Offered = st.Offered.with(maxOffered, ids...)
	return len(ids) > 0
}

// settle ends the pending record. said means that the vendor has the message or may have it, and answered that a turn
// has yielded the answer.
func (st *state) settle(said, answered bool) {
	p := st.Pending
	st.Pending = nil
	if !said || p == nil {
		return
	}
	st.Last = lastSaid{ID: p.ID, VendorID: p.VendorID}
	st.Said++
	if !answered && p.VendorID != "" {
		st.expect(p.VendorID)
	}
}

// storable reports whether id is short enough for a State, and UTF-8, without which JSON would change it.
func storable(id string) bool {
	raw, err := encode(id)
	return err == nil && utf8.ValidString(id) && len(raw) <= maxID+len(`""`)
}

func hashMessage(m Message) string { return hash(m.ChoiceID + "\x00" + m.Text) }
