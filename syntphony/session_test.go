package syntphony_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/syntphony"
	"github.com/seed-127a5941/parley/syntphony/syntphonytest"
)

// bodyOf decodes the JSON of a turn.
func bodyOf(t testing.TB, r syntphonytest.Request) (body struct {
	Text, Code string
	Context    map[string]any
}) {
	t.Helper()
	require.NoError(t, json.Unmarshal(r.Body, &body))
	return body
}

// lastSegment returns the session code in a turn's path, or "" for a first turn.
func lastSegment(path string) string {
	var code string
	_, _ = fmt.Sscanf(path,
		"/eva-broker/org/0a000000-0000-4000-8000-000000000001/env/0e000000-0000-4000-8000-000000000002/"+
			"bot/0b000000-0000-4000-8000-000000000003/channel/0c000000-0000-4000-8000-000000000004/v1/conversations/%s",
		&code)
	return code
}

func TestSession_CarriesCodeAndContext(t *testing.T) {
	server, client := newFake(t)
	server.Answer(func(turn syntphonytest.Turn) syntphony.Reply {
		turn.Context["seen"] = turn.Text + turn.Code
		turn.Context["big"] = json.Number("12345678901234567890")
		return syntphony.Reply{Context: turn.Context}
	})
	session := client.NewSession(caller)
	assert.Empty(t, session.Code())

	_, err := session.Welcome(t.Context())
	require.NoError(t, err)
	code := session.Code()
	require.NotEmpty(t, code)
	_, err = session.Send(t.Context(), syntphony.Input{
		Text: "one", Context: map[string]any{"user": 1, "nested": map[string]any{"a": true}},
	})
	require.NoError(t, err)
	_, err = session.SendAudio(t.Context(), ogg(100), syntphony.Input{Context: map[string]any{"user": 2}})
	require.NoError(t, err)
	_, err = session.Say(t.Context(), "three")
	require.NoError(t, err)

	requests := server.BrokerRequests()
	require.Len(t, requests, 4)
	for i, want := range []string{"", code, code, code} {
		assert.Equal(t, want, lastSegment(requests[i].Path))
	}
	assertJSON(t, `{"code":"%EVA_WELCOME_MSG"}`, requests[0].Body)
	assertJSON(t, `{"text":"one","context":{"seen":"%EVA_WELCOME_MSG","big":12345678901234567890,"user":1,
		"nested":{"a":true}}}`, requests[1].Body)
	assert.Contains(t, string(requests[1].Body), "12345678901234567890", "numbers go back as they came")
	assertJSON(t, `{"context":{"seen":"one","big":12345678901234567890,"user":2,"nested":{"a":true}}}`,
		[]byte(partsOf(t, requests[2])[1].body))
	assert.EqualValues(t, 2, bodyOf(t, requests[3]).Context["user"])
}

func TestSession_AdoptsANewCode(t *testing.T) {
	server, client := newFake(t)
	server.SetSessionLife(-time.Second) // every turn finds its session expired
	session := client.NewSession(caller)
	codes := []string{""}
	for range 3 {
		_, err := session.Say(t.Context(), "hi")
		require.NoError(t, err)
		assert.NotContains(t, codes, session.Code())
		codes = append(codes, session.Code())
	}
	for i, r := range server.BrokerRequests() {
		assert.Equal(t, codes[i], lastSegment(r.Path))
	}
}

func TestSession_FailedTurnChangesNothing(t *testing.T) {
	server, client := newFake(t)
	session := client.NewSession(caller)
	_, err := session.Send(t.Context(), syntphony.Input{Text: "hi", Context: map[string]any{"a": "kept"}})
	require.NoError(t, err)
	before := session.State()
	server.Fail(1, syntphonytest.Failure{Status: 422, Body: `{"sessionCode":"evil","context":{"a":"lost"}}`})
	_, err = session.Send(t.Context(), syntphony.Input{Text: "hi", Context: map[string]any{"a": "lost", "b": 1}})
	require.ErrorIs(t, err, syntphony.ErrUnprocessable)
	assert.Equal(t, before, session.State())
	server.Fail(1, syntphonytest.Failure{Status: 200, Body: `{"context":{"a":"lost"}}`})
	_, err = session.Say(t.Context(), "hi")
	require.ErrorIs(t, err, syntphony.ErrDecode)
	assert.Equal(t, before, session.State())
}

func TestSession_ChangesNoMapOfItsCaller(t *testing.T) {
	_, client := newFake(t)
	session := client.NewSession(caller)
	mine := map[string]any{"a": 1.0}
	reply, err := session.Send(t.Context(), syntphony.Input{Text: "hi", Context: mine})
	require.NoError(t, err)
	reply.Context["a"] = "changed by the caller"
	state := session.State()
	state.Context["a"] = "changed by the caller"
	_, err = session.Send(t.Context(), syntphony.Input{Text: "hi", Context: mine})
	require.NoError(t, err)
	assert.Equal(t, map[string]any{"a": 1.0}, mine)
	assert.Equal(t, map[string]any{"a": 1.0}, session.State().Context)
}

