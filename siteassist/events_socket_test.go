package siteassist

import (
	"context"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/internal/callopts"
	"github.com/seed-127a5941/parley/internal/testing/fakeserver"
)

// socketServer answers handshakes with serve and the list of messages with list, in simulated time.
func socketServer(t *testing.T, list func() string, serve func(context.Context, *fakeserver.Peer)) (*Client, func()) {
	memory := fakeserver.NewMemory()
	var open sync.WaitGroup
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Upgrade") == "" {
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, list())
			return
		}
		peer, err := fakeserver.Accept(w, r)
		if err != nil {
			return
		}
		open.Add(1)
		defer open.Done()
		defer peer.Drop()
		serve(r.Context(), peer)
	})}
	go func() { _ = server.Serve(memory) }()
	transport := &http.Transport{DialContext: memory.DialContext}
	client, err := NewClient(Config{
		BaseURL: "http://127.0.0.1" + basePath, Token: testToken, PublishableKey: testKey,
		HTTPClient: &http.Client{Transport: transport},
	})
	require.NoError(t, err)
	return client, func() {
		transport.CloseIdleConnections()
		_ = server.Close()
		open.Wait()
	}
}

func noMessages() string { return `{"object":"list","data":[]}` }

// A server that answers no heartbeat and sends no frame is given up, and another connection is made.
func TestEventSocket_SilentServerIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		connections := make(chan time.Time, 10)
		client, stop := socketServer(t, noMessages, func(ctx context.Context, peer *fakeserver.Peer) {
			connections <- time.Now()
			for {
				if _, err := peer.Read(ctx); err != nil {
					return
				}
			}
		})
		defer stop()
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			defer close(done)
			for _, err := range client.Conversations.Events(ctx, "c1") {
				assert.ErrorIs(t, err, context.Canceled)
			}
		}()
		first, second := <-connections, <-connections
		assert.InDelta(t, (90 * time.Second).Seconds(), second.Sub(first).Seconds(), 6)
		cancel()
		<-done
	})
}

func TestEventSocket_SendsTheHeartbeatOfTheWidget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var beats []string
		client, stop := socketServer(t, noMessages, func(ctx context.Context, peer *fakeserver.Peer) {
			for {
				frame, err := peer.Read(ctx)
				if err != nil {
					return
				}
				beats = append(beats, string(frame))
				_ = peer.Write(ctx, []byte("pong"))
			}
		})
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute+time.Second)
		defer cancel()
		for _, err := range client.Conversations.Events(ctx, "c1") {
			assert.ErrorIs(t, err, context.DeadlineExceeded)
		}
		stop()
		assert.Len(t, beats, 20)
		assert.Equal(t, strings.Repeat("ping", 20), strings.Join(beats, ""))
	})
}

// A heartbeat that is being sent when the caller leaves the loop has ended when the loop has, and none begins after it.
func TestEventSocket_CloseWaitsForTheHeartbeat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, stop := socketServer(t, noMessages, func(ctx context.Context, peer *fakeserver.Peer) {
			_, _ = peer.Read(ctx)
		})
		defer stop()
		target, err := client.core.eventsURL("c1")
		require.NoError(t, err)
		socket, err := dialEvents(t.Context(), client.core, target)
		require.NoError(t, err)
		require.True(t, socket.beginHeartbeat())
		closed := make(chan struct{})
		go func() {
			defer close(closed)
			socket.close()
		}()
		time.Sleep(time.Minute)
		assert.Error(t, socket.ctx.Err(), "a heartbeat that waits for its turn gives up")
		select {
		case <-closed:
			assert.Fail(t, "the heartbeat still runs")
		default:
		}
		socket.beating.Done()
		<-closed
		assert.False(t, socket.beginHeartbeat())
	})
}

// A connection that was lost gets no heartbeat, although the caller has not left the loop.
func TestEventSocket_ALostConnectionHasNoHeartbeat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, stop := socketServer(t, noMessages, func(context.Context, *fakeserver.Peer) {})
		defer stop()
		target, err := client.core.eventsURL("c1")
		require.NoError(t, err)
		socket, err := dialEvents(t.Context(), client.core, target)
		require.NoError(t, err)
		defer socket.close()
		_, err = socket.next(t.Context())
		require.Error(t, err)
		assert.False(t, socket.beginHeartbeat())
	})
}

