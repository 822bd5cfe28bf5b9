package aisera_test

import (
	"context"
	"fmt"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/oauth2"

	"github.com/seed-127a5941/parley/aisera"
	"github.com/seed-127a5941/parley/aisera/aiseratest"
)

func TestConn_SendAndReceive(t *testing.T) {
	s := newServer(t)
	conn := dial(t, s, aisera.DialOptions{})
	id, err := conn.Send(t.Context(), aisera.Text("hello"))
	require.NoError(t, err)
	r := receive(t, conn)
	assert.Equal(t, id, r.RequestID)
	assert.Equal(t, "You said: hello", r.Text())
	assert.NoError(t, r.Err())
}

func TestReceive_CtxEndsTheWaitNotTheConnection(t *testing.T) {
	s := newServer(t)
	conn := dial(t, s, aisera.DialOptions{})
	for range 3 {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Millisecond)
		_, err := conn.Receive(ctx)
		cancel()
		assert.ErrorIs(t, err, context.DeadlineExceeded)
	}
	r, err := conn.Ask(soon(t), aisera.Text("still there?"))
	require.NoError(t, err)
	assert.Equal(t, "You said: still there?", r.Text())
	assert.Equal(t, 1, s.Connections())
}

func TestReceive_FrameThatIsNoReply(t *testing.T) {
	s := newServer(t)
	conn := dial(t, s, aisera.DialOptions{})
	_, err := conn.Ask(soon(t), aisera.Text("x"))
	require.NoError(t, err)
	s.Push(aiseratest.Reply{Raw: []byte("2probe s3cret")}, aiseratest.Reply{Raw: []byte("[1]")}, aiseratest.Say("fine"))
	var texts []string
	for r, err := range conn.Responses(soon(t)) {
		if err == nil {
			assert.Equal(t, "fine", r.Text())
			break
		}
		assert.ErrorIs(t, err, aisera.ErrDecode)
		texts = append(texts, err.Error())
	}
	assert.Equal(t, []string{
		"aisera: reply: undecodable response: it is not a JSON object",
		"aisera: reply: undecodable response: it is not a JSON object",
	}, texts)
}

func TestConn_DropAfterEachFrame(t *testing.T) {
	for _, echo := range []bool{true, false} {
		s := newServer(t)
		s.EchoRequestIDs(echo)
		conn := dial(t, s, quick)
		answered := 0
		for i := range 30 {
			s.Behave(aiseratest.Behavior{DropAfterFrame: i%2 == 0})
			text := fmt.Sprintf("%03d", i)
			r, err := conn.Ask(soon(t), aisera.Text(text))
			if unknownOrNil(t, err) {
				assert.Equal(t, "You said: "+text, r.Text())
				answered++
			}
		}
		assert.Greater(t, answered, 5)
		var arrived []string
		for _, frame := range s.Frames() {
			arrived = append(arrived, object(t, frame.Body)["data"].(map[string]any)["text"].(string))
		}
		for i := 1; i < len(arrived); i++ {
			assert.Less(t, arrived[i-1], arrived[i], "nothing twice, order kept")
		}
		require.NoError(t, conn.Close())
	}
}

func TestConn_RefusedForGood(t *testing.T) {
	s := newServer(t)
	s.Behave(aiseratest.Behavior{CloseCode: 4401, CloseReason: "no " + aiseratest.Token})
	conn := dial(t, s, quick)
	_, err := conn.Receive(soon(t))
	assert.ErrorIs(t, err, aisera.ErrUnauthorized)
	assert.EqualError(t, err, "aisera: receive: the server closed the connection with code 4401: no [redacted]")
	_, err = conn.Send(t.Context(), aisera.Text("x"))
	assert.EqualError(t, err, "aisera: send: the server closed the connection with code 4401: no [redacted]")
	var closed *aisera.CloseError
	require.ErrorAs(t, err, &closed)
	assert.Equal(t, 4401, closed.Code)
	assert.Equal(t, 1, s.Connections())
}

