package web_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// sent is a request of the client.
type sent struct {
	Method, Path, ContentType, Cookie string
	Body                              struct {
		ID        string    `json:"id"`
		Trigger   string    `json:"trigger"`
		MessageID *string   `json:"messageId"`
		Messages  []message `json:"messages"`
	}
}

// replay is a server that answers the requests of a client with the given responses, in order.
type replay struct {
	*httptest.Server
	mu        sync.Mutex
	sent      []sent
	responses []http.HandlerFunc
}

func newReplay(t *testing.T, responses ...http.HandlerFunc) *replay {
	t.Helper()
	s := &replay{responses: responses}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

func (s *replay) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	request := sent{
		Method: r.Method, Path: r.URL.EscapedPath(), ContentType: r.Header.Get("Content-Type"),
		Cookie: r.Header.Get("Cookie"),
	}
	body, _ := io.ReadAll(r.Body)
	_ = json.Unmarshal(body, &request.Body)
	s.mu.Lock()
	s.sent = append(s.sent, request)
	n := len(s.sent)
	s.mu.Unlock()
	if n > len(s.responses) {
		w.WriteHeader(http.StatusTeapot)
		return
	}
	s.responses[n-1](w, r)
}

func (s *replay) requests() []sent {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]sent(nil), s.sent...)
}

// stream answers with chunks as they are.
func stream(chunks ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for _, chunk := range chunks {
			_, _ = fmt.Fprintf(w, "data: %s\n\n", chunk)
		}
	}
}

// held answers with chunks and stays open until the client leaves.
func held(left chan<- struct{}, chunks ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		stream(chunks...)(w, r)
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
		close(left)
	}
}

func status(code int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { http.Error(w, body, code) }
}

const (
	startM1 = `{"type":"start","messageId":"m1"}`
	text1   = `{"type":"text-start","id":"t1"}`
	finish  = `{"type":"finish"}`
)

func delta(text string) string {
	return fmt.Sprintf(`{"type":"text-delta","id":"t1","delta":%q}`, text)
}

// whole returns the chunks of an answer.
func whole(id, text string) []string {
	return []string{
		`{"type":"start","messageId":"` + id + `"}`, text1, delta(text), `{"type":"text-end","id":"t1"}`, finish,
	}
}

// TestFacts_Requests shows the requests that uistream has to understand.
func TestFacts_Requests(t *testing.T) {
	t.Parallel()
	eachVersion(t, func(t *testing.T, n *node, _ string) {
		s := newReplay(t,
			stream(whole("m1", "Hello")...),
			stream(startM1, `{"type":"error","errorText":"Sorry."}`), // the answer to the second message
			stream(whole("m2", "Again")...),                          // regenerate
			stream(whole("m3", "Edited")...),                         // edit
		)
		c := newClient(n, s.URL+"/chat", "c1")
		v := c.ask("Hi")
		assert.Equal(t, "ready", v.Status)
		v = c.ask("More")
		assert.Equal(t, "error", v.Status)
		assert.Equal(t, "Sorry.", v.Error)
		said := s.requests()[1].Body.Messages
		c.do("regenerate")
		v = c.settled()
		assert.Equal(t, "Again", v.last().text())
		c.do("send", args{"message": args{"text": "Changed", "messageId": said[len(said)-1].ID}})
		c.settled()

		requests := s.requests()
		require.Len(t, requests, 4)
		for _, r := range requests {
			assert.Equal(t, "POST /chat application/json ", r.Method+" "+r.Path+" "+r.ContentType+" "+r.Cookie)
			assert.Equal(t, "c1", r.Body.ID)
		}
		assert.Equal(t, "submit-message", requests[0].Body.Trigger)
		assert.Nil(t, requests[0].Body.MessageID, "the client names the message by the last of messages only")
		assert.Len(t, requests[1].Body.Messages, 3, "the whole history is sent")
		again := requests[2].Body
		assert.Equal(t, "regenerate-message", again.Trigger)
		assert.Nil(t, again.MessageID)
		assert.Equal(t, said[len(said)-1].ID, again.Messages[len(again.Messages)-1].ID,
			"the same user message is sent again")
		edited := requests[3].Body
		assert.Equal(t, "submit-message", edited.Trigger)
		require.NotNil(t, edited.MessageID)
		assert.Equal(t, *edited.MessageID, edited.Messages[len(edited.Messages)-1].ID, "an edit keeps the id")
		assert.Equal(t, "Changed", edited.Messages[len(edited.Messages)-1].text())
	})
}

