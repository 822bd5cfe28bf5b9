package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/raia/raiatest"
)

// chunk is what the tests look at in a chunk of the stream.
type chunk struct {
	Type, Delta, ErrorText, URL string
	Data                        json.RawMessage
}

// answer is a stream, read as far as it came.
type answer struct {
	chunks []chunk
	text   string
	whole  bool // "finish" came
}

func (a *answer) types() (types []string) {
	for _, c := range a.chunks {
		if len(types) == 0 || types[len(types)-1] != c.Type {
			types = append(types, c.Type)
		}
	}
	return types
}

// data returns the data of the last part of a type.
func (a *answer) data(kind string) (data string) {
	for _, c := range a.chunks {
		if c.Type == kind {
			data = string(c.Data)
		}
	}
	return data
}

// read reads a stream until its end, or until the func that is called after each chunk returns false.
func read(t *testing.T, body io.Reader, more func(*answer) bool) *answer {
	a := &answer{}
	for lines := bufio.NewScanner(body); lines.Scan(); {
		data, ok := strings.CutPrefix(lines.Text(), "data: ")
		if !ok || data == "[DONE]" {
			continue
		}
		var c chunk
		require.NoError(t, json.Unmarshal([]byte(data), &c), data)
		a.chunks = append(a.chunks, c)
		if c.Type == "text-delta" {
			a.text += c.Delta
		}
		a.whole = a.whole || c.Type == "finish"
		if more != nil && !more(a) {
			break
		}
	}
	return a
}

// stream sends a request and returns the response of a stream.
func (b *browser) stream(ctx context.Context, method, path, body string) *http.Response {
	b.t.Helper()
	request, err := http.NewRequestWithContext(ctx, method, b.url+path, strings.NewReader(body))
	require.NoError(b.t, err)
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	response, err := b.Do(request)
	require.NoError(b.t, err)
	return response
}

// message is the body with which the AI SDK says something.
func message(conversation, id, text string) string {
	return fmt.Sprintf(`{"id":%q,"trigger":"submit-message","messages":[{"id":%q,"role":"user",`+
		`"parts":[{"type":"text","text":%q}]}]}`,
		conversation, id, text)
}

// say says something in a conversation and reads the answer.
func (b *browser) say(vendor, conversation, id, text string) *answer {
	b.t.Helper()
	response := b.stream(b.t.Context(), http.MethodPost, "/api/"+vendor, message(conversation, id, text))
	defer response.Body.Close()
	require.Equal(b.t, http.StatusOK, response.StatusCode)
	return read(b.t, response.Body, nil)
}

// events reads what comes unasked until it contains a text.
func (b *browser) events(path, text string) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.t.Context(), 30*time.Second)
	defer cancel()
	response := b.stream(ctx, http.MethodGet, path, "")
	defer response.Body.Close()
	require.Equal(b.t, http.StatusOK, response.StatusCode)
	for lines := bufio.NewScanner(response.Body); lines.Scan(); {
		if strings.Contains(lines.Text(), text) {
			return
		}
	}
	b.t.Errorf("%q did not come", text)
}

func TestGateway_SiteAssistShowsReasoningSourcesLinksAndAHuman(t *testing.T) {
	b := open(t, start(t, none).url)
	a := b.say("siteassist", "c-1", "m-1", "How long does it take?")
	require.True(t, a.whole)
	assert.Contains(t, a.text, "A parcel takes two days")
	assert.Subset(t, a.types(), []string{
		"start", "reasoning-delta", "tool-output-available", "source-url", "text-delta",
	})
	assert.Contains(t, a.data("data-choices"), "https://example.com/delivery")
	_, messages := b.get("/api/siteassist/c-1/messages")
	assert.Contains(t, messages, "How long does it take?")
	assert.Contains(t, messages, "A parcel takes two days")
	a = b.say("siteassist", "c-1", "m-2", "I want a human")
	require.True(t, a.whole)
	b.events("/api/siteassist/c-1/events", "this is Ann")
}

func TestGateway_RaiaHandsOverToAHuman(t *testing.T) {
	b := open(t, start(t, none).url)
	a := b.say("raia", "c-1", "m-1", "Where is my parcel?")
	require.True(t, a.whole)
	assert.Contains(t, a.text, "You asked: Where is my parcel?")
	response := b.stream(t.Context(), http.MethodPost, "/api/raia/c-1/human", "{}")
	defer response.Body.Close()
	require.True(t, read(t, response.Body, nil).whole)
	b.events("/api/raia/c-1/events", "this is Ann")
}

func TestGateway_SyntphonyGreetsAndOffersChoicesAndCards(t *testing.T) {
	b := open(t, start(t, none).url)
	response := b.stream(t.Context(), http.MethodPost, "/api/syntphony/c-1/greeting", "{}")
	defer response.Body.Close()
	a := read(t, response.Body, nil)
	require.True(t, a.whole)
	assert.Contains(t, a.text, "Welcome!")
	assert.Contains(t, a.data("data-choices"), "My orders")
	a = b.say("syntphony", "c-1", "m-1", "shoes")
	assert.Contains(t, a.data("data-cards"), "Runner")
}

func TestGateway_AiseraStreamsAndHasALiveAgent(t *testing.T) {
	b := open(t, start(t, none).url)
	a := b.say("aisera", "c-1", "m-1", "Where is my laptop?")
	require.True(t, a.whole)
	assert.Contains(t, a.text, "is on its way and arrives on Monday.")
	assert.Contains(t, a.types(), "data-draft")
	heard := make(chan bool)
	go func() {
		defer close(heard)
		b.events("/api/aisera/c-1/events", "This is Ann")
	}()
	response := b.stream(t.Context(), http.MethodPost, "/api/aisera/c-1/human", "{}")
	defer response.Body.Close()
	require.True(t, read(t, response.Body, nil).whole)
	<-heard
}

// TestGateway_ServesTheVendorsWhoseVariablesAreSet uses a fake as if it were the vendor.
func TestGateway_ServesTheVendorsWhoseVariablesAreSet(t *testing.T) {
	server := raiatest.NewServer()
	defer server.Close()
	env := map[string]string{"RAIA_AGENT_KEY": raiatest.AgentKey, "RAIA_BASE_URL": server.Config().BaseURL}
	r := start(t, func(name string) string { return env[name] })
	b := open(t, r.url)
	_, vendors := b.get("/api/vendors")
	assert.Contains(t, vendors, `"fake":false`)
	assert.Equal(t, 1, strings.Count(vendors, `"name"`))
	assert.Equal(t, "You said: secret words", b.say("raia", "c-1", "m-1", "secret words").text)
	r.stop()
	require.NoError(t, r.wait())
	assert.NotContains(t, r.log.String(), "secret words")
	assert.NotContains(t, r.log.String(), raiatest.AgentKey)
	assert.Contains(t, r.log.String(), `"vendor":"raia"`)

	err := run(t.Context(), nil, func(name string) string { return map[string]string{"AISERA_TOKEN": "x"}[name] },
		io.Discard, io.Discard)
	assert.EqualError(t, err, "Aisera: set AISERA_BASE_URL, AISERA_CHANNEL_ID too")
}
