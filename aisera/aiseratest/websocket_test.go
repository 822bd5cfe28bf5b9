package aiseratest_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/aisera"
	"github.com/seed-127a5941/parley/aisera/aiseratest"
	"github.com/seed-127a5941/parley/internal/testing/fakeserver"
)

func TestBehave_ConnectionsEnd(t *testing.T) {
	s := aiseratest.NewServer()
	defer s.Close()
	s.Answer(func(aiseratest.Message) []aiseratest.Reply { return aiseratest.HandOver("Hello") })
	_, conn := open(t, s.Config())
	s.Behave(aiseratest.Behavior{DropAfterReplies: 1})
	_, err := conn.Ask(t.Context(), aisera.Text("one frame arrives"))
	require.NoError(t, err)
	_, err = conn.Receive(t.Context())
	require.Error(t, err)

	s.Behave(aiseratest.Behavior{})
	_, conn = open(t, s.Config())
	s.Behave(aiseratest.Behavior{DropAfterFrame: true})
	_, err = conn.Ask(t.Context(), aisera.Text("none arrives"))
	require.ErrorIs(t, err, aisera.ErrDeliveryUnknown)
	assert.Len(t, s.Ledger(), 1, "the second message was read and not heard")

	for _, b := range []aiseratest.Behavior{{DropOnAccept: true}, {CloseCode: 1011, CloseReason: "busy"}} {
		s.Behave(b)
		peer, _, err := fakeserver.Dial(t.Context(), s.Config().WebSocketURL)
		require.NoError(t, err)
		_, err = peer.Read(t.Context())
		require.Error(t, err)
		assert.Equal(t, b.CloseCode != 0, strings.Contains(err.Error(), "busy"), "%v", err)
		peer.Drop()
	}
}

func TestBehave_SilentIsEndedByClose(t *testing.T) {
	s := aiseratest.NewServer()
	s.Behave(aiseratest.Behavior{Silent: true})
	peer, _, err := fakeserver.Dial(t.Context(), s.Config().WebSocketURL)
	require.NoError(t, err)
	defer peer.Drop()
	require.NoError(t, peer.Write(t.Context(), []byte("{}")))
	s.Close()
	assert.Empty(t, s.Frames())
}
