package chat

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley"
)

// losing is a driver, and a session that loses each message.
type losing struct{}

func (losing) Name() string                               { return "losing" }
func (losing) Capabilities() Capabilities                 { return Capabilities{} }
func (losing) Connect(User, *Memory) (Session, error)     { return losing{}, nil }
func (losing) Send(context.Context, Message, *Turn) error { return parley.ErrDeliveryUnknown }
func (losing) Close() error                               { return nil }

// time.Time tells its monotonic reading only in its text. Without it, a system clock that is set forward between Send
// and Recover would make RecoverWait seem over, and the absence of a message that is under way would be taken for the
// proof that it was not delivered.
func TestState_TimesOfTheProcessAreMonotonic(t *testing.T) {
	c, err := New(losing{}, User{ID: "u"}, Options{})
	require.NoError(t, err)
	_, err = c.Ask(t.Context(), Message{Text: "yes"})
	require.ErrorIs(t, err, parley.ErrDeliveryUnknown)
	assert.Contains(t, c.pending().SentAt.String(), " m=")
	c.st.expect("1")
	assert.Contains(t, c.st.LateAt.String(), " m=")
	require.NoError(t, c.save(t.Context()))
	assert.Contains(t, c.pending().SentAt.String(), " m=", "encoding the State changes nothing in memory")
}

func TestState_HoldsTimesInUTC(t *testing.T) {
	at := time.Date(2026, 11, 25, 22, 0, 0, 0, time.FixedZone("", 2*60*60))
	st := state{Pending: &record{SentAt: at}, LostAt: at, LateAt: at}
	raw, err := st.encode()
	require.NoError(t, err)
	assert.JSONEq(t, `{"v":0,"driver":"","user":"","pending":{"id":"","hash":"","at":"2026-11-25T20:00:00Z"},`+
		`"lostAt":"2026-11-25T20:00:00Z","lateAt":"2026-11-25T20:00:00Z"}`, raw.String())
	assert.Equal(t, at, st.Pending.SentAt)
	c := &Conversation{st: st}
	pending, ok := c.Pending()
	require.True(t, ok)
	assert.Equal(t, at.UTC(), pending.SentAt)
}
