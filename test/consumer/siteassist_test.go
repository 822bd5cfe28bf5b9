package consumer

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/siteassist"
	"github.com/seed-127a5941/parley/siteassist/siteassisttest"
)

func siteAssist(
	t *testing.T, server *siteassisttest.Server,
) (messages *siteassist.MessagesService, conversationID string) {
	t.Helper()
	client, err := siteassist.NewClient(server.Config())
	require.NoError(t, err)
	started, err := client.Conversations.Start(t.Context(),
		siteassist.StartConversationParams{PageURL: "https://example.com/"})
	require.NoError(t, err)
	return client.Messages, started.ID
}

func TestSiteAssist_StreamsTheWholeAnswer(t *testing.T) {
	server := siteassisttest.NewServer()
	defer server.Close()
	messages, id := siteAssist(t, server)

	got := get(t, SiteAssist(messages, id, slog.New(slog.DiscardHandler)), ask("Hello"))
	assert.Equal(t, "You said: Hello", got.body)
	assert.Equal(t, "true", got.trailer.Get(WholeTrailer))
}

func TestSiteAssist_SaysThatAnAnswerWasCut(t *testing.T) {
	server := siteassisttest.NewServer()
	defer server.Close()
	messages, id := siteAssist(t, server)
	server.Answer(func(siteassisttest.Message) siteassisttest.Answer {
		return siteassisttest.Answer{Text: "one two three", Fault: siteassisttest.FaultResetInStream, FaultAfter: 4}
	})

	log, logged := logs()
	got := get(t, SiteAssist(messages, id, log), ask("Hello"))
	assert.Equal(t, "one ", got.body)
	assert.Equal(t, "false", got.trailer.Get(WholeTrailer))
	assert.Contains(t, logged.String(), `"truncated":true`)
}

func TestSiteAssist_HumanAgent(t *testing.T) {
	server := siteassisttest.NewServer()
	defer server.Close()
	messages, id := siteAssist(t, server)
	server.TakeOver(id, "Sam")

	got := get(t, SiteAssist(messages, id, slog.New(slog.DiscardHandler)), ask("Hello"))
	assert.Equal(t, http.StatusAccepted, got.status)
	assert.Empty(t, got.body)
}

func TestSiteAssist_WrongArgumentsSendNothing(t *testing.T) {
	server := siteassisttest.NewServer()
	defer server.Close()
	messages, id := siteAssist(t, server)
	before := len(server.Requests())

	got := get(t, SiteAssist(messages, id, slog.New(slog.DiscardHandler)), ask(""))
	assert.Equal(t, http.StatusBadRequest, got.status)
	assert.Len(t, server.Requests(), before)
}

type mockSiteAssist struct{ err error }

func (m mockSiteAssist) Stream(context.Context, string, siteassist.SendMessageParams) (*siteassist.Stream, error) {
	return nil, m.err
}

func TestSiteAssist_Mocked(t *testing.T) {
	mock := mockSiteAssist{err: errors.Join(errors.New("mocked"), siteassist.ErrDeliveryUnknown)}
	got := get(t, SiteAssist(mock, "id", slog.New(slog.DiscardHandler)), ask("Hello"))
	assert.Equal(t, http.StatusBadGateway, got.status)
	assert.Equal(t, "unknown", got.header.Get(DeliveryHeader))
}
