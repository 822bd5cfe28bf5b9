package uistream_test

import (
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/chat"
	"github.com/seed-127a5941/parley/chat/uistream"
)

// post sends a body as it is.
func (s *site) post(body string) *http.Response {
	s.t.Helper()
	return s.request(s.t.Context(), "ann", http.MethodPost, "", body)
}

const userMessage = `{"id":"m1","role":"user","parts":[{"type":"text","text":"hello"}]}`

// What the clients of the AI SDK send, and what the Handler makes of it. The clients are 5.0.206, 6.0.326 and 7.0.173.
func TestFacts_Requests(t *testing.T) {
	t.Parallel()
	partial := `{"id":"a1","role":"assistant","parts":[{"type":"text","text":"Hel","state":"streaming"}]}`
	old := `{"id":"m0","role":"user","parts":[{"type":"text","text":"old"}]}`
	for name, c := range map[string]struct {
		body   string
		status int
	}{
		"what DefaultChatTransport sends": {
			`{"id":"c1","messages":[` + old + `,` + userMessage + `],"trigger":"submit-message"}`, 200,
		},
		"the page's own members": {
			`{"id":"c1","messages":[` + userMessage +
				`],"trigger":"submit-message","tenant":{"a":[1]},"messageId":null}`, 200,
		},
		"regenerate, with the answer's id": {
			`{"id":"c1","messages":[` + userMessage + `],"trigger":"regenerate-message","messageId":"a1"}`, 200,
		},
		"a partial answer behind the message": {
			`{"id":"c1","messages":[` + userMessage + `,` + partial + `],"trigger":"submit-message","messageId":"a1"}`,
			200,
		},
		"the form of prepareSendMessagesRequest": {`{"id":"c1","message":` + userMessage + `}`, 200},
		"several text parts and others": {
			`{"id":"c1","messages":[{"id":"m1","role":"user","parts":[{"type":"text","text":"a"},{"type":"data-x",` +
				`"data":1},{"type":"text","text":"b"}]}]}`, 200,
		},
		"an unknown trigger": {
			`{"id":"c1","messages":[` + userMessage + `],"trigger":"resume-stream"}`, 400,
		},
		"no message of the user": {
			`{"id":"c1","messages":[` + partial + `],"trigger":"submit-message"}`, 400,
		},
		"no message":                 {`{"id":"c1","messages":[]}`, 400},
		"a message of the assistant": {`{"id":"c1","message":` + partial + `}`, 400},
		"an empty text": {
			`{"id":"c1","messages":[{"id":"m1","role":"user","parts":[{"type":"text","text":" \n"}]}]}`, 400,
		},
		"a text that is too long": {
			`{"id":"c1","messages":[{"id":"m1","role":"user","parts":[{"type":"text","text":"` +
				strings.Repeat("ä", 10_001) + `"}]}]}`, 400,
		},
		"the longest text": {
			`{"id":"c1","messages":[{"id":"m1","role":"user","parts":[{"type":"text","text":"` +
				strings.Repeat("ä", 10_000) + `"}]}]}`, 200,
		},
		"a file": {
			`{"id":"c1","messages":[{"id":"m1","role":"user","parts":[{"type":"text","text":"a"},{"type":"file",` +
				`"mediaType":"image/png","url":"data:image/png;base64,AA=="}]}]}`, 400,
		},
		"a file in an older message": {
			`{"id":"c1","messages":[{"id":"m0","role":"user","parts":[{"type":"file","mediaType":"image/png",` +
				`"url":"data:,"}]},` + userMessage + `]}`, 200,
		},
		"an id that is a path": {`{"id":"a/b","messages":[` + userMessage + `]}`, 400},
		"an id with a space":   {`{"id":"chat 1","messages":[` + userMessage + `]}`, 400},
		"an id that is too long": {
			`{"id":"` + strings.Repeat("a", 65) + `","messages":[` + userMessage + `]}`, 400,
		},
		"no id": {`{"messages":[` + userMessage + `]}`, 400},
		"a message without an id": {
			`{"id":"c1","messages":[{"role":"user","parts":[{"type":"text","text":"a"}]}]}`, 400,
		},
		"a message with a huge id": {
			`{"id":"c1","messages":[{"id":"` + strings.Repeat("m", 201) +
				`","role":"user","parts":[{"type":"text","text":"a"}]}]}`, 400,
		},
		"a huge choice": {
			`{"id":"c1","messages":[{"id":"m1","role":"user","metadata":{"choice":"` + strings.Repeat("m", 1001) +
				`"},"parts":[]}]}`, 400,
		},
		"metadata of the page": {
			`{"id":"c1","messages":[{"id":"m1","role":"user","metadata":[1],"parts":[{"type":"text","text":"a"}]}]}`,
			200,
		},
		"no JSON":                  {`{"id":`, 400},
		"another JSON":             {`[1,2]`, 400},
		"a body that is too large": {`{"id":"c1","x":"` + strings.Repeat("x", 1<<20) + `"}`, 413},
		"a history of nearly a MiB": {
			`{"id":"c1","x":"` + strings.Repeat("x", 1<<20-1000) + `","messages":[` + userMessage + `]}`, 200,
		},
		"what was loaded from the vendor is edited": {
			`{"id":"c1","messages":[{"id":"said-7","role":"user","parts":[{"type":"text","text":"a"}]}],` +
				`"messageId":"said-7"}`, 409,
		},
	} {
		t.Run(name, func(t *testing.T) {
			simulate(t, func(t testing.TB) { // net/http closes half a second after a body that it has not read
				v, s := newPair(t, nil)
				response := s.post(c.body)
				if c.status != http.StatusOK {
					text := s.refused(response, c.status)
					assert.True(t, strings.HasSuffix(text, ".") && len(text) > 15, "%q is no text for people", text)
					assert.Empty(t, v.said())
					return
				}
				assert.Contains(t, s.read(response).text(), "You said: ")
				assert.Len(t, v.said(), 1)
				assert.NotEqual(t, "old", v.said()[0])
			})
		})
	}
}

