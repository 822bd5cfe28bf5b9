package aisera_test

import (
	"errors"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/oauth2"

	"github.com/seed-127a5941/parley/aisera"
	"github.com/seed-127a5941/parley/aisera/aiseratest"
)

func TestSend_Reply(t *testing.T) {
	s := newServer(t)
	m := aisera.Text("hello")
	m.RequestID = "r1"
	r, err := newClient(t, s.Config()).Send(t.Context(), user, m)
	require.NoError(t, err)
	assert.Equal(t, aisera.ModeNormal, r.Mode)
	assert.Equal(t, []aisera.Answer{{Text: "You said: hello"}}, r.Answers)
	assert.Equal(t, "r1", r.RequestID)
	assert.Equal(t, "F-r1", r.FollowUpID)
	assert.NotEmpty(t, r.Raw)
	request := s.Requests()[0]
	assert.Equal(t, "POST", request.Method)
	assert.Equal(t, "/prefix/v9/api/receive", request.Path)
	assert.Equal(t, "Bearer "+aiseratest.Token, request.Header.Get("Authorization"))
	assert.Empty(t, request.Query)
}

func TestSend_InBandFailures(t *testing.T) {
	s := newServer(t)
	client := newClient(t, s.Config())
	for mode, fails := range map[aisera.Mode]bool{
		aisera.ModeError: true, aisera.ModeExternalSystemError: true, aisera.ModeFormError: false,
	} {
		s.Answer(func(aiseratest.Message) []aiseratest.Reply {
			return []aiseratest.Reply{aiseratest.Fault(mode, "Sorry. ERR-007: Failed Fulfillment Service")}
		})
		r, err := client.Send(t.Context(), user, aisera.Text("x"))
		require.NotNil(t, r)
		assert.Equal(t, mode, r.Mode)
		assert.Equal(t, fails, err != nil)
		assert.Equal(t, fails, errors.Is(err, aisera.ErrAnswerFailed))
		for _, err := range []error{r.Err(), err} {
			if err == nil {
				continue
			}
			assert.ErrorIs(t, err, aisera.CodeFulfillment)
			assert.NotErrorIs(t, err, aisera.ErrDeliveryUnknown)
			assert.EqualError(t, err, "aisera: reply: "+string(mode)+
				" ERR-007: Sorry. ERR-007: Failed Fulfillment Service")
		}
	}
}

func TestSend_UselessSuccess(t *testing.T) {
	s := newServer(t)
	client := newClient(t, s.Config())
	for body, text := range map[string]string{
		"":               "it is not a JSON object",
		"<html>":         "text/html where JSON was expected",
		"null":           "it is not a JSON object",
		"[]":             "it is not a JSON object",
		`"ok"`:           "it is not a JSON object",
		`{"answers":[`:   "text/plain where JSON was expected",
		"{ }":            "the response holds no answer",
		`{"errors":[1]}`: "the response holds no answer",
		`{"errors":[]}`:  "the response holds no answer",
	} {
		s.Fail(1, aiseratest.Failure{Status: 200, Body: body})
		r, err := client.Send(t.Context(), user, aisera.Text("x"))
		assert.Nil(t, r)
		assert.ErrorIs(t, err, aisera.ErrDecode, body)
		assert.ErrorIs(t, err, aisera.ErrDeliveryUnknown, body)
		assert.EqualError(t, err, "aisera: send message: 200 OK: undecodable response: "+text+
			": delivery unknown: the server may have acted on it (POST /api/receive, 1 attempt)")
	}
	s.Fail(1, aiseratest.Failure{
		Status: 200, Body: `{"code":500,"error":"ERR-012: Aisera Unexpected Server Error","errors":[]}`,
	})
	_, err := client.Send(t.Context(), user, aisera.Text("x"))
	assert.ErrorIs(t, err, aisera.ErrDecode)
	assert.ErrorIs(t, err, aisera.CodeUnexpected)
}

func TestSend_IsNotRepeated(t *testing.T) {
	s := newServer(t)
	cfg := s.Config()
	cfg.MaxRetryWait = time.Millisecond
	client := newClient(t, cfg)
	for _, f := range []aiseratest.Failure{{Reset: true}, {Status: 500}, {Status: 502, Body: "<html>"}} {
		before := len(s.Requests())
		s.Fail(1, f)
		_, err := client.Send(t.Context(), user, aisera.Text("x"))
		assert.ErrorIs(t, err, aisera.ErrDeliveryUnknown)
		assert.Len(t, s.Requests(), before+1)
	}
	s.Fail(1, aiseratest.Failure{Status: 429, Header: http.Header{"Retry-After": {"0"}}})
	_, err := client.Send(t.Context(), user, aisera.Text("x"))
	assert.NoError(t, err)
}

// renewing hands out a wrong token first.
type renewing struct{ asked atomic.Int64 }

func (r *renewing) Token() (*oauth2.Token, error) {
	switch r.asked.Add(1) {
	case 1:
		return &oauth2.Token{AccessToken: "outdated-token"}, nil
	case 99:
		return nil, errTest
	}
	return &oauth2.Token{AccessToken: aiseratest.Token}, nil
}

func TestSend_TokenSource(t *testing.T) {
	s := newServer(t)
	cfg := s.Config()
	source := &renewing{}
	cfg.Token, cfg.TokenSource = "", source
	_, err := newClient(t, cfg).Send(t.Context(), user, aisera.Text("x"))
	require.NoError(t, err, "asked again after the 401")
	assert.Len(t, s.Requests(), 2)
	source.asked.Store(98)
	_, err = newClient(t, cfg).Send(t.Context(), user, aisera.Text("x"))
	assert.True(t, errors.Is(err, errTest))
	assert.Len(t, s.Requests(), 2)
}
