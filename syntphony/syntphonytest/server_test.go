package syntphonytest_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/seed-127a5941/parley/syntphony"
	"github.com/seed-127a5941/parley/syntphony/syntphonytest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var caller = syntphony.Caller{UserRef: "ref", OS: "Linux"}

// rig is a server with a client that is not the SDK, so that tests see the wire.
type rig struct {
	*testing.T
	server *syntphonytest.Server
	cfg    syntphony.Config
	http   *http.Client
	token  string
}

func newRig(t *testing.T) *rig {
	server := syntphonytest.NewServer()
	pool := &http.Transport{}
	t.Cleanup(func() { server.Close(); server.Close(); pool.CloseIdleConnections() })
	return &rig{T: t, server: server, cfg: server.Config(), http: &http.Client{Transport: pool}}
}

func (r *rig) client(change ...func(*syntphony.Config)) *syntphony.Client {
	cfg := r.cfg
	cfg.HTTPClient = r.http
	for _, f := range change {
		f(&cfg)
	}
	client, err := syntphony.NewClient(cfg)
	require.NoError(r, err)
	return client
}

// grant asks Keycloak with these form fields over the right ones.
func (r *rig) grant(fields ...string) (int, map[string]any) {
	form := url.Values{
		"client_id": {r.cfg.Keycloak.ClientID}, "client_secret": {r.cfg.Keycloak.ClientSecret},
		"grant_type": {"client_credentials"},
	}
	for i := 0; i < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	path := "/auth/realms/" + r.cfg.Keycloak.Realm + "/protocol/openid-connect/token"
	resp, err := r.http.PostForm(r.cfg.Keycloak.URL+path, form)
	require.NoError(r, err)
	defer resp.Body.Close()
	var body map[string]any
	require.NoError(r, json.NewDecoder(resp.Body).Decode(&body))
	return resp.StatusCode, body
}

