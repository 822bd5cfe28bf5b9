package aiseratest_test

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/aisera"
	"github.com/seed-127a5941/parley/aisera/aiseratest"
	"github.com/seed-127a5941/parley/internal/testing/fakeserver"
)

// inMemory returns a server and its client in a synctest bubble.
func inMemory(t *testing.T) (*aiseratest.Server, *aisera.Client) {
	memory := fakeserver.NewMemory()
	s := aiseratest.NewServerOn(memory)
	transport := &http.Transport{DialContext: memory.DialContext}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		s.Close()
	})
	cfg := s.Config()
	cfg.HTTPClient = &http.Client{Transport: transport}
	client, err := aisera.NewClient(cfg)
	require.NoError(t, err)
	return s, client
}

func TestSession_EndsWithoutMessages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, client := inMemory(t)
		say := func(m aisera.Message) string {
			response, err := client.Send(t.Context(), user, m)
			require.NoError(t, err)
			return response.Text()
		}
		say(aisera.Text("one"))
		time.Sleep(4 * time.Minute)
		say(aisera.Text("two"))
		time.Sleep(4 * time.Minute)
		assert.Equal(t, "one\ntwo", say(aisera.SessionHistory()))
		time.Sleep(6 * time.Minute)
		var first []bool
		s.Answer(func(m aiseratest.Message) []aiseratest.Reply {
			first = append(first, m.First)
			return []aiseratest.Reply{aiseratest.Say("ok")}
		})
		say(aisera.Text("three"))
		say(aisera.Text("four"))
		assert.Equal(t, []bool{true, false}, first)
		s.Answer(nil)
		assert.Equal(t, "three\nfour", say(aisera.SessionHistory()))
	})
}

func TestFollowUp_Expires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, client := inMemory(t)
		response, err := client.Send(t.Context(), user, aisera.Text("Order"))
		require.NoError(t, err)
		choose := func() string {
			response, err := client.Send(t.Context(), user, aisera.FollowUp(response.FollowUpID, "Yes"))
			require.NoError(t, err)
			return response.Text()
		}
		time.Sleep(23 * time.Hour)
		assert.Equal(t, "You said: Yes", choose())
		time.Sleep(2 * time.Hour)
		assert.Contains(t, choose(), "no longer open")
		s.SetFollowUpLife(48 * time.Hour)
		assert.Equal(t, "You said: Yes", choose())
	})
}

func TestSlowFlow_ResultComesOnItsOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, client := inMemory(t)
		s.Answer(func(aiseratest.Message) []aiseratest.Reply {
			return aiseratest.SlowFlow("One moment.", "Your laptop is ordered.", time.Hour)
		})
		conn, err := client.Dial(t.Context(), user, aisera.DialOptions{})
		require.NoError(t, err)
		defer conn.Close()
		interim, err := conn.Ask(t.Context(), aisera.Text("Order a laptop"))
		require.NoError(t, err)
		assert.Equal(t, "One moment.", interim.Text())
		began := time.Now()
		result, err := conn.Receive(t.Context())
		require.NoError(t, err)
		assert.Equal(t, "Your laptop is ordered.", result.Text())
		assert.Equal(t, time.Hour, time.Since(began), "the connection lived through many pings")
		assert.Empty(t, result.RequestID)
		assert.Equal(t, 1, s.Connections())

		overHTTP, err := client.Send(t.Context(), user, aisera.Text("Order a laptop"))
		require.NoError(t, err)
		assert.Equal(t, "One moment.", overHTTP.Text())
	})
}

func TestAnswer_PingsAreAnsweredDuringASlowOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, client := inMemory(t)
		s.Answer(func(aiseratest.Message) []aiseratest.Reply {
			return []aiseratest.Reply{{Mode: aisera.ModeNormal, Answers: []string{"late"}, Delay: 5 * time.Minute}}
		})
		conn, err := client.Dial(t.Context(), user, aisera.DialOptions{NoReconnect: true})
		require.NoError(t, err)
		defer conn.Close()
		response, err := conn.Ask(t.Context(), aisera.Text("slow"))
		require.NoError(t, err)
		assert.Equal(t, "late", response.Text())
	})
}
