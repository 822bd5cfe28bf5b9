package siteassist_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/testing/fakeserver"
	"github.com/seed-127a5941/parley/siteassist"
	"github.com/seed-127a5941/parley/siteassist/siteassisttest"
)

// inMemory runs test in simulated time, with a fake server, a client for it and a conversation.
func inMemory(t *testing.T, test func(*testing.T, *siteassisttest.Server, *siteassist.Client, string)) {
	synctest.Test(t, func(t *testing.T) {
		memory := fakeserver.NewMemory()
		server := siteassisttest.NewServerOn(memory)
		defer server.Close()
		transport := &http.Transport{DialContext: memory.DialContext}
		defer transport.CloseIdleConnections()
		cfg := server.Config()
		cfg.HTTPClient = &http.Client{Transport: transport}
		client, err := siteassist.NewClient(cfg)
		require.NoError(t, err)
		started, err := client.Conversations.Start(t.Context(), siteassist.StartConversationParams{})
		require.NoError(t, err)
		test(t, server, client, started.ID)
	})
}

// watching collects events in a goroutine of its own.
type watching struct {
	events chan *siteassist.ConversationEvent
	err    error // once events is closed
}

func watch(ctx context.Context, client *siteassist.Client, id string) *watching {
	w := &watching{events: make(chan *siteassist.ConversationEvent, 1000)}
	go func() {
		defer close(w.events)
		for event, err := range client.Conversations.Events(ctx, id) {
			if err != nil {
				w.err = err
				return
			}
			w.events <- event
		}
	}()
	return w
}

// texts ends the watch and returns the texts of its messages.
func (w *watching) texts(cancel context.CancelFunc) (texts []string) {
	cancel()
	for event := range w.events {
		text := string(event.Type)
		if event.Message != nil {
			text = event.Message.Text()
		}
		texts = append(texts, text)
	}
	return texts
}

func TestConversationsEvents_ShowTheHuman(t *testing.T) {
	inMemory(t, func(t *testing.T, server *siteassisttest.Server, client *siteassist.Client, id string) {
		_, err := client.Messages.Send(t.Context(), id, siteassist.SendMessageParams{Content: "old"})
		require.NoError(t, err)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		w := watch(ctx, client, id)
		synctest.Wait()
		require.True(t, server.TakeOver(id, "Ada"))
		require.True(t, server.HumanSays(id, "Hello"))
		first, second := <-w.events, <-w.events
		assert.Equal(t, siteassist.ConversationEventTypeHumanAssigned, first.Type)
		assert.Nil(t, first.Message)
		assert.NotEmpty(t, first.Raw)
		assert.Equal(t, siteassist.ConversationEventTypeNewMessage, second.Type)
		assert.Equal(t, "Hello", second.Message.Text())
		assert.Equal(t, siteassist.RoleHumanAgent, second.Message.Role)
		assert.Equal(t, "Ada", second.Message.HumanAgent.Name)
		assert.NotEmpty(t, second.Raw)
		assert.Empty(t, w.texts(cancel), "the old message is none of now")
		assert.ErrorIs(t, w.err, context.Canceled)
		synctest.Wait()
		assert.Zero(t, server.Watchers(id))
	})
}

// Messages are said while the connection is cut again and again: before the cut, right after it, and later.
func TestConversationsEvents_NoneLostAndNoneTwice(t *testing.T) {
	inMemory(t, func(t *testing.T, server *siteassisttest.Server, client *siteassist.Client, id string) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		w := watch(ctx, client, id)
		synctest.Wait()
		var want []string
		say := func(text string) {
			want = append(want, text)
			require.True(t, server.HumanSays(id, text))
		}
		require.True(t, server.TakeOver(id, "Ada"))
		synctest.Wait()
		assert.Equal(t, siteassist.ConversationEventTypeHumanAssigned, (<-w.events).Type)
		for i := range 40 {
			say(fmt.Sprint("before ", i))
			if i%3 > 0 {
				server.CutEvents()
			}
			say(fmt.Sprint("after ", i))
			time.Sleep(time.Duration(i) * 130 * time.Millisecond)
			say(fmt.Sprint("later ", i))
		}
		time.Sleep(time.Minute)
		assert.Equal(t, want, w.texts(cancel))
	})
}

func TestConversationsEvents_LeavingTheLoopClosesTheConnection(t *testing.T) {
	inMemory(t, func(t *testing.T, server *siteassisttest.Server, client *siteassist.Client, id string) {
		go func() {
			time.Sleep(time.Second)
			server.HumanSays(id, "Hello")
		}()
		for event, err := range client.Conversations.Events(t.Context(), id) {
			require.NoError(t, err)
			require.NotNil(t, event)
			break
		}
		synctest.Wait()
		assert.Zero(t, server.Watchers(id))
	})
}