// lasting is a source whose tokens last for an hour.
type lasting struct{ asked atomic.Int64 }

func (l *lasting) Token() (*oauth2.Token, error) {
	l.asked.Add(1)
	return &oauth2.Token{AccessToken: aiseratest.Token, Expiry: time.Now().Add(time.Hour)}, nil
}

// A server that goes away has not refused the token, which serves on the next connection.
func TestConn_KeepsItsTokenAfterACloseForAnotherReason(t *testing.T) {
	s := newServer(t)
	cfg := s.Config()
	source := &lasting{}
	cfg.Token, cfg.TokenSource = "", source
	conn, err := newClient(t, cfg).Dial(t.Context(), user, quick)
	require.NoError(t, err)
	defer conn.Close()
	_, err = conn.Ask(soon(t), aisera.Text("x"))
	require.NoError(t, err)
	s.CloseConnections(1001, "going away")
	for err = errTest; err != nil; { // a frame that was written to the closed connection is lost
		_, err = conn.Ask(soon(t), aisera.Text("x"))
		require.NoError(t, t.Context().Err())
	}
	assert.Equal(t, 2, s.Connections())
	assert.EqualValues(t, 1, source.asked.Load())
}

func TestConn_RefusedWhenReconnecting(t *testing.T) {
	for status, class := range map[int]error{401: aisera.ErrUnauthorized, 403: aisera.ErrForbidden} {
		s := newServer(t)
		conn := dial(t, s, quick)
		_, err := conn.Ask(soon(t), aisera.Text("x"))
		require.NoError(t, err)
		s.Fail(1, aiseratest.Failure{Status: status, Body: `{"error":"ERR-003: ` + aiseratest.Token + `"}`})
		s.CloseConnections(0, "")
		_, err = conn.Receive(soon(t))
		assert.ErrorIs(t, err, class)
		assert.ErrorIs(t, err, aisera.CodeIllegalArgument)
		assert.NotContains(t, err.Error(), aiseratest.Token)
		_, err = conn.Send(t.Context(), aisera.Text("x"))
		var refused *aisera.Error
		require.ErrorAs(t, err, &refused)
		assert.Equal(t, status, refused.StatusCode)
	}
}

func TestConn_SlowServer(t *testing.T) {
	bubble(t, func(t *testing.T, s *aiseratest.Server, client *aisera.Client) {
		s.Behave(aiseratest.Behavior{ReadDelay: 20 * time.Millisecond})
		conn := open(t, client, aisera.DialOptions{})
		defer conn.Close()
		for range 5 {
			_, err := conn.Ask(soon(t), aisera.Text("x"))
			require.NoError(t, err)
		}
		assert.Equal(t, 1, s.Connections())
	})
}

func TestConn_FrameBeyondTheReadLimit(t *testing.T) {
	s := newServer(t)
	conn := dial(t, s, aisera.DialOptions{ReadLimit: 200, NoReconnect: true})
	_, err := conn.Ask(soon(t), aisera.Text(strings.Repeat("x", 200)))
	assert.ErrorIs(t, err, aisera.ErrResponseTooLarge)
	assert.ErrorIs(t, err, aisera.ErrDeliveryUnknown)
}

func TestConn_HundredDropsLeaveNoGoroutine(t *testing.T) {
	drops := 100
	if testing.Short() {
		drops = 30
	}
	s := newServer(t)
	back := make(chan error, 200)
	opts := quick
	opts.OnReconnect = func(cause error) { back <- cause }
	before := runtime.NumGoroutine()
	conn := dial(t, s, opts)
	for range drops {
		require.Eventually(t, func() bool { s.CloseConnections(0, ""); return len(back) > 0 }, patience,
			time.Millisecond)
		assert.Error(t, <-back)
	}
	require.NoError(t, conn.Close())
	assert.Eventually(t, func() bool { return runtime.NumGoroutine() <= before+2 }, patience, time.Millisecond)
}

