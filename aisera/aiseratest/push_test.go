package aiseratest_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/aisera"
	"github.com/seed-127a5941/parley/aisera/aiseratest"
)

func TestPushTo_ReachesOneUser(t *testing.T) {
	s := aiseratest.NewServer()
	defer s.Close()
	client, ada := open(t, s.Config())
	ben, err := client.Dial(t.Context(), aisera.User{ID: "u-2"}, aisera.DialOptions{NoReconnect: true})
	require.NoError(t, err)
	defer ben.Close()
	assert.False(t, s.HumanSays("u-1", "too early"), "no frame said whose connection it is")
	for _, conn := range []*aisera.Conn{ada, ben} {
		_, err = conn.Ask(t.Context(), aisera.Text("hi"))
		require.NoError(t, err)
	}
	require.True(t, s.HumanSays("u-2", "Hello Ben"))
	require.Equal(t, 1, s.PushTo("u-1", aiseratest.Say("Hello Ada")))
	s.Push(aiseratest.Say("Hello all"))
	for conn, want := range map[*aisera.Conn][]string{
		ada: {"Hello Ada", "Hello all"}, ben: {"Hello Ben", "Hello all"},
	} {
		for _, text := range want {
			response, err := conn.Receive(t.Context())
			require.NoError(t, err)
			assert.Equal(t, text, response.Text())
		}
	}

	require.Equal(t, 1, s.CloseConnectionsOf("u-2", 1008, "policy"))
	_, err = ben.Receive(t.Context())
	require.ErrorIs(t, err, aisera.ErrUnauthorized)
	_, err = ada.Ask(t.Context(), aisera.Text("still here"))
	require.NoError(t, err)
}
