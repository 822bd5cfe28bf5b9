package siteassisttest_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/siteassist"
)

func TestServer_HumanTakeover(t *testing.T) {
	server, client := start(t)
	id := converse(t, client)
	require.True(t, server.TakeOver(id, "Sample Agent"))
	assert.False(t, server.TakeOver("none", "x"))

	result, err := client.Messages.Send(t.Context(), id, siteassist.SendMessageParams{Content: "Hi"})
	require.NoError(t, err)
	assert.True(t, result.Queued)
	stream, err := say(t, client, id, "Hello?")
	require.NoError(t, err)
	assert.True(t, stream.Queued())

	require.True(t, server.HumanSays(id, "I am here."))
	c, err := client.Conversations.Get(t.Context(), id)
	require.NoError(t, err)
	assert.True(t, c.IsHumanHandled)
	assert.Equal(t, "Sample Agent", c.HumanAgent.Name)
	last := c.Messages[len(c.Messages)-1]
	assert.Equal(t, siteassist.RoleHumanAgent, last.Role)
	assert.Equal(t, "I am here.", last.Text())
	assert.Equal(t, "Sample Agent", last.HumanAgent.Name)
}

func TestServer_QueueWithoutAnAgent(t *testing.T) {
	server, client := start(t)
	id := converse(t, client)
	require.True(t, server.Queue(id))
	assert.False(t, server.Queue("none"))
	result, err := client.Messages.Send(t.Context(), id, siteassist.SendMessageParams{Content: "Hi"})
	require.NoError(t, err)
	assert.True(t, result.Queued)
	c, err := client.Conversations.Get(t.Context(), id)
	require.NoError(t, err)
	assert.True(t, c.IsHumanHandled)
	assert.Nil(t, c.HumanAgent)
	require.Len(t, c.Messages, 1, "the message is stored")

	require.True(t, server.HumanSays(id, "Hello"), "an agent takes over")
	require.True(t, server.HandBack(id))
	result, err = client.Messages.Send(t.Context(), id, siteassist.SendMessageParams{Content: "Bot?"})
	require.NoError(t, err)
	assert.Equal(t, "You said: Bot?", result.Text())
	assert.False(t, server.HumanSays("none", "x"))
	assert.False(t, server.HandBack("none"))
}