func TestClose_EndsEverything(t *testing.T) {
	s := newServer(t)
	s.Answer(func(aiseratest.Message) []aiseratest.Reply { return nil })
	conn := dial(t, s, aisera.DialOptions{})
	results := make(chan error, 2)
	go func() { _, err := conn.Receive(context.Background()); results <- err }()
	go func() { _, err := conn.Ask(context.Background(), aisera.Text("x")); results <- err }()
	require.Eventually(t, func() bool { return len(s.Frames()) == 1 }, patience, time.Millisecond)
	require.NoError(t, conn.Close())
	require.NoError(t, conn.Close())
	for range 2 {
		assert.ErrorIs(t, <-results, aisera.ErrClosed)
	}
	_, err := conn.Send(t.Context(), aisera.Text("late"))
	assert.EqualError(t, err, "aisera: send: closed")
	_, err = conn.Ask(t.Context(), aisera.Text("late"))
	assert.ErrorIs(t, err, aisera.ErrClosed)
	assert.NotErrorIs(t, err, aisera.ErrDeliveryUnknown)
	_, err = conn.Receive(t.Context())
	assert.ErrorIs(t, err, aisera.ErrClosed)
	assert.Len(t, s.Frames(), 1)
}

func TestReceive_FloodWhileTheUserDoesNotRead(t *testing.T) {
	const frames = 3000
	s := newServer(t)
	replies := make([]aiseratest.Reply, frames)
	for i := range replies {
		// These are 30 MB in total, which is more than the sockets hold.
		replies[i] = aiseratest.Say(fmt.Sprint(i), strings.Repeat("x", 10_000))
	}
	conn := dial(t, s, aisera.DialOptions{})
	pushed := make(chan struct{})
	go func() {
		defer close(pushed)
		s.Push(replies...)
	}()
	first := receive(t, conn)
	select {
	case <-pushed:
		assert.Fail(t, "the server was not held up")
	default:
	}
	assert.Equal(t, "0", first.Answers[0].Text)
	for i := 1; i < frames; i++ {
		require.Equal(t, fmt.Sprint(i), receive(t, conn).Answers[0].Text)
	}
	<-pushed
	assert.Equal(t, 1, s.Connections())
}

func TestReceive_PauseOfTheUserIsNotTheServersDeath(t *testing.T) {
	bubble(t, func(t *testing.T, s *aiseratest.Server, client *aisera.Client) {
		const frames = 300
		s.Answer(parts(frames))
		conn := open(t, client, aisera.DialOptions{})
		defer conn.Close()
		_, err := conn.Send(t.Context(), aisera.Text("x"))
		require.NoError(t, err)
		time.Sleep(time.Hour)
		for i := range frames {
			require.Equal(t, fmt.Sprint(i), receive(t, conn).Text())
		}
		assert.Equal(t, 1, s.Connections())
	})
}

func TestConn_AcceptAndDrop(t *testing.T) {
	bubble(t, func(t *testing.T, s *aiseratest.Server, client *aisera.Client) {
		s.Behave(aiseratest.Behavior{DropOnAccept: true})
		conn := open(t, client, aisera.DialOptions{})
		time.Sleep(6 * time.Second)
		assert.LessOrEqual(t, s.Connections(), 14)
		require.NoError(t, conn.Close())
	})
}

func TestConn_SilentDeathIsNoticed(t *testing.T) {
	bubble(t, func(t *testing.T, s *aiseratest.Server, client *aisera.Client) {
		s.Answer(func(aiseratest.Message) []aiseratest.Reply { return nil })
		conn := open(t, client, aisera.DialOptions{NoReconnect: true})
		synctest.Wait()
		s.Behave(aiseratest.Behavior{Silent: true}) // once it has read the frame
		begun := time.Now()
		_, err := conn.Ask(t.Context(), aisera.Text("anyone?"))
		assert.LessOrEqual(t, time.Since(begun), 40*time.Second)
		assert.ErrorIs(t, err, aisera.ErrDeliveryUnknown)
		require.NoError(t, conn.Close())
	})
}

