package consumer

import (
	"context"
	"log/slog"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/raia"
	"github.com/seed-127a5941/parley/raia/raiatest"
)

func raiaClient(t *testing.T, server *raiatest.Server, change func(*raia.Config)) (*raia.Client, string) {
	t.Helper()
	cfg := server.Config()
	if change != nil {
		change(&cfg)
	}
	client, err := raia.NewClient(cfg)
	require.NoError(t, err)
	user, err := client.Users.Create(t.Context(),
		raia.CreateUserParams{FirstName: "Ada", LastName: "Example", FkID: "desk"})
	require.NoError(t, err)
	return client, user.ID
}

func TestRaia_Answers(t *testing.T) {
	server := raiatest.NewServer()
	defer server.Close()
	client, user := raiaClient(t, server, nil)

	got := get(t, Raia(client.Conversations, user, slog.New(slog.DiscardHandler)), ask("Where is my order?"))
	assert.Equal(t, http.StatusOK, got.status)
	assert.Equal(t, "You said: Where is my order?", got.body)
}

func TestRaia_LostAnswerIsUnknownDelivery(t *testing.T) {
	server := raiatest.NewServer()
	defer server.Close()
	log, logged := logs()
	client, user := raiaClient(t, server, func(cfg *raia.Config) { cfg.Logger = log })

	server.Fail(1, raiatest.Failure{Reset: true})
	got := get(t, Raia(client.Conversations, user, log), ask("Where is my order?"))
	assert.Equal(t, http.StatusBadGateway, got.status)
	assert.Equal(t, "unknown", got.header.Get(DeliveryHeader))
	assert.NotContains(t, logged.String(), raiatest.AgentKey)
	assert.NotContains(t, logged.String(), "Where is my order?")
}

func TestRaia_QuotaTellsWhenToComeBack(t *testing.T) {
	server := raiatest.NewServer()
	defer server.Close()
	client, user := raiaClient(t, server, nil)

	server.Fail(1, raiatest.Failure{Status: http.StatusTooManyRequests, Header: http.Header{"Retry-After": {"90"}}})
	got := get(t, Raia(client.Conversations, user, slog.New(slog.DiscardHandler)), ask("Where is my order?"))
	assert.Equal(t, http.StatusServiceUnavailable, got.status)
	assert.Equal(t, "90", got.header.Get("Retry-After"))
	assert.Empty(t, got.header.Get(DeliveryHeader), "nothing was done")
}

// mockRaia stands in for raia.Client.Conversations without any server.
type mockRaia struct {
	asked []raia.SendMessageParams
	err   error
}

func (m *mockRaia) Create(context.Context, raia.CreateConversationParams) (*raia.Conversation, error) {
	return &raia.Conversation{ID: "conversation"}, nil
}

func (m *mockRaia) Send(_ context.Context, id string, params raia.SendMessageParams) (*raia.Message, error) {
	m.asked = append(m.asked, params)
	if m.err != nil {
		return nil, m.err
	}
	return &raia.Message{Message: "from a mock, in " + id}, nil
}

func TestRaia_Mocked(t *testing.T) {
	mock := &mockRaia{}
	got := get(t, Raia(mock, "user", slog.New(slog.DiscardHandler)), ask("Hello"))
	assert.Equal(t, "from a mock, in conversation", got.body)
	assert.Equal(t, []raia.SendMessageParams{{Message: "Hello"}}, mock.asked)

	mock.err = &raia.Error{StatusCode: http.StatusNotFound, Code: raia.CodeEntityNotFound}
	assert.Equal(t, http.StatusNotFound, get(t, Raia(mock, "user", slog.New(slog.DiscardHandler)), ask("Hello")).status)
}
