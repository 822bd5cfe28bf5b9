package chat

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"
	"time"
)

const (
	// stateVersion is raised when an older version of this package would misread the State.
	stateVersion = 1
	maxState     = 4096
	maxID        = 200
	maxOffered   = 40
)

// State is what another process needs to continue a conversation. It is JSON of less than 4 KiB and marshals as
// itself. It holds no credential and nothing that was said.
type State []byte

// MarshalJSON returns s as it is, and null if s is empty.
func (s State) MarshalJSON() ([]byte, error) {
	if len(s) == 0 {
		return []byte("null"), nil
	}
	return s, nil
}

// UnmarshalJSON keeps a copy of raw. It keeps nothing of null.
func (s *State) UnmarshalJSON(raw []byte) error {
	*s = nil
	if string(raw) != "null" {
		*s = slices.Clone(raw)
	}
	return nil
}

// String returns the JSON.
func (s State) String() string { return string(s) }

// state is a decoded State. Its slices are replaced and never changed in place.
type state struct {
	Version int             `json:"v"`
	Driver  string          `json:"driver"`
	User    string          `json:"user"`             // a hash of User.ID
	Memory  json.RawMessage `json:"memory,omitempty"` // the driver's part
	Pending *record         `json:"pending,omitempty"`
	Last    lastSaid        `json:"last,omitzero"`
	Said    int             `json:"said,omitzero"`     // how many messages of the user the vendor is known to have
	Lost    int             `json:"lost,omitzero"`     // how many were given up and may turn up yet
	LostAt  time.Time       `json:"lostAt,omitzero"`   // when the last of them was sent
	Unsure  bool            `json:"unsure,omitzero"`   // the vendor may not list the last message
	Late    string          `json:"late,omitzero"`     // vendor's id of a message whose turn ended without an answer
	Offered []string        `json:"offered,omitempty"` // hashes of the choices that were offered, the latest last
}

// record is a message whose fate is open.
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
}

// Pending is a message whose fate is open.
type Pending struct {
	// ID is Message.ID, or the one that the Conversation made.
	ID string
	// SentAt is the time just before the message was sent, by the clock of the process that sent it.
	SentAt time.Time

	hash string
}

// Matches reports whether m says what the pending message said, whatever its ID. It cannot compare Native.
func (p Pending) Matches(m Message) bool { return p.hash == hashMessage(m) }

// readState decodes raw for a driver and a user. A nil raw is a new conversation.
func readState(raw State, driver, user string) (state, error) {
	fresh := state{Version: stateVersion, Driver: driver, User: hash(user)}
	if len(raw) == 0 {
		return fresh, nil
	}
	var st state
	if err := json.Unmarshal(raw, &st); err != nil {
		return st, invalid("Options.State: %w", err)
	}
	switch {
	case st.Version < 1 || st.Version > stateVersion:
		return st, invalid("Options.State: version %d is not known, only versions 1 to %d are", st.Version, stateVersion)
	case st.Driver != driver:
		return st, invalid("Options.State: it is of driver %q and not of %q", st.Driver, driver)
	case st.User != fresh.User:
		return st, invalid("Options.State: it is of another user")
	}
	st.Version = stateVersion
	return st, nil
}

// encode returns the State, which is an error if it is too large.
func (st state) encode() (State, error) {
	raw, err := encode(st)
	if err != nil {
		return nil, invalid("state: %w", err)
	}
	if len(raw) >= maxState {
		return nil, invalid("state: %d bytes reach the limit of %d", len(raw), maxState)
	}
	return raw, nil
}

// offer adds the choices that go back to the agent.
func (st *state) offer(choices []Choice) {
	offered := slices.Clone(st.Offered)
	for _, choice := range choices {
		if mark := hash(choice.ID); choice.ID != "" && !slices.Contains(offered, mark) {
			offered = append(offered, mark)
		}
	}
	st.Offered = offered[max(0, len(offered)-maxOffered):]
}

func (st *state) offers(choiceID string) bool { return slices.Contains(st.Offered, hash(choiceID)) }

// settle ends the pending record. said means that the vendor has the message or may have it.
func (st *state) settle(said bool) {
	p := st.Pending
	st.Pending = nil
	if !said || p == nil {
		return
	}
	st.Last = lastSaid{ID: p.ID, VendorID: p.VendorID}
	st.Said++
	st.Late = ""
}

// hash identifies a text without holding it. 66 bits are enough, because a user cannot be harmed by a collision.
func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return base64.RawURLEncoding.EncodeToString(sum[:])[:11]
}

func hashMessage(m Message) string { return hash(strings.Join([]string{m.ChoiceID, m.Text}, "\x00")) }
