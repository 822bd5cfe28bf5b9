package fakeserver

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

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

func TestFail_ResetInMemoryClosesTheConnection(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, c := startInMemory(t, echo)
		s.Fail(1, Failure{Reset: true})
		_, err := c.Post(s.URL(), "text/plain", strings.NewReader("x"))
		require.Error(t, err)
	})
}

// keeping acts on each request, as a vendor's handler does, and responds with the number of actions so far.
func keeping(s **Server) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		(*s).Act(Action{Operation: "POST /", Text: string(body)})
		w.Header().Set("X-Kept", "yes")
		w.WriteHeader(http.StatusCreated)
		_, _ = io.WriteString(w, strings.Repeat("kept ", len((*s).Ledger())))
	})
}

func startKeeping(t *testing.T) (*Server, *http.Client) {
	var s *Server
	s, c := start(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { keeping(&s).ServeHTTP(w, r) }))
	return s, c
}

func said(s *Server) (texts []string) {
	for _, action := range s.Ledger() {
		texts = append(texts, action.Text)
	}
	return texts
}

func TestAfter_ServerActsAndTheResponseIsLost(t *testing.T) {
	s, c := startKeeping(t)
	s.Fail(1, Failure{After: true, Reset: true})
	_, err := c.Post(s.URL(), "text/plain", strings.NewReader("one"))
	require.ErrorIs(t, err, syscall.ECONNRESET)
	s.Fail(1, Failure{Reset: true})
	_, err = c.Post(s.URL(), "text/plain", strings.NewReader("two"))
	require.Error(t, err)
	assert.Equal(t, []string{"one"}, said(s), "without After it does not act")
}

func TestAfter_StatusTakesThePlaceOfTheResponse(t *testing.T) {
	s, c := startKeeping(t)
	s.Fail(1, Failure{After: true, Status: 502, Body: "<html>"})
	resp, body := post(t, c, s.URL(), "one")
	assert.Equal(t, 502, resp.StatusCode)
	assert.Empty(t, resp.Header.Get("X-Kept"))
	assert.Equal(t, "<html>", body)
	assert.Equal(t, []string{"one"}, said(s))
}

func TestAfter_AloneChangesNothing(t *testing.T) {
	s, c := startKeeping(t)
	s.Fail(1, Failure{After: true})
	resp, body := post(t, c, s.URL(), "one")
	assert.Equal(t, 201, resp.StatusCode)
	assert.Equal(t, "yes", resp.Header.Get("X-Kept"))
	assert.Equal(t, "kept ", body)
}

func TestAfter_LateRequestIsProcessedAlthoughItsClientHasLeft(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s *Server
		s, c := startInMemory(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			pause(r.Context(), time.Minute) // a slow vendor that goes on when the client has left
			keeping(&s).ServeHTTP(w, r)
		}))
		c.Timeout = time.Second
		s.Fail(1, Failure{After: true, Delay: time.Hour})
		_, err := c.Post(s.URL(), "text/plain", strings.NewReader("late"))
		require.Error(t, err)
		assert.Empty(t, said(s))
		time.Sleep(2 * time.Minute)
		assert.Equal(t, []string{"late"}, said(s))
	})
}

func TestAfter_DelayedResponseArrivesWhole(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s *Server
		s, c := startInMemory(t,
			http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { keeping(&s).ServeHTTP(w, r) }))
		s.Fail(1, Failure{After: true, Delay: time.Minute})
		began := time.Now()
		resp, body := post(t, c, s.URL(), "one")
		assert.Equal(t, time.Minute, time.Since(began))
		assert.Equal(t, 201, resp.StatusCode)
		assert.Equal(t, "kept ", body)
		assert.Equal(t, began, s.Ledger()[0].Time, "it acted before the delay")
	})
}

func TestAfter_CloseEndsAHandlerThatWaits(t *testing.T) {
	began := make(chan struct{})
	s, c := start(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(began)
		<-r.Context().Done()
	}))
	s.Fail(1, Failure{After: true})
	failed := make(chan error, 1)
	go func() {
		_, err := c.Get(s.URL())
		failed <- err
	}()
	<-began
	s.Close()
	require.Error(t, <-failed)
}

func TestGarbage_IsNoResponse(t *testing.T) {
	s, c := startKeeping(t)
	s.Fail(1, Failure{Garbage: "no HTTP at all\r\n\r\n"})
	_, err := c.Post(s.URL(), "text/plain", strings.NewReader("one"))
	require.ErrorContains(t, err, "malformed HTTP")
	s.Fail(1, Failure{Garbage: "no HTTP at all\r\n\r\n", After: true})
	_, err = c.Post(s.URL(), "text/plain", strings.NewReader("two"))
	require.ErrorContains(t, err, "malformed HTTP")
	assert.Equal(t, []string{"two"}, said(s))
}

func TestCut_ConnectionEndsInTheBody(t *testing.T) {
	for name, c := range map[string]struct {
		failure Failure
		status  int
		body    string
		acted   int
	}{
		"in the response":              {Failure{Cut: 2}, 201, "ke", 1},
		"behind its header":            {Failure{Cut: -1}, 201, "", 1},
		"at its end":                   {Failure{Cut: 99}, 201, "kept ", 1},
		"in an error":                  {Failure{Status: 500, Body: "broken", Cut: 3}, 500, "bro", 0},
		"in an error after the action": {Failure{Status: 500, Body: "broken", Cut: 3, After: true}, 500, "bro", 1},
	} {
		t.Run(name, func(t *testing.T) {
			s, client := startKeeping(t)
			s.Fail(1, c.failure)
			resp, err := client.Post(s.URL(), "text/plain", strings.NewReader("one"))
			require.NoError(t, err)
			defer resp.Body.Close()
			body, err := io.ReadAll(resp.Body)
			require.ErrorIs(t, err, io.ErrUnexpectedEOF)
			assert.Equal(t, c.status, resp.StatusCode)
			assert.Equal(t, c.body, string(body))
			assert.Len(t, s.Ledger(), c.acted)
		})
	}
}

func TestCut_WithReset(t *testing.T) {
	s, client := startKeeping(t)
	s.Fail(1, Failure{Cut: 2, Reset: true})
	resp, err := client.Post(s.URL(), "text/plain", strings.NewReader("one"))
	if err == nil { // the header may have arrived before the reset
		defer resp.Body.Close()
		_, err = io.ReadAll(resp.Body)
	}
	require.True(t, errors.Is(err, syscall.ECONNRESET) || errors.Is(err, io.ErrUnexpectedEOF), "%v", err)
}

func TestReset_WithoutAConnectionDoesNothing(t *testing.T) {
	w := httptest.NewRecorder()
	Reset(w)
	assert.Empty(t, w.Body.String())
}
