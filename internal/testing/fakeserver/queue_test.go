package fakeserver

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestFailNext_WaitsForTheCallThatMatches(t *testing.T) {
	s, c := start(t, echo)
	s.FailNext(func(r Request) bool { return string(r.Body) == "b" }, Failure{Status: 503})
	s.FailNext(nil, Failure{Status: 500})
	for _, want := range []struct {
		body   string
		status int
	}{{"a", 500}, {"a", 200}, {"b", 503}, {"b", 200}} {
		resp, _ := post(t, c, s.URL(), want.body)
		assert.Equal(t, want.status, resp.StatusCode, want.body)
	}
}

func TestTake_RequestThatIsNoHTTPRequest(t *testing.T) {
	s, _ := start(t, echo)
	s.FailNext(func(r Request) bool { return r.Method == "WS" }, Failure{Reset: true})
	_, failed := s.Take(Request{Method: http.MethodPost})
	assert.False(t, failed)
	f, failed := s.Take(Request{Method: "WS"})
	assert.True(t, failed)
	assert.True(t, f.Reset)
}

func TestFail_KeepsACopyOfTheHeader(t *testing.T) {
	s, c := start(t, echo)
	header := http.Header{"X-A": {"1"}}
	s.Fail(1, Failure{Status: 500, Header: header})
	header.Set("X-A", "2")
	resp, _ := post(t, c, s.URL(), "x")
	assert.Equal(t, "1", resp.Header.Get("X-A"))
}
