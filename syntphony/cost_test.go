package syntphony_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/oauth2"

	"github.com/seed-127a5941/parley/syntphony"
)

const costReply = `{"text":"hello","sessionCode":"s-1","answers":[{"type":"TEXT",` +
	`"content":"Use the link in the mail.","technicalText":null,"interactionId":"i-1","evaluable":true}],` +
	`"context":{"step":"2","user":25237}}`

type costRoundTrip struct{}

func (costRoundTrip) RoundTrip(r *http.Request) (*http.Response, error) {
	_, _ = io.Copy(io.Discard, r.Body)
	return &http.Response{
		StatusCode: 200, Header: http.Header{"Content-Type": {"application/json"}},
		Body: io.NopCloser(bytes.NewReader([]byte(costReply))), ContentLength: int64(len(costReply)), Request: r,
	}, nil
}

type costRequest struct {
	Text    string         `json:"text"`
	Context map[string]any `json:"context,omitempty"`
}

type costAnswer struct {
	SessionCode string `json:"sessionCode"`
	Answers     []struct {
		Type          string          `json:"type"`
		Content       string          `json:"content"`
		TechnicalText json.RawMessage `json:"technicalText"`
		InteractionID string          `json:"interactionId"`
		Evaluable     bool            `json:"evaluable"`
	} `json:"answers"`
	Context map[string]any `json:"context"`
}

// turnByHand makes a turn as a program would without this package.
func turnByHand(t *testing.T, web *http.Client, target url.URL, carried map[string]any) map[string]any {
	body, err := json.Marshal(&costRequest{Text: "hi", Context: carried})
	require.NoError(t, err)
	resp, err := web.Do(&http.Request{
		Method: "POST", URL: &target, Host: target.Host, ContentLength: int64(len(body)),
		Body: io.NopCloser(bytes.NewReader(body)),
		Header: http.Header{
			"Content-Type": {"application/json"}, "Accept": {"application/json"}, "User-Agent": {"x"}, "Os": {"Linux"},
			"User-Ref": {"ref"}, "Locale": {"en-US"}, "Api-Key": {testAPIKey}, "Authorization": {"Bearer " + testToken},
		},
	})
	require.NoError(t, err)
	reply := make([]byte, resp.ContentLength)
	_, err = io.ReadFull(resp.Body, reply)
	require.NoError(t, err)
	var answer costAnswer
	require.NoError(t, json.Unmarshal(reply, &answer))
	return answer.Context
}

func TestCost_TurnAllocatesLittleMoreThanByHand(t *testing.T) {
	web := &http.Client{Transport: costRoundTrip{}}
	client, err := syntphony.NewClient(syntphony.Config{
		OrgID: "o", EnvID: "e", BotID: "b", ChannelID: "c", APIKey: testAPIKey, Locale: "en-US",
		BaseURL: "http://127.0.0.1", HTTPClient: web,
		TokenSource: oauth2.StaticTokenSource(&oauth2.Token{AccessToken: testToken, Expiry: time.Now().Add(time.Hour)}),
	})
	require.NoError(t, err)
	target, err := url.Parse("http://127.0.0.1/org/o/env/e/bot/b/channel/c/v1/conversations/s-1")
	require.NoError(t, err)
	who := syntphony.Caller{UserRef: "ref", OS: "Linux"}

	var carried map[string]any
	floor := testing.AllocsPerRun(200, func() { carried = turnByHand(t, web, *target, carried) })
	turn := testing.AllocsPerRun(200, func() {
		reply, err := client.Conversations.Send(t.Context(), "s-1", who,
			syntphony.Input{Text: "hi", Context: carried})
		require.NoError(t, err)
		carried = reply.Context
	})
	session := client.ResumeSession(who, syntphony.SessionState{Code: "s-1", Context: carried})
	inSession := testing.AllocsPerRun(200, func() {
		_, err := session.Say(t.Context(), "hi")
		require.NoError(t, err)
	})
	t.Logf("by hand %v, a turn %v, a turn of a session %v", floor, turn, inSession)
	assert.LessOrEqual(t, turn, floor+16)
	assert.LessOrEqual(t, inSession, floor+16)
}
