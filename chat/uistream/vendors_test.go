package uistream_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/aisera"
	"github.com/seed-127a5941/parley/aisera/aiserachat"
	"github.com/seed-127a5941/parley/aisera/aiseratest"
	"github.com/seed-127a5941/parley/chat"
	"github.com/seed-127a5941/parley/chat/uistream"
	"github.com/seed-127a5941/parley/raia"
	"github.com/seed-127a5941/parley/raia/raiachat"
	"github.com/seed-127a5941/parley/raia/raiatest"
	"github.com/seed-127a5941/parley/siteassist"
	"github.com/seed-127a5941/parley/siteassist/siteassistchat"
	"github.com/seed-127a5941/parley/siteassist/siteassisttest"
	"github.com/seed-127a5941/parley/syntphony"
	"github.com/seed-127a5941/parley/syntphony/syntphonychat"
	"github.com/seed-127a5941/parley/syntphony/syntphonytest"
)

// peer is a driver of a vendor with its fake.
type peer struct {
	driver chat.Driver
	refuse func()           // the vendor refuses the next message
	heard  func(string) int // how often it heard a text
	// refuseLists lets the vendor refuse to show messages with its own words; raia's only.
	refuseLists func(words string)
}

func pool(t *testing.T) *http.Client {
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

func raiaPeer(t *testing.T) peer {
	v := raiatest.NewServer()
	t.Cleanup(v.Close)
	cfg := v.Config()
	cfg.PollInterval, cfg.HTTPClient, cfg.MaxRetries = 5*time.Millisecond, pool(t), -1
	client, err := raia.NewClient(cfg)
	require.NoError(t, err)
	return peer{
		driver: raiachat.New(client, raiachat.Options{}),
		refuse: func() {
			v.FailNext(func(r raiatest.Request) bool {
				return r.Method == http.MethodPost && strings.Contains(r.Path, "/messages")
			}, raiatest.Failure{Status: 429})
		},
		refuseLists: func(words string) {
			v.FailNext(func(r raiatest.Request) bool {
				return r.Method == http.MethodGet
			}, raiatest.Failure{Status: 403, Body: `{"message":"` + words + `"}`})
		},
		heard: func(text string) (n int) {
			for _, a := range v.Ledger() {
				if a.Text == text {
					n++
				}
			}
			return n
		},
	}
}

func siteassistPeer(t *testing.T) peer {
	v := siteassisttest.NewServer()
	t.Cleanup(v.Close)
	v.Answer(func(m siteassisttest.Message) siteassisttest.Answer {
		said := "You said: " + m.Content
		return siteassisttest.Answer{Chunks: []siteassist.Chunk{
			&siteassist.ReasoningDeltaChunk{ID: "r", Delta: "hm"},
			&siteassist.ToolInputAvailableChunk{ToolCallID: "1", ToolName: "search", Input: json.RawMessage(`{"q":1}`)},
			&siteassist.ToolOutputAvailableChunk{
				ToolCallID: "1", Output: json.RawMessage(`{"buttonLabel":"Docs","href":"https://docs.example.com"}`),
			},
			&siteassist.SourceURLChunk{SourceID: "s", URL: "https://docs.example.com"},
			&siteassist.TextDeltaChunk{ID: "t", Delta: said[:4]}, &siteassist.TextDeltaChunk{ID: "t", Delta: said[4:]},
			&siteassist.FinishChunk{FinishReason: "stop"},
		}}
	})
	cfg := v.Config()
	cfg.HTTPClient, cfg.MaxRetries = pool(t), -1
	client, err := siteassist.NewClient(cfg)
	require.NoError(t, err)
	return peer{
		driver: siteassistchat.New(client, siteassistchat.Options{DeviceKey: []byte("0123456789abcdef")}),
		refuse: func() {
			v.FailNext(func(r siteassisttest.Request) bool {
				return r.Method == http.MethodPost && strings.HasSuffix(r.Path, "/messages")
			}, siteassisttest.Documented(siteassist.CodeConflict))
		},
		heard: func(text string) (n int) {
			for _, a := range v.Ledger() {
				if a.Text == text {
					n++
				}
			}
			return n
		},
	}
}

func syntphonyPeer(t *testing.T) peer {
	v := syntphonytest.NewServer()
	t.Cleanup(v.Close)
	v.Answer(func(turn syntphonytest.Turn) syntphony.Reply {
		raw, _ := json.Marshal("You said: " + turn.Text + turn.Code)
		return syntphony.Reply{Text: turn.Text, Answers: []syntphony.Answer{{
			Type: syntphony.AnswerTypeText, Content: syntphony.Content{Raw: raw},
			Buttons: []syntphony.Button{{Name: "One", Value: "1"}},
		}}}
	})
	cfg := v.Config()
	cfg.HTTPClient, cfg.MaxRetries = pool(t), -1
	client, err := syntphony.NewClient(cfg)
	require.NoError(t, err)
	return peer{
		driver: syntphonychat.New(client, syntphonychat.Options{}),
		refuse: func() {
			v.FailNext(func(r syntphonytest.Request) bool {
				return strings.Contains(r.Path, "/conversations")
			}, syntphonytest.Failure{Status: 422})
		},
		heard: func(text string) (n int) {
			for _, a := range v.Ledger() {
				if a.Text == text {
					n++
				}
			}
			return n
		},
	}
}

func aiseraPeer(socket bool) func(t *testing.T) peer {
	return func(t *testing.T) peer {
		v := aiseratest.NewServer()
		t.Cleanup(v.Close)
		v.Answer(func(m aiseratest.Message) []aiseratest.Reply {
			if socket {
				return aiseratest.Stream("You ", "said: ", m.Text)
			}
			return []aiseratest.Reply{aiseratest.Say("You said: " + m.Text)}
		})
		cfg := v.Config()
		cfg.MaxRetries = -1
		if !socket {
			cfg.HTTPClient = pool(t)
		}
		client, err := aisera.NewClient(cfg)
		require.NoError(t, err)
		return peer{
			driver: aiserachat.New(client, aiserachat.Options{WebSocket: socket}),
			refuse: func() { v.Fail(1, aiseratest.Failure{Status: 422}) },
			heard: func(text string) (n int) {
				for _, a := range v.Ledger() {
					if a.Text == text {
						n++
					}
				}
				return n
			},
		}
	}
}

// The four vendors look alike to the strictest client.
func TestVendors(t *testing.T) {
	t.Parallel()
	for name, make_ := range map[string]func(*testing.T) peer{
		"raia": raiaPeer, "siteassist": siteassistPeer, "syntphony": syntphonyPeer,
		"aisera over HTTP":        aiseraPeer(false),
		"aisera over a WebSocket": aiseraPeer(true),
	} {
		t.Run(name, func(t *testing.T) {
			p := make_(t)
			user := chat.User{ID: "customer-7", Name: "Ann", Email: "ann@example.com"}
			s := newSite(t, uistream.Config{
				Driver: p.driver, User: func(*http.Request) (chat.User, error) { return user, nil },
			})
			m := s.say("c1", "m1", "hello there")
			assert.Equal(t, "You said: hello there", m.text())
			assert.Equal(t, "stop", m.Metadata["finish"])
			if name == "siteassist" {
				assert.Equal(t, []string{"reasoning", "tool-search", "source-url", "text", "data-choices"}, m.types())
			}
			again := s.say("c1", "m1", "hello there")
			assert.Equal(t, m.text(), again.text())
			assert.Equal(t, m.types(), again.types())
			assert.Equal(t, 1, p.heard("hello there"))
			p.refuse()
			failed := s.say("c1", "m2", "and now")
			assert.Equal(t, "no", failed.failure()["said"])
			assert.Equal(t, 0, p.heard("and now"))
			assert.Equal(t, "You said: and now", s.say("c1", "m2", "and now").text())
			assert.Equal(t, 1, p.heard("and now"))
			shown := s.shown()
			require.Len(t, shown, 4)
			assert.Contains(t, shown[3], "You said: and now")
			assert.Contains(t, shown[2], "user m2 and now")
			gone := s.request(t.Context(), "ann", http.MethodGet, "/c1/stream", "")
			assert.Equal(t, http.StatusNoContent, gone.StatusCode)
			if p.driver.Capabilities().Greeting {
				greeting := s.read(s.request(t.Context(), "ann", http.MethodPost, "/c2/greeting", ""))
				assert.NotEmpty(t, greeting.text())
			}
		})
	}
}