func TestHandshakeTimeout_IsThatOfConfigOrOfTheContext(t *testing.T) {
	for configured, want := range map[time.Duration]time.Duration{
		0: defaultHandshake, -1: 0, time.Second: time.Second,
	} {
		c := &core{timeout: configured}
		assert.Equal(t, want, c.handshakeTimeout(nil))
		assert.Equal(t, want, c.handshakeTimeout(&callopts.Options{}))
		for asked, want := range map[time.Duration]time.Duration{0: 0, -1: 0, time.Hour: time.Hour} {
			assert.Equal(t, want, c.handshakeTimeout(&callopts.Options{AttemptTimeout: &asked}))
		}
	}
}

// Frames in unknown forms do no harm, and a hint at a message makes Events read it.
func TestEventSocket_FramesInOtherForms(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		listed := []string{`{"id":"m0","role":"user","parts":[]}`}
		var mu sync.Mutex
		client, stop := socketServer(t, func() string {
			mu.Lock()
			defer mu.Unlock()
			return `{"object":"list","data":[` + strings.Join(listed, ",") + `]}`
		}, func(ctx context.Context, peer *fakeserver.Peer) {
			time.Sleep(time.Second)
			mu.Lock()
			listed = append(listed, `{"id":"m1","role":"human_agent","parts":[]}`,
				`{"id":"m2","role":"assistant","status":"streaming","parts":[]}`)
			mu.Unlock()
			for _, frame := range []string{
				"pong", "ping", "", "null", "[]", "{}", `{"type":5}`,
				`{"type":"new_message","chatId":"other","message":{"id":"m9"}}`,
				`{"type":"new_message","chatId":"c1","message":{"id":"m0"}}`, // an old message again
				`{"type":"new_message","chatId":"c1"}`,
				`{"type":"new_message","message":{"id":5}}`,
				`{"type":"new_message","chatId":"c1","message":{"id":"m1"}}`,
				`{"type":"new_message","message":{"id":"m3","role":"human_agent","parts":[{"type":"text",` +
					`"text":"Hi"}]}}`,
				`{"type":"new_message","message":{"id":"m2","role":"assistant","status":"streaming","parts":[]}}`,
				`{"type":"typing","chatId":"c1","by":"Ada"}`,
				`{"type":"new_message","message":{"id":"m2","role":"assistant","status":"complete","parts":[]}}`,
			} {
				_ = peer.Write(ctx, []byte(frame))
			}
			_, _ = peer.Read(ctx)
		})
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		var got []string
		for event, err := range client.Conversations.Events(ctx, "c1") {
			if err != nil {
				assert.ErrorIs(t, err, context.DeadlineExceeded)
				break
			}
			text := string(event.Type)
			if event.Message != nil {
				text += " " + event.Message.ID
			}
			got = append(got, text)
		}
		stop()
		assert.Equal(t, []string{"new_message m1", "new_message m3", "typing", "new_message m2"}, got)
	})
}

// A caller that takes no event delays the server and loses no event. The heartbeat does not mistake the pause for
// silence.
func TestEventSocket_SlowCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const frames = 3 * maxEventFrames
		connections := 0
		client, stop := socketServer(t, noMessages, func(ctx context.Context, peer *fakeserver.Peer) {
			connections++
			var writing sync.WaitGroup
			defer writing.Wait()
			writing.Go(func() {
				for range frames {
					if peer.Write(ctx, []byte(`{"type":"typing"}`)) != nil {
						return
					}
				}
			})
			for {
				if _, err := peer.Read(ctx); err != nil {
					return
				}
				writing.Go(func() { _ = peer.Write(ctx, []byte("pong")) })
			}
		})
		n := 0
		for _, err := range client.Conversations.Events(t.Context(), "c1") {
			require.NoError(t, err)
			if n++; n == 1 {
				time.Sleep(10 * time.Minute)
			}
			if n == frames {
				break
			}
		}
		stop()
		assert.Equal(t, 1, connections)
	})
}
