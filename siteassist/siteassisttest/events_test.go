package siteassisttest_test

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/internal/testing/fakeserver"
	"github.com/seed-127a5941/parley/siteassist"
	"github.com/seed-127a5941/parley/siteassist/siteassisttest"
)

// watch opens the WebSocket of a conversation, as the vendor's widget does.
func watch(t *testing.T, server *siteassisttest.Server, id string) *fakeserver.Peer {
	conn, _, err := fakeserver.Dial(t.Context(), eventsURL(server, id, siteassisttest.PublishableKey))
	require.NoError(t, err)
	t.Cleanup(conn.Drop)
	return conn
}

func eventsURL(server *siteassisttest.Server, id, key string) string {
	base := strings.Replace(server.Config().BaseURL, "http", "ws", 1)
	return base + "/conversations/" + id + "/ws?apiKey=" + key
}

func next(t *testing.T, conn *fakeserver.Peer) string {
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	frame, err := conn.Read(ctx)
	require.NoError(t, err)
	return string(frame)
}

func TestEvents_ShowWhatPeopleSay(t *testing.T) {
	server, client := start(t)
	id := converse(t, client)
	conn := watch(t, server, id)
	require.NoError(t, conn.Write(t.Context(), []byte("ping")))
	assert.Equal(t, "pong", next(t, conn))
	assert.Equal(t, 1, server.Watchers(id))

	_, err := client.Messages.Send(t.Context(), id, siteassist.SendMessageParams{Content: "Hello"})
	require.NoError(t, err)
	require.True(t, server.TakeOver(id, "Ada"))
	require.True(t, server.HumanSays(id, "Hi, this is Ada."))
	type frame struct {
		Type, ChatID string
		Message      *siteassist.Message
	}
	var frames []frame
	for range 3 {
		var f frame
		require.NoError(t, json.Unmarshal([]byte(next(t, conn)), &f))
		assert.Equal(t, id, f.ChatID)
		frames = append(frames, f)
	}
	assert.Equal(t, "new_message", frames[0].Type)
	assert.Equal(t, siteassist.RoleUser, frames[0].Message.Role)
	assert.Equal(t, "human_assigned", frames[1].Type)
	assert.Nil(t, frames[1].Message)
	assert.Equal(t, siteassist.RoleHumanAgent, frames[2].Message.Role)
	assert.Equal(t, "Hi, this is Ada.", frames[2].Message.Text())
}

func TestEvents_ConversationsDoNotMix(t *testing.T) {
	server, client := start(t)
	first, second := converse(t, client), converse(t, client)
	conn := watch(t, server, first)
	require.NoError(t, conn.Write(t.Context(), []byte("ping")))
	assert.Equal(t, "pong", next(t, conn), "it is watching now")
	require.True(t, server.HumanSays(second, "not for the first"))
	require.True(t, server.HumanSays(first, "for the first"))
	assert.Contains(t, next(t, conn), "human_assigned")
	assert.Contains(t, next(t, conn), "for the first")
}

func TestEvents_CutAndRefused(t *testing.T) {
	server, client := start(t)
	id := converse(t, client)
	conn := watch(t, server, id)
	require.NoError(t, conn.Write(t.Context(), []byte("ping")))
	assert.Equal(t, "pong", next(t, conn))
	server.CutEvents()
	_, err := conn.Read(t.Context())
	require.Error(t, err)
	assert.NotContains(t, err.Error(), "close frame")

	for url, status := range map[string]int{
		eventsURL(server, id, "wrong"):                           http.StatusUnauthorized,
		eventsURL(server, "none", siteassisttest.PublishableKey): http.StatusNotFound,
	} {
		_, response, err := fakeserver.Dial(t.Context(), url)
		require.Error(t, err)
		assert.Equal(t, status, response.StatusCode)
	}
}

func TestEvents_CloseEndsThem(t *testing.T) {
	server, client := start(t)
	id := converse(t, client)
	conn := watch(t, server, id)
	server.Close()
	_, err := conn.Read(t.Context())
	require.Error(t, err)
}