func TestSession_ReplyWithoutContextKeepsWhatWasSent(t *testing.T) {
	server, client := newStub(t, 200, minimalReply)
	session := client.NewSession(caller)
	for _, in := range []syntphony.Input{
		{Text: "1", Context: map[string]any{"a": 1}}, {Text: "2", Context: map[string]any{"b": 2}}, {Text: "3"},
	} {
		_, err := session.Send(t.Context(), in)
		require.NoError(t, err)
	}
	assertJSON(t, `{"text":"3","context":{"a":1,"b":2}}`, server.Requests()[2].Body)
}

func TestSession_ReplyWithEmptyContextEmptiesIt(t *testing.T) {
	server, client := newStub(t, 200, `{"sessionCode":"s","context":{}}`)
	session := client.NewSession(caller)
	for _, in := range []syntphony.Input{{Text: "1", Context: map[string]any{"a": 1}}, {Text: "2"}} {
		_, err := session.Send(t.Context(), in)
		require.NoError(t, err)
	}
	assertJSON(t, `{"text":"2"}`, server.Requests()[1].Body)
}

// A byte that is not UTF-8 must not end the conversation, although no request may hold it.
func TestSession_ContextThatIsNotUTF8(t *testing.T) {
	server, client := newStub(t, 200, "{\"sessionCode\":\"s\",\"context\":{\"a\":\"x\xff\",\"b\":{\"c\":[\"\xfe\"]}}}")
	session := client.NewSession(caller)
	for range 2 {
		_, err := session.Say(t.Context(), "hi")
		require.NoError(t, err)
	}
	assertJSON(t, "{\"text\":\"hi\",\"context\":{\"a\":\"x\ufffd\",\"b\":{\"c\":[\"\ufffd\"]}}}",
		server.Requests()[1].Body)
}

func TestSession_ResumesElsewhere(t *testing.T) {
	server, client := newFake(t)
	first := client.NewSession(caller)
	_, err := first.Send(t.Context(), syntphony.Input{Text: "hi", Context: map[string]any{
		"id": json.Number("9007199254740993"), "f": 1.5, "s": "ä", "list": []any{json.Number("1e400"), nil},
	}})
	require.NoError(t, err)
	text, err := json.Marshal(first.State())
	require.NoError(t, err)

	var state syntphony.SessionState
	require.NoError(t, json.Unmarshal(text, &state))
	assert.Equal(t, first.State(), state)
	other := newClient(t, server.Config()).ResumeSession(caller, state)
	assert.Equal(t, first.Code(), other.Code())
	_, err = other.Say(t.Context(), "again")
	require.NoError(t, err)
	requests := server.BrokerRequests()
	assert.Contains(t, string(requests[1].Body), `"id":9007199254740993`)
	assert.Contains(t, string(requests[1].Body), `1e400`)
	assert.Equal(t, first.Code(), lastSegment(requests[1].Path))
}

func TestSessionState_BadJSON(t *testing.T) {
	var state syntphony.SessionState
	require.ErrorContains(t, json.Unmarshal([]byte(`{"code":7}`), &state), "session state")
	require.NoError(t, json.Unmarshal([]byte(`{"code":"s","context":[1]}`), &state))
	assert.Equal(t, syntphony.SessionState{Code: "s"}, state)
}

func TestResumeSession_ContextThatIsNoJSON(t *testing.T) {
	server, client := newStub(t, 200, minimalReply)
	session := client.ResumeSession(caller,
		syntphony.SessionState{Code: "s", Context: map[string]any{"c": make(chan int)}})
	_, err := session.Say(t.Context(), "hi")
	require.ErrorIs(t, err, syntphony.ErrInvalidArgument)
	require.ErrorIs(t, session.SubmitSatisfaction(t.Context(), syntphony.Satisfaction{}), syntphony.ErrInvalidArgument)
	assert.Empty(t, server.Requests())
}

func TestSession_Satisfaction(t *testing.T) {
	server, client := newFake(t)
	session := client.NewSession(caller)
	require.ErrorIs(t, session.SubmitSatisfaction(t.Context(), syntphony.Satisfaction{}), syntphony.ErrInvalidArgument)
	_, err := session.Send(t.Context(), syntphony.Input{Text: "hi", Context: map[string]any{"a": 1}})
	require.NoError(t, err)
	code := session.Code()
	given := syntphony.Satisfaction{Evaluation: 9, Answered: true, Comments: "good"}
	require.NoError(t, session.SubmitSatisfaction(t.Context(), given))
	assert.Equal(t, code, session.Code(), "goes on where the session is not to expire")
	given.Locale = "es-ES" // the caller's
	assert.Equal(t, given, server.Satisfactions()[code])
	require.ErrorIs(t, session.SubmitSatisfaction(t.Context(), given), syntphony.ErrConflict)

	session = client.NewSession(caller)
	_, err = session.Send(t.Context(), syntphony.Input{Text: "hi", Context: map[string]any{"a": 1}})
	require.NoError(t, err)
	require.NoError(t, session.SubmitSatisfaction(t.Context(), syntphony.Satisfaction{ExpireSession: true}))
	assert.Equal(t, syntphony.SessionState{}, session.State())
	_, err = session.Say(t.Context(), "a new one")
	require.NoError(t, err)
	requests := server.BrokerRequests()
	assert.Empty(t, lastSegment(requests[len(requests)-1].Path))
	assertJSON(t, `{"text":"a new one"}`, requests[len(requests)-1].Body)
}

