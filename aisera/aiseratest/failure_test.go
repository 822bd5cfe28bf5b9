package aiseratest_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/aisera"
	"github.com/seed-127a5941/parley/aisera/aiseratest"
)

func texts(s *aiseratest.Server) (said []string) {
	for _, action := range s.Ledger() {
		said = append(said, action.Text)
	}
	return said
}

func frame(text string) func(aiseratest.Request) bool {
	return func(r aiseratest.Request) bool { return r.Method == "WS" && strings.Contains(string(r.Body), text) }
}

func TestFail_AfterTheFrameWasHeard(t *testing.T) {
	s := aiseratest.NewServer()
	defer s.Close()
	s.Fail(1, aiseratest.Failure{After: true, Reset: true}) // passes the handshake by
	_, conn := open(t, s.Config())
	_, err := conn.Ask(t.Context(), aisera.Text("one"))
	require.ErrorIs(t, err, aisera.ErrDeliveryUnknown)
	assert.Equal(t, []string{"one"}, texts(s))

	s.FailNext(frame("two"), aiseratest.Failure{Reset: true})
	_, conn = open(t, s.Config())
	_, err = conn.Ask(t.Context(), aisera.Text("two"))
	require.ErrorIs(t, err, aisera.ErrDeliveryUnknown)
	assert.Len(t, s.Frames(), 2)
	assert.Equal(t, []string{"one"}, texts(s), "without After it is not heard")
}

func TestFail_WithoutAfterIsForCallsAndHandshakes(t *testing.T) {
	s := aiseratest.NewServer()
	defer s.Close()
	client, conn := open(t, s.Config())
	s.Fail(1, aiseratest.Failure{Status: 503})
	_, err := conn.Ask(t.Context(), aisera.Text("frames go on"))
	require.NoError(t, err)
	_, err = client.Dial(t.Context(), user, aisera.DialOptions{})
	require.Error(t, err)
}

func TestFailNext_EachFormOfAFrame(t *testing.T) {
	for name, c := range map[string]struct {
		failure aiseratest.Failure
		check   func(*testing.T, *aisera.Response, error)
	}{
		"a close code": {
			aiseratest.Failure{Status: 4000, Body: "busy", After: true},
			func(t *testing.T, _ *aisera.Response, err error) {
				var closed *aisera.CloseError
				require.ErrorAs(t, err, &closed)
				assert.Equal(t, aisera.CloseError{Code: 4000, Reason: "busy"}, *closed)
			},
		},
		"another frame": {
			aiseratest.Failure{Status: 500, Body: `{"modeType":"Error","answers":[{"text":"ERR-012"}]}`},
			func(t *testing.T, r *aisera.Response, err error) {
				require.Error(t, err)
				assert.Equal(t, aisera.ModeError, r.Mode)
			},
		},
		"garbage": {
			aiseratest.Failure{Garbage: "<html>", After: true}, func(t *testing.T, _ *aisera.Response, err error) {
				require.Error(t, err)
			},
		},
		"a delay": {aiseratest.Failure{Delay: time.Millisecond}, func(t *testing.T, r *aisera.Response, err error) {
			require.NoError(t, err)
			assert.Equal(t, "You said: hi", r.Text())
		}},
	} {
		t.Run(name, func(t *testing.T) {
			s := aiseratest.NewServer()
			defer s.Close()
			s.FailNext(frame("hi"), c.failure)
			_, conn := open(t, s.Config())
			response, err := conn.Ask(t.Context(), aisera.Text("hi"))
			c.check(t, response, err)
		})
	}
}

func TestFailNext_CutAfterFramesOfTheAnswer(t *testing.T) {
	s := aiseratest.NewServer()
	defer s.Close()
	s.Answer(func(aiseratest.Message) []aiseratest.Reply { return aiseratest.Stream("a", "b", "c") })
	s.FailNext(nil, aiseratest.Failure{AfterEvents: 2})
	_, conn := open(t, s.Config())
	var modes []aisera.Mode
	var last error
	for response, err := range conn.Exchange(t.Context(), aisera.Text("hi")) {
		if last = err; err == nil {
			modes = append(modes, response.Mode)
		}
	}
	require.ErrorIs(t, last, aisera.ErrDeliveryUnknown)
	assert.Equal(t, []aisera.Mode{aisera.ModeStatusUpdate, aisera.ModeStreamingInProgress}, modes)
	assert.Equal(t, []string{"hi"}, texts(s))
}