// A page of another origin can send text/plain without asking first.
func TestFacts_OtherContentTypesAre415(t *testing.T) {
	t.Parallel()
	v, s := newPair(t, nil)
	for _, contentType := range []string{
		"text/plain", "", "application/x-www-form-urlencoded", "text/plain;application/json",
	} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.url,
			strings.NewReader(body("c1", "m1", "hello")))
		require.NoError(t, err)
		r.Header.Set("Authorization", "ann")
		r.Header.Set("Content-Type", contentType)
		response, err := s.server.Client().Do(r)
		require.NoError(t, err)
		s.refused(response, http.StatusUnsupportedMediaType)
		response.Body.Close()
	}
	assert.Empty(t, v.said())
}

func TestFacts_PathsAndMethods(t *testing.T) {
	t.Parallel()
	_, s := newPair(t, nil)
	for _, c := range []struct {
		user, method, path string
		status             int
	}{
		{"", "POST", "", 401}, {"ann", "GET", "", 405}, {"ann", "PUT", "/c1/stream", 405},
		{"ann", "GET", "/c1/greeting", 405},
		{"ann", "GET", "/c1", 404}, {"ann", "GET", "/c1/else", 404}, {"ann", "GET", "/chat%201/%C3%A4/stream", 404},
		{"ann", "GET", "/chat%201/stream", 400}, {"ann", "GET", "/" + strings.Repeat("a", 65) + "/stream", 400},
		{"", "GET", "/c1/stream", 401}, {"", "GET", "/c1/events", 401}, {"", "GET", "/c1/messages", 401},
	} {
		s.refused(s.request(t.Context(), c.user, c.method, c.path, ""), c.status)
	}
	both := s.request(t.Context(), "ann", http.MethodPost, "/", body("c1", "m1", "hello"))
	assert.Equal(t, "You said: hello", s.read(both).text(), "with a slash and without")
}

