package consumer

import (
	"context"
	"log/slog"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/aisera"
	"github.com/seed-127a5941/parley/aisera/aiseratest"
)

var visitor = aisera.User{ID: "ada", Email: "ada@example.com"}

func TestAisera_AnswersOverBothTransports(t *testing.T) {
	server := aiseratest.NewServer()
	defer server.Close()
	client, err := aisera.NewClient(server.Config())
	require.NoError(t, err)
	conn, err := client.Dial(t.Context(), visitor, aisera.DialOptions{})
	require.NoError(t, err)
	defer conn.Close()

	for _, asker := range []AiseraAsker{conn, OverHTTP{client, visitor}} {
		got := get(t, Aisera(asker, slog.New(slog.DiscardHandler)), ask("My VPN is down"))
		assert.Equal(t, http.StatusOK, got.status)
		assert.Equal(t, "You said: My VPN is down", got.body)
	}
}

func TestAisera_LostConnectionIsUnknownDelivery(t *testing.T) {
	server := aiseratest.NewServer()
	defer server.Close()
	server.Behave(aiseratest.Behavior{DropAfterFrame: true})
	client, err := aisera.NewClient(server.Config())
	require.NoError(t, err)
	conn, err := client.Dial(t.Context(), visitor, aisera.DialOptions{NoReconnect: true})
	require.NoError(t, err)
	defer conn.Close()

	got := get(t, Aisera(conn, slog.New(slog.DiscardHandler)), ask("My VPN is down"))
	assert.Equal(t, http.StatusBadGateway, got.status)
	assert.Equal(t, "unknown", got.header.Get(DeliveryHeader))
}

func TestAisera_InBandErrorIsAnError(t *testing.T) {
	server := aiseratest.NewServer()
	defer server.Close()
	server.Answer(func(aiseratest.Message) []aiseratest.Reply {
		return []aiseratest.Reply{aiseratest.Fault(aisera.ModeError, "ERR-001")}
	})
	client, err := aisera.NewClient(server.Config())
	require.NoError(t, err)

	got := get(t, Aisera(OverHTTP{client, visitor}, slog.New(slog.DiscardHandler)), ask("My VPN is down"))
	assert.Equal(t, http.StatusBadGateway, got.status)
}

type mockAisera struct{ said []aisera.Message }

func (m *mockAisera) Ask(_ context.Context, message aisera.Message) (*aisera.Response, error) {
	m.said = append(m.said, message)
	return &aisera.Response{Mode: aisera.ModeNormal, Answers: []aisera.Answer{{Text: "mocked"}}}, nil
}

func TestAisera_Mocked(t *testing.T) {
	mock := &mockAisera{}
	assert.Equal(t, "mocked", get(t, Aisera(mock, slog.New(slog.DiscardHandler)), ask("Hello")).body)
	assert.Equal(t, []aisera.Message{aisera.Text("Hello")}, mock.said)
}