// TestFacts_SendWithoutAMessage shows a retry whose history ends with the part of an answer.
func TestFacts_SendWithoutAMessage(t *testing.T) {
	t.Parallel()
	eachVersion(t, func(t *testing.T, n *node, _ string) {
		s := newReplay(t, stream(startM1, text1, delta("Hel"), `{"type":"error","errorText":"Sorry."}`),
			stream(whole("m2", "Hello")...))
		c := newClient(n, s.URL, "c1")
		assert.Equal(t, "error", c.ask("Hi").Status)
		c.do("send")
		c.settled()
		retry := s.requests()[1].Body
		assert.Equal(t, "submit-message", retry.Trigger)
		require.Len(t, retry.Messages, 2)
		assert.Equal(t, "assistant", retry.Messages[1].Role)
		require.NotNil(t, retry.MessageID)
		assert.Equal(t, retry.Messages[1].ID, *retry.MessageID)
	})
}

// TestFacts_Resume shows what a client makes of the responses to the GET of a stream.
func TestFacts_Resume(t *testing.T) {
	t.Parallel()
	eachVersion(t, func(t *testing.T, n *node, version string) {
		s := newReplay(t,
			func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) },
			status(http.StatusNotFound, "There is no such thing."),
			stream(whole("m1", "Hello")...),
		)
		partial := message{ID: "m1", Role: "assistant", Parts: []part{{Type: "text", Text: "Hel", State: "streaming"}}}
		c := newClient(n, s.URL+"/chat", "c1", partial)
		c.do("resume")
		assert.Equal(t, "ready", c.settled().Status, "204 means that there is no stream")
		c.do("resume")
		v := c.settled()
		assert.Equal(t, "error", v.Status, "any other refusal is an error")
		assert.Contains(t, v.Error, "There is no such thing.")
		c.do("resume")
		v = c.settled()
		assert.Equal(t, "GET /chat/c1/stream", s.requests()[2].Method+" "+s.requests()[2].Path)
		require.Len(t, v.Messages, 1)
		if version == "5" {
			assert.Equal(t, "HelHello", v.last().text(), "ai 5 appends a replay to the last message")
		} else {
			assert.Equal(t, "Hello", v.last().text())
		}
	})
}

// TestFacts_Ends shows what a client makes of the ways in which an answer can end.
func TestFacts_Ends(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		chunks []string
		status string
		error  string
	}{
		{"without finish", []string{startM1, text1, delta("Hel")}, "ready", ""},
		{"abort", []string{startM1, text1, delta("Hel"), `{"type":"abort"}`}, "ready", ""},
		{"error", []string{startM1, text1, delta("Hel"), `{"type":"error","errorText":"Sorry."}`}, "error", "Sorry."},
		{
			"unknown type", []string{startM1, text1, delta("Hel"), `{"type":"vendor-secret"}`, finish}, "error",
			"alidation",
		},
		{
			"delta without start", []string{
				startM1, text1, delta("Hel"), `{"type":"text-delta","id":"t2","delta":"x"}`,
			}, "error", "",
		},
		{"DONE", append(whole("m1", "Hel"), "[DONE]"), "ready", ""},
		{
			"comments", []string{
				startM1, text1 + "\n\n: a comment", delta("Hel"), `{"type":"text-end","id":"t1"}` + "\n\n:", finish,
			}, "ready", "",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			eachVersion(t, func(t *testing.T, n *node, _ string) {
				s := newReplay(t, stream(tt.chunks...))
				v := newClient(n, s.URL, "c1").ask("Hi")
				assert.Equal(t, tt.status, v.Status, "%+v", v)
				assert.Contains(t, v.Error, tt.error)
				assert.Equal(t, "Hel", v.last().text(), "what came before stays")
			})
		})
	}
}

// TestFacts_DeltaAfterTheStep shows why parts are closed before their step is.
func TestFacts_DeltaAfterTheStep(t *testing.T) {
	t.Parallel()
	eachVersion(t, func(t *testing.T, n *node, version string) {
		s := newReplay(t, stream(startM1, `{"type":"start-step"}`, text1, delta("Hel"), `{"type":"finish-step"}`,
			delta("lo"), finish))
		v := newClient(n, s.URL, "c1").ask("Hi")
		if version == "7" {
			assert.Equal(t, "ready", v.Status, "ai 7 does not forget parts at the end of a step")
		} else {
			assert.Equal(t, "error", v.Status)
		}
	})
}