// A page with resume: true asks before the first message, and 204 is the only "no stream".
func TestFacts_NoStreamIs204(t *testing.T) {
	t.Parallel()
	v, s := newPair(t, nil)
	for _, path := range []string{"/c1/stream", "/c1/stream?message=m1"} {
		assert.Equal(t, http.StatusNoContent, s.request(t.Context(), "ann", http.MethodGet, path, "").StatusCode)
	}
	s.say("c1", "m1", "hello")
	for path, status := range map[string]int{
		"/c1/stream": 204, "/c1/stream?message=m1": 200, "/c1/stream?message=m0": 204, "/c2/stream?message=m1": 204,
	} {
		assert.Equal(t, status, s.request(t.Context(), "ann", http.MethodGet, path, "").StatusCode, path)
	}
	assert.Len(t, v.said(), 1)
}

func TestFacts_Headers(t *testing.T) {
	t.Parallel()
	_, s := newPair(t, nil)
	response := s.post(body("c1", "m1", "hello"))
	for name, value := range map[string]string{
		"Content-Type": "text/event-stream", "X-Vercel-Ai-Ui-Message-Stream": "v1", "X-Accel-Buffering": "no",
		"Cache-Control": "no-cache, no-transform",
	} {
		assert.Equal(t, value, response.Header.Get(name), name)
	}
	s.read(response)
}

// Each reader gets the whole answer from its start, with one ID, whenever it comes.
func TestFacts_AnyNumberOfReaders(t *testing.T) {
	t.Parallel()
	middle := make(gate)
	v := newVendor(always(delta("Hel"), middle, delta("lo")))
	s := newSite(t, uistream.Config{Driver: v, Heartbeat: 5 * time.Millisecond})
	responses := []*http.Response{s.begun(v, "m1", "hello")}
	for range 30 {
		responses = append(responses, s.request(t.Context(), "ann", http.MethodGet, "/c1/stream", ""))
	}
	close(middle)
	for _, response := range responses {
		m := s.read(response)
		assert.Equal(t, "Hello", m.text())
		assert.Equal(t, 1, count(m.Types, "start"))
		assert.Equal(t, []string{"start", "start-step"}, m.Types[:2])
	}
	assert.Len(t, v.said(), 1)
}

func count(values []string, value string) (n int) {
	for _, v := range values {
		if v == value {
			n++
		}
	}
	return n
}

// An answer ends with finish, or with data-error and error, and never with abort.
func TestFacts_EveryAnswerHasAnEnd(t *testing.T) {
	t.Parallel()
	for name, steps := range map[string][]any{
		"whole": {delta("Hello")}, "empty": {}, "failed": {delta("Hel"), parley.ErrAnswerFailed},
		"aborted by the vendor": {delta("Hel"), partEvent(`{"type":"abort"}`), delta("lo")},
		"an error chunk":        {delta("Hel"), partEvent(`{"type":"error","errorText":"secret"}`), delta("lo")},
		"an error of no class":  {refusal{io.ErrUnexpectedEOF}}, "a panic": {func() { panic("driver") }},
	} {
		t.Run(name, func(t *testing.T) {
			simulate(t, func(t testing.TB) {
				m := play(t, steps...)
				assert.NotContains(t, m.Types, "abort")
				assert.NotContains(t, m.Err, "secret")
				last := m.Types[len(m.Types)-1]
				if m.Err != "" {
					assert.Equal(t, []string{"data-error", "error"}, m.Types[len(m.Types)-2:])
					assert.NotContains(t, m.Types, "finish")
				} else {
					assert.Equal(t, "finish", last)
				}
			})
		})
	}
}