// The messages of the list come in one go after a connection was lost. None follows that at which the loop is left.
func TestConversationsEvents_LeavingTheLoopAtAMessageOfTheList(t *testing.T) {
	inMemory(t, func(t *testing.T, server *siteassisttest.Server, client *siteassist.Client, id string) {
		go func() {
			time.Sleep(time.Second)
			server.CutEvents()
			server.HumanSays(id, "Hello")
			server.HumanSays(id, "Are you there?")
		}()
		for event, err := range client.Conversations.Events(t.Context(), id) {
			require.NoError(t, err)
			assert.Equal(t, "Hello", event.Message.Text())
			break // the loop would panic if another message were yielded after this
		}
		synctest.Wait()
		assert.Zero(t, server.Watchers(id))
	})
}

func TestConversationsEvents_EndWithTheErrorOfTheirContextAlone(t *testing.T) {
	inMemory(t, func(t *testing.T, _ *siteassisttest.Server, client *siteassist.Client, id string) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		for _, err := range client.Conversations.Events(ctx, id) {
			assert.EqualError(t, err, "siteassist: conversation events: context deadline exceeded")
		}
	})
}

// The wait for a new connection does not grow with connections that lasted, however many of them are lost.
func TestConversationsEvents_ReconnectWithinASecondAfterAConnectionThatLasted(t *testing.T) {
	inMemory(t, func(t *testing.T, server *siteassisttest.Server, client *siteassist.Client, id string) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		w := watch(ctx, client, id)
		for range 5 {
			time.Sleep(time.Minute)
			server.CutEvents()
			synctest.Wait()
			require.Zero(t, server.Watchers(id))
			time.Sleep(time.Second)
			synctest.Wait()
			require.Equal(t, 1, server.Watchers(id))
		}
		assert.Empty(t, w.texts(cancel))
	})
}

func TestConversationsEvents_LeavingTheLoopAtTheEndOfItsContext(t *testing.T) {
	inMemory(t, func(t *testing.T, server *siteassisttest.Server, client *siteassist.Client, id string) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		go func() {
			time.Sleep(time.Minute)
			server.HumanSays(id, "I am here")
		}()
		for _, err := range client.Conversations.Events(ctx, id) {
			require.NoError(t, err)
			cancel()
			break // the loop would panic if an error were yielded after this
		}
		require.Error(t, ctx.Err())
	})
}

func TestConversationsEvents_StayOpenForHours(t *testing.T) {
	inMemory(t, func(t *testing.T, server *siteassisttest.Server, client *siteassist.Client, id string) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		w := watch(ctx, client, id)
		time.Sleep(3 * time.Hour)
		server.HumanSays(id, "Still there?")
		synctest.Wait()
		assert.Equal(t, []string{"human_assigned", "Still there?"}, w.texts(cancel))
		handshakes := 0
		for _, request := range server.Requests() {
			if request.Header.Get("Upgrade") != "" {
				handshakes++
				assert.Empty(t, request.Header.Get("Authorization"), "the widget sends no session token")
			}
		}
		assert.Equal(t, 1, handshakes)
	})
}

func TestConversationsEvents_Refused(t *testing.T) {
	inMemory(t, func(t *testing.T, server *siteassisttest.Server, client *siteassist.Client, id string) {
		for wrong, class := range map[string]error{
			"": siteassist.ErrInvalidArgument, "..": siteassist.ErrInvalidArgument, "none": siteassist.ErrNotFound,
		} {
			n := 0
			for event, err := range client.Conversations.Events(t.Context(), wrong) {
				n++
				assert.Nil(t, event)
				assert.ErrorIs(t, err, class, wrong)
				assert.NotErrorIs(t, err, siteassist.ErrDeliveryUnknown)
			}
			assert.Equal(t, 1, n, "an error is yielded once")
		}
	})
}

func TestConversationsEvents_NeedThePublishableKey(t *testing.T) {
	client, err := siteassist.NewClient(siteassist.Config{Token: "session"})
	require.NoError(t, err)
	for _, err := range client.Conversations.Events(t.Context(), "c1") {
		assert.ErrorIs(t, err, siteassist.ErrInvalidArgument)
		assert.EqualError(
			t, err,
			"siteassist: conversation events: invalid argument: PublishableKey is not set in Config, and the events "+
				"of a conversation need it",
		)
	}
}