func TestClose_DeadServer(t *testing.T) {
	bubble(t, func(t *testing.T, s *aiseratest.Server, client *aisera.Client) {
		s.Behave(aiseratest.Behavior{Silent: true})
		conn := open(t, client, aisera.DialOptions{})
		begun := time.Now()
		require.NoError(t, conn.Close())
		assert.Less(t, time.Since(begun), 5*time.Second)
	})
}

func TestConn_DoneAndErr(t *testing.T) {
	bubble(t, func(t *testing.T, s *aiseratest.Server, client *aisera.Client) {
		conn := open(t, client, aisera.DialOptions{})
		defer conn.Close()
		select {
		case <-conn.Done():
			assert.Fail(t, "it goes on")
		default:
		}
		require.NoError(t, conn.Err())
		s.Fail(1, aiseratest.Failure{Status: 403})
		s.CloseConnections(0, "")
		awaitEnd(t, conn)
		assert.ErrorIs(t, conn.Err(), aisera.ErrForbidden)
		var refused *aisera.Error
		require.ErrorAs(t, conn.Err(), &refused)
		assert.Equal(t, 403, refused.StatusCode)
		require.NoError(t, conn.Close())
		assert.ErrorIs(t, conn.Err(), aisera.ErrClosed)
	})
}

func TestShutdown_WaitsForRunningAnswers(t *testing.T) {
	s := newServer(t)
	h := hold("slow")
	s.Answer(h.answer)
	conn := dial(t, s, aisera.DialOptions{})
	answers := make(chan string, 1)
	go func() {
		r, err := conn.Ask(context.Background(), aisera.Text("slow"))
		assert.NoError(t, err)
		answers <- r.Text()
	}()
	require.Eventually(t, func() bool { return len(s.Frames()) == 1 }, patience, time.Millisecond)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	assert.EqualError(t, conn.Shutdown(ended), "aisera: shutdown: context canceled")
	_, err := conn.Ask(t.Context(), aisera.Text("new"))
	assert.EqualError(t, err, "aisera: ask: closed")
	_, err = conn.Send(t.Context(), aisera.Text("new"))
	assert.ErrorIs(t, err, aisera.ErrClosed)
	done := make(chan error, 1)
	go func() { done <- conn.Shutdown(context.Background()) }()
	assert.Empty(t, done)
	h.release("slow")
	assert.Equal(t, "to slow", <-answers)
	require.NoError(t, <-done)
	<-conn.Done()
	assert.ErrorIs(t, conn.Err(), aisera.ErrClosed)
	assert.Len(t, s.Frames(), 1)
}

func TestShutdown_OfAnIdleConnectionIsClose(t *testing.T) {
	conn := dial(t, newServer(t), aisera.DialOptions{})
	_, err := conn.Send(t.Context(), aisera.Text("whose answer nobody waits for"))
	require.NoError(t, err)
	require.NoError(t, conn.Shutdown(t.Context()))
	require.NoError(t, conn.Shutdown(t.Context()))
	<-conn.Done()
}

func TestShutdown_EndsWhenTheAnswerIsLeftOrLost(t *testing.T) {
	s := newServer(t)
	s.Answer(func(aiseratest.Message) []aiseratest.Reply { return nil })
	for _, lose := range []bool{false, true} {
		conn := dial(t, s, aisera.DialOptions{NoReconnect: true})
		ctx, cancel := context.WithCancel(t.Context())
		before := len(s.Frames())
		failed := make(chan error, 1)
		go func() {
			_, err := conn.Ask(ctx, aisera.Text("x"))
			failed <- err
		}()
		require.Eventually(t, func() bool { return len(s.Frames()) > before }, patience, time.Millisecond)
		done := make(chan error, 1)
		go func() { done <- conn.Shutdown(context.Background()) }()
		if lose {
			s.CloseConnections(0, "")
		} else {
			cancel()
		}
		assert.ErrorIs(t, <-failed, aisera.ErrDeliveryUnknown)
		require.NoError(t, <-done)
		cancel()
	}
}
