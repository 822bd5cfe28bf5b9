package parley

import "encoding/json"

// Raw is a piece of JSON as the server sent it. It prints as text, encodes as itself (nil encodes as null), and
// converts to json.RawMessage.
type Raw []byte

// String returns the JSON text.
func (r Raw) String() string { return string(r) }

// MarshalJSON returns r itself, or null if r is nil.
func (r Raw) MarshalJSON() ([]byte, error) { return json.RawMessage(r).MarshalJSON() }

// UnmarshalJSON keeps a copy of data.
func (r *Raw) UnmarshalJSON(data []byte) error { return (*json.RawMessage)(r).UnmarshalJSON(data) }