func TestConversationsEvents_FirstConnectionIsTriedOnce(t *testing.T) {
	inMemory(t, func(t *testing.T, server *siteassisttest.Server, client *siteassist.Client, id string) {
		upgrade := func(r siteassisttest.Request) bool { return r.Header.Get("Upgrade") != "" }
		server.FailNext(upgrade, siteassisttest.Failure{Status: 503, Header: http.Header{"Retry-After": {"7"}},
			Body: `{"error":{"message":"No. ` + siteassisttest.PublishableKey + `","code":"SERVICE_UNAVAILABLE"}}`})
		for _, err := range client.Conversations.Events(t.Context(), id) {
			assert.ErrorIs(t, err, siteassist.ErrServer)
			assert.ErrorIs(t, err, siteassist.CodeServiceUnavailable)
			assert.EqualError(t, err,
				"siteassist: conversation events: 503 SERVICE_UNAVAILABLE: No. [redacted]: retry after 7s "+
					"(GET /conversations/{conversationId}/ws, 1 attempt)")
		}
	})
}

// A later handshake that is refused for the time being is repeated, but not before the wait that the server asks for.
func TestConversationsEvents_ReconnectsAfterARefusal(t *testing.T) {
	inMemory(t, func(t *testing.T, server *siteassisttest.Server, client *siteassist.Client, id string) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		w := watch(ctx, client, id)
		synctest.Wait()
		upgrade := func(r siteassisttest.Request) bool { return r.Header.Get("Upgrade") != "" }
		server.FailNext(upgrade, siteassisttest.Failure{Status: 503, Header: http.Header{"Retry-After": {"120"}}})
		server.CutEvents()
		time.Sleep(100 * time.Second)
		assert.Zero(t, server.Watchers(id))
		time.Sleep(time.Minute)
		assert.Equal(t, 1, server.Watchers(id))
		server.HumanSays(id, "Hello")
		synctest.Wait()
		assert.Equal(t, []string{"human_assigned", "Hello"}, w.texts(cancel))
	})
}

func TestConversationsEvents_EndWhenTheKeyIsRefusedLater(t *testing.T) {
	inMemory(t, func(t *testing.T, server *siteassisttest.Server, client *siteassist.Client, id string) {
		w := watch(t.Context(), client, id)
		synctest.Wait()
		server.FailNext(func(r siteassisttest.Request) bool { return r.Header.Get("Upgrade") != "" },
			siteassisttest.Failure{Status: 401})
		server.CutEvents()
		_, open := <-w.events
		assert.False(t, open)
		assert.ErrorIs(t, w.err, siteassist.ErrUnauthorized)
	})
}

func TestConversationsEvents_TakeTheOptionsOfTheirContext(t *testing.T) {
	inMemory(t, func(t *testing.T, server *siteassisttest.Server, client *siteassist.Client, id string) {
		ctx, cancel := context.WithCancel(parley.WithHeader(t.Context(), "X-Trace", "trace-1"))
		watched := watch(ctx, client, id)
		synctest.Wait()
		watched.texts(cancel)
		handshakes := 0
		for _, r := range server.Requests() {
			if r.Header.Get("Upgrade") == "websocket" {
				handshakes++
				assert.Equal(t, []string{"trace-1"}, r.Header["X-Trace"])
			}
		}
		assert.Equal(t, 1, handshakes)
		for _, refused := range []context.Context{
			parley.WithHeader(t.Context(), "Sec-WebSocket-Key", "x"), parley.WithAttemptTimeout(t.Context(), 0),
		} {
			for _, err := range client.Conversations.Events(refused, id) {
				assert.ErrorIs(t, err, siteassist.ErrInvalidArgument)
			}
		}
	})
}

// Without the list it is unknown which messages are old, so that no connection is made.
func TestConversationsEvents_AListThatIsRefusedEndsThem(t *testing.T) {
	inMemory(t, func(t *testing.T, server *siteassisttest.Server, client *siteassist.Client, id string) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		server.FailNext(func(r siteassisttest.Request) bool { return strings.HasSuffix(r.Path, "/messages") },
			siteassisttest.Failure{Status: 403})
		n := 0
		for _, err := range client.Conversations.Events(ctx, id) {
			n++
			assert.ErrorIs(t, err, siteassist.ErrForbidden)
		}
		assert.Equal(t, 1, n, "an error is yielded once")
		for _, r := range server.Requests() {
			assert.Empty(t, r.Header.Get("Upgrade"))
		}
	})
}