// post sends a body to the broker, with every header that it wants changed by change.
func (r *rig) post(path, kind, body string, change func(http.Header)) (int, string) {
	if r.token == "" {
		_, grant := r.grant()
		r.token, _ = grant["access_token"].(string)
	}
	req, err := http.NewRequestWithContext(r.Context(), http.MethodPost, r.cfg.BaseURL+path, strings.NewReader(body))
	require.NoError(r, err)
	for name, value := range map[string]string{
		"Content-Type": kind, "Authorization": "Bearer " + r.token, "API-KEY": r.cfg.APIKey, "OS": "x", "USER-REF": "x",
		"LOCALE": "en-US", "LOCAL": "en-US", "CHANNEL": syntphonytest.ChannelName,
	} {
		req.Header.Set(name, value)
	}
	if change != nil {
		change(req.Header)
	}
	resp, err := r.http.Do(req)
	require.NoError(r, err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	require.NoError(r, err)
	return resp.StatusCode, string(text)
}

func (r *rig) agent() string {
	return "/org/" + r.cfg.OrgID + "/env/" + r.cfg.EnvID + "/bot/" + r.cfg.BotID
}
func (r *rig) live() string { return r.agent() + "/channel/" + r.cfg.ChannelID + "/v1/conversations" }

func TestBroker_ChecksCredentialsAndHeaders(t *testing.T) {
	r := newRig(t)
	const said = `{"text":"hi"}`
	const kind = "application/json"
	for name, want := range map[string]int{
		"Authorization": 401, "API-KEY": 403, "OS": 400, "USER-REF": 400, "LOCALE": 400,
	} {
		status, _ := r.post(r.live(), kind, said, func(h http.Header) { h.Del(name) })
		assert.Equal(t, want, status, name)
	}
	status, _ := r.post(r.live(), kind, said, func(h http.Header) { h.Set("Authorization", "Bearer wrong") })
	assert.Equal(t, 401, status)
	for path, want := range map[string]int{
		r.live():                                   200,
		r.live() + "/unknown":                      404,
		strings.ReplaceAll(r.live(), "0b", "0f"):   403,
		r.agent() + "/conversations":               200,
		r.agent() + "/conversations/x/unspecified": 404,
	} {
		status, _ := r.post(path, kind, said, nil)
		assert.Equal(t, want, status, path)
	}
	status, _ = r.post(r.agent()+"/conversations", kind, said, func(h http.Header) { h.Set("CHANNEL", "other") })
	assert.Equal(t, 404, status)
	status, _ = r.post(r.agent()+"/conversations", "multipart/form-data; boundary=x", "", nil)
	assert.Equal(t, 400, status, "no audio on the deprecated URL")

	r.server.RevokeTokens()
	status, _ = r.post(r.live(), kind, said, nil)
	assert.Equal(t, 401, status)
}

func TestBroker_ChecksBodies(t *testing.T) {
	r := newRig(t)
	for _, c := range []struct{ path, kind, body string }{
		{r.live(), "application/json", `[]`},
		{r.live(), "application/json", `{"text":""}`},
		{r.live(), "text/plain", `{"text":"hi"}`},
		{r.live(), "multipart/form-data; boundary=x", "broken"},
		{r.live(), "multipart/form-data; boundary=x", form("", `{}`, "", "")},
		{r.live(), "multipart/form-data; boundary=x", form("conversationRequestJson", `{}`, "", "")},
		{r.live(), "multipart/form-data; boundary=x", form("conversationRequestJson", `{}`, "file", "ID3")},
		{"/org/" + r.cfg.OrgID + "/env/" + r.cfg.EnvID + "/likable", "application/json", `{"evaluation":true}`},
		{r.agent() + "/conversations/x/satisfactions", "application/json", `{"evaluation":1}`},
	} {
		status, text := r.post(c.path, c.kind, c.body, nil)
		assert.Equal(t, 400, status, c.body)
		assert.Contains(t, text, "message")
	}
	status, _ := r.post(r.agent()+"/conversations/x/satisfactions", "application/json", `{}`,
		func(h http.Header) { h.Del("LOCAL") })
	assert.Equal(t, 400, status)
	status, _ = r.post(r.agent()+"/conversations/x/satisfactions", "application/json",
		`{"evaluation":1,"answered":1,"expireSession":true}`, nil)
	assert.Equal(t, 404, status)
}

// form is a multipart body with a value and a file. Parts with an empty name are left out.
func form(value, text, file, content string) string {
	var b strings.Builder
	if value != "" {
		b.WriteString("--x\r\nContent-Disposition: form-data; name=\"" + value + "\"\r\n\r\n" + text + "\r\n")
	}
	if file != "" {
		b.WriteString("--x\r\nContent-Disposition: form-data; name=\"" + file + "\"; filename=\"a\"\r\n\r\n" + content +
			"\r\n")
	}
	return b.String() + "--x--\r\n"
}

func TestServer_AnswersAreTheCallers(t *testing.T) {
	r := newRig(t)
	var turns []syntphonytest.Turn
	r.server.Answer(func(turn syntphonytest.Turn) syntphony.Reply {
		turns = append(turns, turn)
		return syntphony.Reply{
			SessionCode: "chosen", Context: map[string]any{"n": len(turns)},
			Answers: []syntphony.Answer{{
				Type: syntphony.AnswerTypeCarousel, InteractionID: "i-1",
				Content: syntphony.Content{Raw: []byte(`[{"title":"T"}]`)},
			}},
		}
	})
	session := r.client().NewSession(caller)
	_, err := session.Send(t.Context(), syntphony.Input{Text: "hi", Context: map[string]any{"a": 1}, Test: true})
	require.NoError(t, err)
	reply, err := session.SendAudio(t.Context(),
		syntphony.Audio{Name: "q.ogg", Content: bytes.NewReader([]byte("OggS!"))}, syntphony.Input{Text: "ignored"})
	require.NoError(t, err)
	cards, ok := reply.Answers[0].Content.Cards()
	assert.True(t, ok)
	assert.Equal(t, "T", cards[0].Title)
	assert.Equal(t, "chosen", reply.SessionCode)

	require.Len(t, turns, 2)
	assert.True(t, turns[0].First)
	assert.True(t, turns[0].Test)
	assert.Equal(t, "ref", turns[0].Header.Get("USER-REF"))
	assert.Equal(t, map[string]any{"a": json.Number("1")}, turns[0].Context)
	assert.False(t, turns[1].First)
	assert.Equal(t, "OggS!", string(turns[1].Audio))
	assert.Equal(t, "q.ogg", turns[1].AudioName)
	assert.Empty(t, turns[1].Text)
	assert.Equal(t, map[string]any{"n": json.Number("1")}, turns[1].Context)
	assert.Contains(t, string(turns[1].Body), "ignored")
}

func TestServer_SessionsExpire(t *testing.T) {
	r := newRig(t)
	session := r.client().NewSession(caller)
	_, err := session.Say(t.Context(), "hi")
	require.NoError(t, err)
	first := session.Code()
	_, err = session.Say(t.Context(), "hi")
	require.NoError(t, err)
	assert.Equal(t, first, session.Code())
	r.server.SetSessionLife(-time.Second)
	for range 2 {
		_, err = session.Say(t.Context(), "hi")
		require.NoError(t, err)
	}
	assert.NotEqual(t, first, session.Code())
}

func TestServer_RatingsAndSatisfaction(t *testing.T) {
	r := newRig(t)
	client := r.client()
	session := client.NewSession(caller)
	reply, err := session.Say(t.Context(), "hi")
	require.NoError(t, err)
	id := reply.Answers[0].InteractionID
	require.NoError(t, client.Answers.Rate(t.Context(), id, true))
	require.NoError(t, client.Answers.Rate(t.Context(), id, false))
	assert.Equal(t, map[string]bool{id: false}, r.server.Ratings())
	code := session.Code()
	given := syntphony.Satisfaction{Evaluation: 3, Answered: true, Comments: "c", ExpireSession: true, Locale: "es-ES"}
	require.NoError(t, session.SubmitSatisfaction(t.Context(), given))
	assert.Equal(t, map[string]syntphony.Satisfaction{code: given}, r.server.Satisfactions())
	_, err = client.Conversations.Send(t.Context(), code, caller, syntphony.Input{Text: "after the end"})
	require.ErrorIs(t, err, syntphony.ErrNotFound)
}

func TestServer_Failures(t *testing.T) {
	r := newRig(t)
	client := r.client()
	say := func() error {
		_, err := client.Conversations.Send(t.Context(), "", caller, syntphony.Input{Code: "Menu"})
		return err
	}
	r.server.Fail(1, syntphonytest.Failure{Status: 409, Body: "{}", Header: http.Header{"X-Request-Id": {"r"}}})
	r.server.Fail(1, syntphonytest.Failure{Reset: true})
	r.server.Fail(1, syntphonytest.Failure{Delay: time.Millisecond})
	r.server.FailToken(1, syntphonytest.Failure{Status: 503})
	require.ErrorIs(t, say(), syntphony.ErrConflict, "a token request does not use up a failure of the broker")
	require.ErrorIs(t, say(), syntphony.ErrDeliveryUnknown)
	require.NoError(t, say())
	assert.Len(t, r.server.TokenRequests(), 2)
	assert.Len(t, r.server.BrokerRequests(), 3)
	assert.Len(t, r.server.Requests(), 5)
}

func TestServer_DelayEndsWithTheClient(t *testing.T) {
	r := newRig(t)
	r.server.Fail(1, syntphonytest.Failure{Delay: time.Hour})
	client := r.client(func(c *syntphony.Config) { c.Timeout = 100 * time.Millisecond })
	_, err := client.Conversations.Send(t.Context(), "", caller, syntphony.Input{Text: "hi"})
	require.ErrorIs(t, err, syntphony.ErrDeliveryUnknown)
}
