package aiseratest_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/seed-127a5941/parley/aisera"
	"github.com/seed-127a5941/parley/aisera/aiseratest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var user = aisera.User{ID: "u-1", Email: "u-1@example.test"}

func open(t *testing.T, cfg aisera.Config) (*aisera.Client, *aisera.Conn) {
	t.Helper()
	client, err := aisera.NewClient(cfg)
	require.NoError(t, err)
	conn, err := client.Dial(t.Context(), user, aisera.DialOptions{NoReconnect: true})
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	return client, conn
}

func TestServer_Dialogue(t *testing.T) {
	s := aiseratest.NewServer()
	defer s.Close()
	client, conn := open(t, s.Config())
	_, err := client.Send(t.Context(), user, aisera.Text("one"))
	require.NoError(t, err)
	_, err = conn.Ask(t.Context(), aisera.Text("two"))
	require.NoError(t, err)
	history, err := client.Send(t.Context(), user, aisera.SessionHistory())
	require.NoError(t, err)
	assert.Equal(t, "one\ntwo", history.Text())
	_, err = client.Send(t.Context(), user, aisera.Logout())
	require.NoError(t, err)
	history, err = conn.Ask(t.Context(), aisera.SessionHistory())
	require.NoError(t, err)
	assert.Empty(t, history.Text())
	agent, err := conn.Ask(t.Context(), aisera.Text("Contact live agent"))
	require.NoError(t, err)
	assert.Equal(t, aisera.ModeLiveAgentWaiting, agent.Mode)
	assert.Len(t, s.Frames(), 3)
	assert.Equal(t, 1, s.Frames()[0].Connection)
	assert.Len(t, s.Requests(), 4, "with the handshake")
	assert.Equal(t, 1, s.Connections())
}

func TestServer_ChecksTheToken(t *testing.T) {
	s := aiseratest.NewServer()
	defer s.Close()
	cfg := s.Config()
	cfg.Token = "wrong"
	client, conn := open(t, cfg)
	_, err := client.Send(t.Context(), user, aisera.Text("x"))
	assert.ErrorIs(t, err, aisera.ErrUnauthorized)
	_, err = conn.Ask(t.Context(), aisera.Text("x"))
	assert.ErrorIs(t, err, aisera.ErrUnauthorized)
}

func TestServer_Answer(t *testing.T) {
	s := aiseratest.NewServer()
	defer s.Close()
	client, conn := open(t, s.Config())
	var got []aiseratest.Message
	s.Answer(func(m aiseratest.Message) []aiseratest.Reply {
		got = append(got, m)
		return []aiseratest.Reply{
			{Mode: aisera.ModeStatusUpdate},
			{Mode: aisera.ModeNormal, Answers: []string{"x"}, Nested: true, Extra: map[string]any{"score": 1}},
		}
	})
	form := aisera.SubmitForm("f", map[string]any{"a": true})
	form.SessionVars = map[string]any{"v": "w"}
	r, err := client.Send(t.Context(), user, form)
	require.NoError(t, err)
	assert.Equal(t, "x", r.Text())
	assert.Contains(t, string(r.Raw), `"score":1`)
	_, err = conn.Ask(t.Context(), form)
	require.NoError(t, err)
	for i, m := range got {
		assert.Equal(t, i == 1, m.WebSocket)
		assert.Equal(t, "u-1", m.UserID)
		assert.Equal(t, aiseratest.ChannelID, m.ChannelID)
		assert.Equal(t, "f", m.FormID)
		assert.Equal(t, map[string]any{"a": true}, m.FormFieldValues)
		assert.Equal(t, map[string]any{"v": "w"}, m.SessionVars)
		assert.NotEmpty(t, m.RequestID)
		assert.NotEmpty(t, m.Raw)
	}
	s.Answer(func(aiseratest.Message) []aiseratest.Reply { return nil })
	_, err = client.Send(t.Context(), user, aisera.Text("x"))
	assert.ErrorIs(t, err, aisera.ErrDecode)
	s.Answer(func(aiseratest.Message) []aiseratest.Reply {
		return []aiseratest.Reply{{Extra: map[string]any{"cannot": func() {}}}}
	})
	r, _ = client.Send(t.Context(), user, aisera.Text("x"))
	assert.Equal(t, aisera.ModeError, r.Mode)
	s.Answer(nil)
	s.EchoRequestIDs(false)
	r, err = client.Send(t.Context(), user, aisera.Text("x"))
	require.NoError(t, err)
	assert.Equal(t, "You said: x", r.Text())
	assert.Empty(t, r.RequestID)
}

func TestServer_RefusesWhatIsNoMessage(t *testing.T) {
	s := aiseratest.NewServer()
	defer s.Close()
	req, err := http.NewRequestWithContext(t.Context(), "POST", s.Config().BaseURL+"/api/receive",
		strings.NewReader("<x>"))
	require.NoError(t, err)
	req.Header.Set("Authorization", "Bearer "+aiseratest.Token)
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Do(req)
	require.NoError(t, err)
	_ = resp.Body.Close()
	assert.Equal(t, 400, resp.StatusCode)
	resp, err = client.Get(s.Config().BaseURL + "/ws")
	require.NoError(t, err)
	_ = resp.Body.Close()
	assert.Equal(t, 426, resp.StatusCode)
}

func TestServer_CloseConnections(t *testing.T) {
	s := aiseratest.NewServer()
	defer s.Close()
	_, conn := open(t, s.Config())
	_, err := conn.Ask(t.Context(), aisera.Text("x"))
	require.NoError(t, err)
	s.CloseConnections(4000, "maintenance")
	_, err = conn.Receive(t.Context())
	var closed *aisera.CloseError
	require.ErrorAs(t, err, &closed)
	assert.Equal(t, aisera.CloseError{Code: 4000, Reason: "maintenance"}, *closed)
}
