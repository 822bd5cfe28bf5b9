package syntphony_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/internal/testing/fakeserver"
	"github.com/seed-127a5941/parley/syntphony"
	"github.com/seed-127a5941/parley/syntphony/syntphonytest"
)

// failWith sends one turn to a server that fails as f says.
func failWith(t testing.TB, f fakeserver.Failure) (*syntphony.Error, error) {
	t.Helper()
	server, client := newStub(t, 200, minimalReply)
	server.Fail(1, f)
	_, err := client.Conversations.Send(t.Context(), "", caller, syntphony.Input{Text: "hi"})
	require.Error(t, err)
	var failure *syntphony.Error
	require.ErrorAs(t, err, &failure)
	return failure, err
}

const (
	startPath = "POST /org/{orgUUID}/env/{envUUID}/bot/{botUUID}/channel/{channelUUID}/v1/conversations"
	unknown   = "delivery unknown: the server may have acted on it"
)

// These are whole texts as users see them. The vendor's error body is not public, so every usual form is read.
func TestError_Texts(t *testing.T) {
	for _, c := range []struct {
		failure fakeserver.Failure
		want    string
	}{
		{fakeserver.Failure{Status: 400, Body: `{"code":"E-17","message":"Bad Request"}`}, "400 E-17: Bad Request"},
		{
			fakeserver.Failure{Status: 403, Body: `{"timestamp":"now","status":403,"error":"Forbidden","path":"/org"}`},
			"403 Forbidden",
		},
		{
			fakeserver.Failure{Status: 404, Body: `{"errorCode":1234,"description":"no\nsuch\tsession"}`},
			"404 1234: no such session",
		},
		{fakeserver.Failure{Status: 422, Body: `{"error":{"code":"X","message":"nested"}}`}, "422 X: nested"},
		{fakeserver.Failure{Status: 409, Body: `"only text"`}, "409: only text"},
		{fakeserver.Failure{Status: 409, Body: `plain text of a proxy`}, "409 Conflict"},
		{
			fakeserver.Failure{Status: 460, Body: `{"message":"Misconfigured flows or bots"}`},
			"460: Misconfigured flows or bots: " + unknown,
		},
		{fakeserver.Failure{Status: 463}, "463: authentication or authorization error in the NLP: " + unknown},
		{fakeserver.Failure{Status: 404, Body: `{"errors":[]}`}, "404 Not Found"},
		{fakeserver.Failure{Status: 404, Body: `{"message":{"a":1}`}, "404 Not Found"},
		{fakeserver.Failure{Status: 500}, "500 Internal Server Error: " + unknown},
		{fakeserver.Failure{Status: 502, Body: "<html>Bad Gateway</html>"}, "502 Bad Gateway: " + unknown},
		{
			fakeserver.Failure{Status: 307, Header: http.Header{"Location": {"https://elsewhere.example/?key=1"}}},
			"307 Temporary Redirect: redirect not followed: only GET and HEAD are sent on",
		},
	} {
		_, err := failWith(t, c.failure)
		require.EqualError(t, err, "syntphony: start conversation: "+c.want+" ("+startPath+", 1 attempt)")
		assert.Equal(t, err.Error(), fmt.Sprintf("%+v", err))
	}
}

func TestError_Fields(t *testing.T) {
	failure, _ := failWith(t, fakeserver.Failure{
		Status: 503, Body: `{"code":"C","message":"m"}`,
		Header: http.Header{"Retry-After": {"120"}, "X-Request-Id": {"r-1"}},
	})
	assert.Equal(t, "syntphony: start conversation", failure.Operation)
	assert.Equal(t, startPath, failure.Method+" "+failure.Path)
	assert.Equal(t, 503, failure.StatusCode)
	assert.Equal(t, syntphony.ErrorCode("C"), failure.Code)
	assert.Equal(t, "m", failure.Message)
	assert.Equal(t, "r-1", failure.RequestID)
	assert.Equal(t, 2*time.Minute, failure.RetryAfter)
	assert.Equal(t, 1, failure.Attempts)
	assert.Equal(t, `{"code":"C","message":"m"}`, string(failure.Body))
}

// There is one row for each published outcome with a standard status. TestError_AnswerFailures has the others.
func TestError_Classes(t *testing.T) {
	all := []error{
		syntphony.ErrBadRequest, syntphony.ErrUnauthorized, syntphony.ErrPaymentRequired, syntphony.ErrForbidden,
		syntphony.ErrNotFound, syntphony.ErrConflict, syntphony.ErrUnprocessable, syntphony.ErrRateLimited,
		syntphony.ErrServer,
	}
	for status, want := range map[int]error{
		400: syntphony.ErrBadRequest, 401: syntphony.ErrUnauthorized, 402: syntphony.ErrPaymentRequired,
		403: syntphony.ErrForbidden, 404: syntphony.ErrNotFound, 409: syntphony.ErrConflict,
		422: syntphony.ErrUnprocessable, 500: syntphony.ErrServer, 503: syntphony.ErrServer, 460: nil, 463: nil,
		418: nil,
	} {
		_, err := failWith(t, fakeserver.Failure{Status: status})
		for _, class := range all {
			assert.Equal(t, class == want, errors.Is(err, class), "%d %v", status, class)
		}
	}
	_, err := failWith(t, fakeserver.Failure{Status: 429, Header: http.Header{"Retry-After": {"3600"}}})
	require.ErrorIs(t, err, syntphony.ErrRateLimited)
}

