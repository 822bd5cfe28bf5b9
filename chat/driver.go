package chat

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"

	"github.com/seed-127a5941/parley"
)

// Driver connects conversations to a vendor. It is safe for concurrent use.
type Driver interface {
	// Name returns the vendor's name, such as "raia". A State is bound to it.
	Name() string
	// Capabilities describes the sessions of the driver. It always returns the same value.
	Capabilities() Capabilities
	// Connect returns the session of one conversation without a request. The session keeps its ids in mem, so that
	// another process can continue the conversation.
	Connect(user User, mem *Memory) (Session, error)
}

// Session is a conversation at the vendor. The Conversation calls Open, Send, Greet, HandOver and Await one at a time.
// List and Listen run beside them, and Close may be called at any time, more than once.
type Session interface {
	// Send sends m once, calls t.Accepted when the vendor has taken it, and emits the answer. It returns when the
	// answer has ended. An error must match parley.ErrDeliveryUnknown or parley.ErrTruncated if the vendor may have
	// taken m, and parley.ErrAnswerFailed if the vendor took m and cannot answer. An error that Emit or Accepted
	// returns ends Send.
	Send(ctx context.Context, m Message, t *Turn) error
	// Close frees connections and leaves the conversation at the vendor open. It ends calls that run.
	Close() error
}

// Opener is implemented by a Session whose conversation has to exist before a message can be sent. Open creates it,
// unless the Memory holds one. What Open sets in the Memory is saved before the message is sent.
type Opener interface {
	Open(ctx context.Context) error
}

// Greeter is implemented by a Session whose agent can speak first.
type Greeter interface {
	Greet(ctx context.Context, t *Turn) error
}

// HandOverer is implemented by a Session that can ask for a human.
type HandOverer interface {
	HandOver(ctx context.Context, t *Turn) error
}

// HandOverSayer is implemented by a Session that asks for a human in words of the user. Conversation.HandOver sends the
// text as Send sends a message, so that it is said once and Recover settles it.
type HandOverSayer interface {
	HandOverText() string
}

// Awaiter is implemented by a Session that can wait for the answer to a message by the vendor's id of it. Await emits
// the answer, as Send does.
type Awaiter interface {
	Await(ctx context.Context, vendorID string, t *Turn) error
}

// Lister is implemented by a Session that can read the conversation. List returns an empty Listing without a request
// if no conversation was opened.
type Lister interface {
	List(ctx context.Context) (Listing, error)
}

// Listener is implemented by a Session that learns of messages as they come. Listen calls emit for each until ctx
// ends or emit returns an error, and returns that. It calls emit on one goroutine at a time. If the Session is a
// Lister too, a message that Listen emits only causes a look at the list, so that each message comes exactly once.
type Listener interface {
	Listen(ctx context.Context, emit func(Event) error) error
}

// maxMemory bounds a driver's part of the State, in bytes.
const maxMemory = 2048

// Memory is a driver's part of the State. It is safe for concurrent use.
type Memory struct {
	c *Conversation // whose State holds it
}

// Get decodes the value of the last Set into v, a pointer. It leaves v alone before the first Set.
func (m *Memory) Get(v any) error {
	m.c.mu.Lock()
	defer m.c.mu.Unlock()
	if m.c.st.Memory == nil {
		return nil
	}
	return json.Unmarshal(m.c.st.Memory, v)
}

// Set replaces the value in the Memory by v, encoded as JSON. It is saved with the State, at the latest when the turn
// ends. An error that matches parley.ErrInvalidArgument means that v cannot be encoded or needs more than 2 048
// bytes. Then the Memory stays as it was.
func (m *Memory) Set(v any) error {
	raw, err := encode(v)
	if err != nil {
		return invalid("memory: %w", err)
	}
	if len(raw) > maxMemory {
		return invalid("memory: %d bytes exceed the limit of %d", len(raw), maxMemory)
	}
	m.c.mu.Lock()
	defer m.c.mu.Unlock()
	m.c.learned = m.c.learned || !bytes.Equal(m.c.st.Memory, raw)
	m.c.st.Memory = raw
	return nil
}

// encode returns v as JSON without the escapes for HTML, which would make it longer.
func encode(v any) ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimSpace(b.Bytes()), nil
}

var errGone = errors.New("the vendor does not know the conversation or the message any more")

// gone reports whether the vendor has deleted the conversation or the message that a look asked for.
func gone(err error) bool { return errors.Is(err, parley.ErrNotFound) }