// An error shows a text for people and not the vendor's, and tells a page what to do.
func TestFacts_FailuresAreForPeople(t *testing.T) {
	t.Parallel()
	secret := "the vendor's own words about key 12345"
	for class, c := range map[string]struct {
		err          error
		action, said string
	}{
		"rate-limited":     {parley.ErrRateLimited, "wait", "no"},
		"answer-failed":    {parley.ErrAnswerFailed, "edit", "yes"},
		"invalid":          {parley.ErrInvalidArgument, "edit", "no"},
		"unsupported":      {chat.ErrUnsupported, "none", "no"},
		"unavailable":      {parley.ErrServer, "retry", "no"},
		"delivery-unknown": {parley.ErrDeliveryUnknown, "edit", "unknown"},
	} {
		t.Run(class, func(t *testing.T) {
			v := newVendor(always(refusal{errorsJoin(c.err, secret)}))
			v.can.Recover, v.can.History, v.can.Push = false, false, false
			s := newSite(t, uistream.Config{Driver: v, ErrorText: func(class, locale string) string {
				if class == "rate-limited" && locale == "en-US" {
					return "Steady on."
				}
				return ""
			}})
			m := s.say("c1", "m1", "hello")
			f := m.failure()
			assert.Equal(t, []any{class, c.action, c.said}, []any{f["class"], f["action"], f["said"]})
			assert.Equal(t, m.Err, f["message"])
			assert.NotContains(t, m.Err, "12345")
			if class == "rate-limited" {
				assert.Equal(t, "Steady on.", m.Err)
			}
		})
	}
}

func errorsJoin(class error, text string) error { return &classed{class, text} }

type classed struct {
	class error
	text  string
}

func (c *classed) Error() string { return c.text }
func (c *classed) Unwrap() error { return c.class }

// Text and reasoning parts are closed before the step, which makes a client forget them.
func TestFacts_MergedAnswersAreSteps(t *testing.T) {
	t.Parallel()
	one := whole("One")
	one.ID = "1"
	m := play(t, delta("a"), partEvent(`{"type":"reasoning-start","id":"r"}`), one, whole("b"))
	assert.Equal(t, 1, count(m.Types, "start"))
	assert.True(t, slices.Contains(m.Types, "reasoning-end"))
}

// EventSource cannot send Authorization, so a page uses a cookie or fetch. Both need CORS on another origin.
func TestFacts_CORS(t *testing.T) {
	t.Parallel()
	v := newVendor(nil)
	open := newSite(t, uistream.Config{Driver: v, Origins: []string{"https://shop.example"}})
	closed := newSite(t, uistream.Config{Driver: v})
	for _, c := range []struct {
		site           *site
		origin, method string
		status         int
		allowed        bool
	}{
		{open, "https://shop.example", http.MethodOptions, 204, true},
		{open, "https://shop.example", http.MethodPost, 200, true},
		{open, "https://evil.example", http.MethodOptions, 404, false},
		{open, "https://evil.example", http.MethodPost, 403, false},
		{closed, "https://shop.example", http.MethodOptions, 404, false},
		{closed, "https://shop.example", http.MethodPost, 403, false},
		{closed, "", http.MethodPost, 200, false},
	} {
		path := "/c1/greeting"
		if c.method == http.MethodOptions {
			path = "/c1/nothing"
		}
		r, err := http.NewRequestWithContext(t.Context(), c.method, c.site.url+path, nil)
		require.NoError(t, err)
		r.Header.Set("Authorization", "ann")
		if c.origin != "" {
			r.Header.Set("Origin", c.origin)
		}
		if c.method == http.MethodOptions {
			r.Header.Set("Access-Control-Request-Method", http.MethodPost)
		}
		response, err := c.site.server.Client().Do(r)
		require.NoError(t, err)
		_, _ = io.Copy(io.Discard, response.Body)
		response.Body.Close()
		assert.Equal(t, c.status, response.StatusCode, "%s %s", c.method, c.origin)
		header := response.Header.Get("Access-Control-Allow-Origin")
		assert.Equal(t, c.allowed, header == c.origin && header != "", "%s %s", c.method, c.origin)
		if c.allowed && c.method == http.MethodOptions {
			for _, name := range []string{"content-type", "authorization", "last-event-id"} {
				assert.Contains(t, response.Header.Get("Access-Control-Allow-Headers"), name)
			}
		}
	}
}