// transportFunc is a network without sockets, for virtual time.
type transportFunc func(*http.Request) (*http.Response, error)

func (f transportFunc) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestSession_WaitForATurnEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := config("https://broker.example")
		cfg.HTTPClient = &http.Client{Transport: transportFunc(func(r *http.Request) (*http.Response, error) {
			_, _ = io.Copy(io.Discard, r.Body)
			time.Sleep(10 * time.Second)
			return response(200, []byte(minimalReply)), nil
		})}
		client, err := syntphony.NewClient(cfg)
		require.NoError(t, err)
		session := client.NewSession(caller)
		var wg sync.WaitGroup
		wg.Go(func() {
			_, err := session.Say(t.Context(), "slow")
			assert.NoError(t, err)
		})
		synctest.Wait()
		start := time.Now()
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		_, err = session.Say(ctx, "waits")
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.NotErrorIs(t, err, syntphony.ErrDeliveryUnknown, "it was not sent")
		require.ErrorIs(t, session.SubmitSatisfaction(ctx, syntphony.Satisfaction{}), context.DeadlineExceeded)
		assert.Equal(t, 50*time.Millisecond, time.Since(start))
		assert.Empty(t, session.Code(), "and Code does not wait")
		wg.Wait()
		assert.Equal(t, "s-1", session.Code())
	})
}

func TestSession_ContextThatHasEnded(t *testing.T) {
	_, client := newFake(t)
	session := client.NewSession(caller)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, first := session.Say(ctx, "hi")
	require.ErrorIs(t, first, context.Canceled)
	require.ErrorIs(t, first, syntphony.ErrNotSent)
	for range 50 {
		_, err := session.Say(ctx, "hi")
		require.EqualError(t, err, first.Error())
	}
}

// Several goroutines use each session of one client at random. The sessions must not mix codes or contexts, and each
// must do one turn at a time. The server compares every request with its last reply to that session.
func TestSession_RandomInterleavings(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	type known struct {
		owner string
		turns int
		busy  bool
	}
	sessions := map[string]*known{} // by code
	handler := func(w http.ResponseWriter, r *http.Request) {
		var body struct{ Context map[string]any }
		assert.NoError(t, json.NewDecoder(r.Body).Decode(&body))
		owner := r.Header.Get("USER-REF")
		const prefix = "/prefix/v9/org/org/env/env/bot/bot/channel/channel/v1/conversations"
		code := strings.TrimPrefix(strings.TrimPrefix(r.URL.Path, prefix), "/")
		mu.Lock()
		s := sessions[code]
		if code == "" {
			s = &known{owner: owner}
		}
		if !assert.NotNil(t, s, "a code that no reply gave, or not the latest") {
			mu.Unlock()
			return
		}
		assert.Equal(t, owner, s.owner)
		assert.False(t, s.busy, "two turns at a time")
		if code != "" {
			assert.Equal(t, owner, body.Context["owner"])
			assert.EqualValues(t, s.turns, body.Context["turn"])
		}
		s.busy = true
		mu.Unlock()
		pause(r.Context(), rand.N(2*time.Millisecond))
		mu.Lock()
		defer mu.Unlock()
		s.busy = false
		if rand.N(10) == 0 {
			w.WriteHeader(http.StatusUnprocessableEntity) // a refused turn must change no state
			return
		}
		s.turns++
		if code == "" || rand.N(5) == 0 { // a new code now and then
			delete(sessions, code)
			code = fmt.Sprintf("%s-%d", owner, s.turns)
			sessions[code] = s
		}
		_, _ = fmt.Fprintf(w, `{"sessionCode":%q,"context":{"owner":%q,"turn":%d}}`, code, owner, s.turns)
	}
	_, client := newHandler(t, handler)
	var wg sync.WaitGroup
	for n := range 4 {
		session := client.NewSession(syntphony.Caller{UserRef: fmt.Sprint("user", n), OS: "x"})
		for range 3 {
			wg.Go(func() {
				for range 25 {
					var err error
					if rand.N(4) == 0 {
						_, err = session.Send(t.Context(),
							syntphony.Input{Code: "x", Context: map[string]any{"extra": rand.N(9)}})
					} else {
						_, err = session.Say(t.Context(), "x")
					}
					if err != nil {
						assert.ErrorIs(t, err, syntphony.ErrUnprocessable)
					}
					session.State()
				}
			})
		}
	}
	wg.Wait()
}

// pause waits in a server's handler.
func pause(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