// TestFacts_UnknownMember shows that ai 5 takes a member that it does not know for the end of the answer.
func TestFacts_UnknownMember(t *testing.T) {
	t.Parallel()
	eachVersion(t, func(t *testing.T, n *node, version string) {
		s := newReplay(t, stream(startM1, text1, `{"type":"text-delta","id":"t1","delta":"Hi","vendor":1}`, finish))
		want := "ready"
		if version == "5" {
			want = "error"
		}
		assert.Equal(t, want, newClient(n, s.URL, "c1").ask("Hi").Status)
	})
}

// TestFacts_Data shows what becomes of data parts.
func TestFacts_Data(t *testing.T) {
	t.Parallel()
	eachVersion(t, func(t *testing.T, n *node, _ string) {
		s := newReplay(t, stream(startM1,
			`{"type":"data-status","data":{"status":"typing"},"transient":true}`,
			`{"type":"data-draft","id":"d1","data":{"text":"He"}}`,
			`{"type":"data-draft","id":"d1","data":{"text":"Hello"}}`,
			`{"type":"message-metadata","messageMetadata":{"finish":"stop"}}`,
			`{"type":"data-error","data":{"class":"server"}}`,
			`{"type":"error","errorText":"Sorry."}`,
			`{"type":"data-late","data":{}}`, finish,
		))
		v := newClient(n, s.URL, "c1").ask("Hi")
		assert.Equal(t, "error", v.Status)
		assert.Len(t, v.data("data-status"), 1, "onData gets a transient part")
		assert.Equal(t, []string{"data-draft", "data-error"}, v.last().types(),
			"a part of the same id replaces the former")
		assert.JSONEq(t, `{"text":"Hello"}`, string(v.last().part("data-draft").Data))
		assert.Empty(t, v.data("data-late"), "what follows an error is dropped")
		assert.Equal(t, map[string]any{"finish": "stop"}, v.last().Metadata)
	})
}

// TestFacts_SecondStart shows why a response has one start only.
func TestFacts_SecondStart(t *testing.T) {
	t.Parallel()
	eachVersion(t, func(t *testing.T, n *node, _ string) {
		first := whole("m1", "One")
		s := newReplay(t, stream(append(first[:4:4], whole("m2", "Two")...)...))
		v := newClient(n, s.URL, "c1").ask("Hi")
		assert.Equal(t, "OneTwo", v.last().text(), "the second message contains the parts of the first")
	})
}

// TestFacts_Stop shows that a client that stops looks to the server like one that was lost.
func TestFacts_Stop(t *testing.T) {
	t.Parallel()
	eachVersion(t, func(t *testing.T, n *node, _ string) {
		left := make(chan struct{})
		s := newReplay(t, held(left, startM1, text1, delta("Hel")))
		c := newClient(n, s.URL, "c1")
		c.say("Hi")
		c.shows("Hel")
		c.do("stop")
		v := c.settled()
		<-left
		assert.Equal(t, "ready", v.Status)
		assert.Equal(t, "Hel", v.last().text())
		assert.Len(t, s.requests(), 1, "the client sends nothing when it stops")
	})
}

// TestFacts_Refusal shows that the text of a refusal is what a page shows.
func TestFacts_Refusal(t *testing.T) {
	t.Parallel()
	eachVersion(t, func(t *testing.T, n *node, _ string) {
		s := newReplay(t, status(http.StatusConflict, "An answer is under way."))
		v := newClient(n, s.URL, "c1").ask("Hi")
		assert.Equal(t, "error", v.Status)
		assert.Contains(t, v.Error, "An answer is under way.")
	})
}

// TestFacts_Read shows that readUIMessageStream makes a message of what the transport passes on.
func TestFacts_Read(t *testing.T) {
	t.Parallel()
	eachVersion(t, func(t *testing.T, n *node, _ string) {
		s := newReplay(t, stream(whole("m1", "Hello")...), func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusNoContent)
		})
		said := message{ID: "u1", Role: "user", Parts: []part{{Type: "text", Text: "Hi"}}}
		r := read(n, s.URL, "c1", &said)
		assert.Equal(t, "Hello", r.Message.text())
		assert.Len(t, r.Chunks, 5)
		assert.Empty(t, r.Failure)
		assert.True(t, read(n, s.URL, "c1", nil).None)
	})
}
