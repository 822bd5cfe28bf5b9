package fakeserver

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// echo answers with the body it got, so a test sees that recording left it whole.
var echo = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { _, _ = io.Copy(w, r.Body) })

func start(t *testing.T, h http.Handler) (*Server, *http.Client) {
	s := New(h)
	transport := &http.Transport{}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		s.Close()
	})
	return s, &http.Client{Transport: transport}
}

func post(t *testing.T, c *http.Client, url, body string) (*http.Response, string) {
	resp, err := c.Post(url, "text/plain", strings.NewReader(body))
	require.NoError(t, err)
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return resp, string(answer)
}

func TestServer_RecordsAndServes(t *testing.T) {
	s, c := start(t, echo)
	_, answer := post(t, c, s.URL()+"/a%2Fb/c?x=1", "hello")
	assert.Equal(t, "hello", answer)
	require.Len(t, s.Requests(), 1)
	got := s.Requests()[0]
	assert.Equal(t, "POST", got.Method)
	assert.Equal(t, "/a%2Fb/c", got.Path)
	assert.Equal(t, "1", got.Query.Get("x"))
	assert.Equal(t, "text/plain", got.Header.Get("Content-Type"))
	assert.Equal(t, "hello", string(got.Body))
}

func TestFail_QueuesInOrderThenServes(t *testing.T) {
	s, c := start(t, echo)
	s.Fail(2, Failure{Status: 503, Header: http.Header{"Retry-After": {"1"}}, Body: `{"a":1}`})
	s.Fail(1, Failure{Status: 502, Body: "<html>", Header: http.Header{"Content-Type": {"text/html"}}})
	for range 2 {
		resp, answer := post(t, c, s.URL(), "x")
		assert.Equal(t, 503, resp.StatusCode)
		assert.Equal(t, "1", resp.Header.Get("Retry-After"))
		assert.Equal(t, "application/json", resp.Header.Get("Content-Type"))
		assert.Equal(t, `{"a":1}`, answer)
	}
	resp, _ := post(t, c, s.URL(), "x")
	assert.Equal(t, 502, resp.StatusCode)
	assert.Equal(t, "text/html", resp.Header.Get("Content-Type"))
	_, answer := post(t, c, s.URL(), "served")
	assert.Equal(t, "served", answer)
	assert.Len(t, s.Requests(), 4)
}

func TestFail_ResetAfterTheRequestWasRead(t *testing.T) {
	s, c := start(t, echo)
	s.Fail(1, Failure{Reset: true})
	_, err := c.Post(s.URL(), "text/plain", strings.NewReader("whole"))
	require.ErrorIs(t, err, syscall.ECONNRESET)
	assert.Equal(t, "whole", string(s.Requests()[0].Body))
}

func TestFail_DelayAloneIsServedLate(t *testing.T) {
	s, c := start(t, echo)
	s.Fail(1, Failure{Delay: 20 * time.Millisecond})
	began := time.Now()
	_, answer := post(t, c, s.URL(), "late")
	assert.Equal(t, "late", answer)
	assert.GreaterOrEqual(t, time.Since(began), 20*time.Millisecond)
}

func TestFail_DelayEndsWithTheClient(t *testing.T) {
	s, c := start(t, echo)
	s.Fail(1, Failure{Delay: time.Hour})
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.URL(), strings.NewReader("x"))
	require.NoError(t, err)
	_, err = c.Do(req)
	require.ErrorIs(t, err, context.DeadlineExceeded)
}

func TestClose_EndsADelayAndAHandlerThatWaits(t *testing.T) {
	began := make(chan struct{})
	s, c := start(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(began)
		<-r.Context().Done()
	}))
	failed := make(chan error, 1)
	go func() {
		_, err := c.Get(s.URL())
		failed <- err
	}()
	<-began
	s.Close()
	require.Error(t, <-failed)
	s.Close()
}

func TestServe_AfterCloseBeganAnswersNothing(t *testing.T) {
	s, _ := start(t, echo)
	s.Close()
	w := httptest.NewRecorder()
	s.serve(w, httptest.NewRequest(http.MethodGet, "/", nil))
	assert.Empty(t, s.Requests())
}

func TestServe_RequestCutHalfWayIsRecordedOnly(t *testing.T) {
	s, _ := start(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("served") }))
	cut := io.MultiReader(strings.NewReader("ha"), failing{})
	s.serve(httptest.NewRecorder(), httptest.NewRequest(http.MethodPost, "/", cut))
	assert.Equal(t, "ha", string(s.Requests()[0].Body))
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestReset_WithoutAConnectionDoesNothing(t *testing.T) {
	var q Failures
	q.Add(1, Failure{Reset: true})
	w, r := httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/", nil)
	assert.True(t, q.Serve(w, r))
	assert.False(t, q.Serve(w, r), "it was queued once")
}

func TestJSON(t *testing.T) {
	w := httptest.NewRecorder()
	JSON(w, 201, map[string]int{"a": 1})
	assert.Equal(t, 201, w.Code)
	assert.Equal(t, "application/json", w.Header().Get("Content-Type"))
	assert.JSONEq(t, `{"a":1}`, w.Body.String())
}
