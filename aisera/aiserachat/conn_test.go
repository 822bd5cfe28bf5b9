package aiserachat

import (
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/aisera"
	"github.com/seed-127a5941/parley/aisera/aiseratest"
	"github.com/seed-127a5941/parley/chat"
)

func event(n int) chat.Event { return chat.Event{Kind: chat.EventMessage, ID: strconv.Itoa(n)} }

func drain(feed chan chat.Event) (ids []string) {
	for len(feed) > 0 {
		ids = append(ids, (<-feed).ID)
	}
	return ids
}

func TestFeeds_EachGetsEverythingInOrder(t *testing.T) {
	var f feeds
	f.publish(event(1)) // before anybody listens
	first := f.add()
	second := f.add()
	f.publish(event(2))
	f.publish(event(3))
	assert.Equal(t, []string{"1", "2", "3"}, drain(first))
	assert.Equal(t, []string{"2", "3"}, drain(second))
	f.remove(second)
	f.publish(event(4))
	assert.Empty(t, drain(second))
	assert.Equal(t, []string{"4"}, drain(first))
}

func TestFeeds_TheOldestAreLostWhenNobodyReads(t *testing.T) {
	for _, listens := range []bool{true, false} {
		var f feeds
		var feed chan chat.Event
		if listens {
			feed = f.add()
		}
		for n := range kept + 10 {
			f.publish(event(n))
		}
		if !listens {
			feed = f.add()
		}
		ids := drain(feed)
		assert.Len(t, ids, kept)
		assert.Equal(t, "10", ids[0])
	}
}

func talk(t *testing.T, server *aiseratest.Server) *chat.Conversation {
	client, err := aisera.NewClient(server.Config())
	require.NoError(t, err)
	c, err := chat.New(New(client, Options{WebSocket: true}), chat.User{ID: "7"}, chat.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.Close() })
	return c
}

func TestConnect_ARefusedHandshakeSaysNothing(t *testing.T) {
	server := aiseratest.NewServer()
	defer server.Close()
	c := talk(t, server)
	server.Fail(2, aiseratest.Failure{Status: 403})
	_, err := c.Ask(t.Context(), chat.Message{Text: "x"})
	require.ErrorIs(t, err, aisera.ErrForbidden)
	require.ErrorIs(t, err, aisera.ErrNotSent)
	_, open := c.Pending()
	assert.False(t, open)
	for _, err := range c.Events(t.Context(), "") {
		require.ErrorIs(t, err, aisera.ErrForbidden)
	}
	_, err = c.Ask(t.Context(), chat.Message{Text: "x"})
	require.NoError(t, err)
}

func TestConnect_AConnectionThatWasRefusedIsDialledAgain(t *testing.T) {
	server := aiseratest.NewServer()
	defer server.Close()
	c := talk(t, server)
	_, err := c.Ask(t.Context(), chat.Message{Text: "x"})
	require.NoError(t, err)
	server.CloseConnections(4401, "the token was revoked")
	for server.Connections() == 1 {
		_, err = c.Ask(t.Context(), chat.Message{Text: "y"})
		if err != nil {
			_, _ = chat.Collect(c.Recover(t.Context()))
		}
		require.NoError(t, t.Context().Err())
	}
	_, err = c.Ask(t.Context(), chat.Message{Text: "z"})
	require.NoError(t, err)
}
