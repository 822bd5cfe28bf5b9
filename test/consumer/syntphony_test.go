package consumer

import (
	"context"
	"encoding/json"
	"log/slog"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/syntphony"
	"github.com/seed-127a5941/parley/syntphony/syntphonytest"
)

func TestSyntphony_GoesOnFromRequestToRequest(t *testing.T) {
	server := syntphonytest.NewServer()
	defer server.Close()
	var turns []syntphonytest.Turn // one after the other
	server.Answer(func(turn syntphonytest.Turn) syntphony.Reply {
		turns = append(turns, turn)
		raw, _ := json.Marshal("heard " + turn.Text)
		return syntphony.Reply{Answers: []syntphony.Answer{{Content: syntphony.Content{Raw: raw}}}}
	})
	client, err := syntphony.NewClient(server.Config())
	require.NoError(t, err)
	desk := Syntphony(ResumeSyntphony(client), &States{}, slog.New(slog.DiscardHandler))

	assert.Equal(t, "heard one", get(t, desk, "visitor=ada&q=one").body)
	assert.Equal(t, "heard two", get(t, desk, "visitor=ada&q=two").body)
	assert.Equal(t, "heard three", get(t, desk, "visitor=bob&q=three").body)
	require.Len(t, turns, 3)
	assert.Equal(t, []bool{true, false, true}, []bool{turns[0].First, turns[1].First, turns[2].First})
	assert.Equal(t, turns[0].SessionCode, turns[1].SessionCode)
}

func TestSyntphony_FailedTurnChangesNothing(t *testing.T) {
	server := syntphonytest.NewServer()
	defer server.Close()
	client, err := syntphony.NewClient(server.Config())
	require.NoError(t, err)
	states := &States{}
	desk := Syntphony(ResumeSyntphony(client), states, slog.New(slog.DiscardHandler))
	require.Equal(t, http.StatusOK, get(t, desk, "visitor=ada&q=one").status)
	before := states.Load("ada")

	server.Fail(1, syntphonytest.Failure{Status: http.StatusInternalServerError})
	got := get(t, desk, "visitor=ada&q=two")
	assert.Equal(t, http.StatusBadGateway, got.status)
	assert.Equal(t, "unknown", got.header.Get(DeliveryHeader))
	assert.Equal(t, before, states.Load("ada"))
}

func TestSyntphony_RefusedClientIsTheDesksFault(t *testing.T) {
	server := syntphonytest.NewServer()
	defer server.Close()
	cfg := server.Config()
	cfg.Keycloak.ClientSecret = "not-the-secret"
	client, err := syntphony.NewClient(cfg)
	require.NoError(t, err)

	log, logged := logs()
	got := get(t, Syntphony(ResumeSyntphony(client), &States{}, log), "visitor=ada&q=one")
	assert.Equal(t, http.StatusBadGateway, got.status)
	assert.NotContains(t, logged.String(), "not-the-secret")
}

type mockSession struct{ said []string }

func (m *mockSession) Say(_ context.Context, text string) (*syntphony.Reply, error) {
	m.said = append(m.said, text)
	return &syntphony.Reply{SessionCode: "mocked"}, nil
}

func (m *mockSession) State() syntphony.SessionState { return syntphony.SessionState{Code: "mocked"} }

func TestSyntphony_Mocked(t *testing.T) {
	mock, states := &mockSession{}, &States{}
	resume := func(string, syntphony.SessionState) SyntphonySession { return mock }
	assert.Equal(t, http.StatusOK,
		get(t, Syntphony(resume, states, slog.New(slog.DiscardHandler)), "visitor=ada&q=one").status)
	assert.Equal(t, []string{"one"}, mock.said)
	assert.Equal(t, "mocked", states.Load("ada").Code)
}