// The agent heard the turn and failed. So the turn is sent once, whatever the Config permits and the server asks for,
// and the token is not refreshed.
func TestError_AnswerFailures(t *testing.T) {
	outcomes := map[int]error{
		460: syntphony.ErrWebhook, 461: syntphony.ErrMisconfigured, 462: syntphony.ErrNLP,
		463: syntphony.ErrNLPCredentials,
	}
	for status, want := range outcomes {
		for _, repeats := range []bool{false, true} {
			server := syntphonytest.NewServer()
			cfg := server.Config()
			cfg.RetryNonIdempotent = repeats
			session := newClient(t, cfg).NewSession(caller)
			server.Fail(1, syntphonytest.Failure{
				Status: status, Body: `{"message":"no"}`, Header: http.Header{"Retry-After": {"0"}},
			})
			_, err := session.Say(t.Context(), "hi")
			for _, outcome := range outcomes {
				assert.Equal(t, outcome == want, errors.Is(err, outcome), "%d %v", status, outcome)
			}
			require.ErrorIs(t, err, syntphony.ErrAnswerFailed)
			require.ErrorIs(t, err, syntphony.ErrDeliveryUnknown)
			require.NotErrorIs(t, err, syntphony.ErrNotSent)
			require.NotErrorIs(t, err, syntphony.ErrUnauthorized)
			require.NotErrorIs(t, err, syntphony.ErrServer)
			failure, ok := errors.AsType[*syntphony.Error](err)
			require.True(t, ok)
			assert.Equal(t, "no", failure.Message)
			assert.Len(t, server.BrokerRequests(), 1)
			assert.Len(t, server.TokenRequests(), 1)
			server.Close()
		}
	}
	for _, status := range []int{459, 464} {
		_, err := failWith(t, fakeserver.Failure{Status: status})
		require.NotErrorIs(t, err, syntphony.ErrAnswerFailed)
		require.NotErrorIs(t, err, syntphony.ErrDeliveryUnknown)
	}
}

func TestError_MatchesItsCode(t *testing.T) {
	_, err := failWith(t, fakeserver.Failure{Status: 400, Body: `{"error":"invalid_client"}`})
	require.ErrorIs(t, err, syntphony.CodeInvalidClient)
	require.NotErrorIs(t, err, syntphony.CodeInvalidGrant)
	_, err = failWith(t, fakeserver.Failure{Status: 400})
	require.NotErrorIs(t, err, syntphony.ErrorCode(""))
	assert.Equal(t, "invalid_client", syntphony.CodeInvalidClient.Error())
}

func TestError_EncodesWithoutItsBody(t *testing.T) {
	failure, _ := failWith(t, fakeserver.Failure{Status: 400, Body: `{"message":"m","said":"what the user said"}`})
	text, err := json.Marshal(failure)
	require.NoError(t, err)
	assert.NotContains(t, string(text), "what the user said")
}

func FuzzError(f *testing.F) {
	f.Add([]byte(`{"code":"C","message":"m"}`))
	f.Add([]byte(`{"error":{"code":1e999,"description":"d"}}`))
	f.Add([]byte(`{"error":"` + testAPIKey + `","error_description":"Bearer ` + testToken + `"}`))
	f.Add([]byte("<html>"))
	f.Add([]byte(`{"error":{"error":{"error":{}}}}`))
	pool := make(chan *http.Response, 1)
	cfg := config("https://broker.example")
	cfg.HTTPClient = &http.Client{Transport: transportFunc(func(r *http.Request) (*http.Response, error) {
		_ = r.Body.Close()
		return <-pool, nil
	})}
	client, err := syntphony.NewClient(cfg)
	require.NoError(f, err)
	f.Fuzz(func(t *testing.T, body []byte) {
		pool <- response(400, body)
		_, err := client.Conversations.Send(t.Context(), "", caller, syntphony.Input{Text: "hi"})
		var failure *syntphony.Error
		require.ErrorAs(t, err, &failure)
		require.Equal(t, body, failure.Body)
		text := err.Error()
		require.NotContains(t, text, testAPIKey)
		require.NotContains(t, text, testToken)
		require.NotContains(t, text, "\n")
		require.Less(t, len(text), 1100)

		pool <- response(200, body)
		reply, err := client.Conversations.Send(t.Context(), "", caller, syntphony.Input{Text: "hi"})
		if err != nil {
			require.ErrorIs(t, err, syntphony.ErrDecode)
			return
		}
		require.NotEmpty(t, reply.SessionCode)
	})
}

func response(status int, body []byte) *http.Response {
	return &http.Response{
		StatusCode: status, Header: http.Header{}, ContentLength: int64(len(body)),
		Body: readCloser{strings.NewReader(string(body))},
	}
}

type readCloser struct{ *strings.Reader }

func (readCloser) Close() error { return nil }
