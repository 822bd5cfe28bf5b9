package aisera_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/oauth2"

	"github.com/seed-127a5941/parley/aisera"
	"github.com/seed-127a5941/parley/aisera/aiseratest"
	"github.com/seed-127a5941/parley/internal/transport"
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
		"aisera: reply: undecodable reply: it is not a JSON object",
		"aisera: reply: undecodable reply: it is not a JSON object",
	}, texts)
}

func TestSend_SixteenGoroutines(t *testing.T) {
	const senders, each = 16, 50
	s := newServer(t)
	s.Answer(func(aiseratest.Message) []aiseratest.Reply { return nil })
	conn := dial(t, s, aisera.DialOptions{})
	var wg sync.WaitGroup
	for sender := range senders {
		wg.Go(func() {
			for i := range each {
				_, err := conn.Send(t.Context(), aisera.Text(fmt.Sprintf("%d %d", sender, i)))
				assert.NoError(t, err)
			}
		})
	}
	wg.Wait()
	require.Eventually(t, func() bool { return len(s.Frames()) == senders*each }, patience, time.Millisecond)
	var next [senders]int
	for _, frame := range s.Frames() {
		var sender, i int
		_, err := fmt.Sscanf(object(t, frame.Body)["data"].(map[string]any)["text"].(string), "%d %d", &sender, &i)
		require.NoError(t, err)
		assert.Equal(t, next[sender], i)
		next[sender]++
	}
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

func TestDial_Refused(t *testing.T) {
	s := newServer(t)
	client := newClient(t, s.Config())
	s.Fail(1, aiseratest.Failure{Status: 403, Body: `{"code":403,"error":"channel is disabled"}`})
	_, err := client.Dial(t.Context(), user, aisera.DialOptions{})
	assert.ErrorIs(t, err, aisera.ErrForbidden)
	assert.EqualError(t, err, "aisera: dial: 403: channel is disabled (GET WebSocketURL, 1 attempt)")
	s.Fail(1, aiseratest.Failure{Status: 302, Header: http.Header{"Location": {"https://elsewhere.example/?q=s3cret"}}})
	_, err = client.Dial(t.Context(), user, aisera.DialOptions{})
	assert.EqualError(t, err, "aisera: dial: 302 Found: redirect not followed: it leads to another origin, "+
		"https://elsewhere.example (GET WebSocketURL, 1 attempt)")
	s.Fail(1, aiseratest.Failure{Reset: true})
	_, err = client.Dial(t.Context(), user, aisera.DialOptions{})
	assert.ErrorContains(t, err, "aisera: dial: handshake failed: ")
	assert.Zero(t, s.Connections())
}

func TestDial_WrongHostSaysWhatIsWrong(t *testing.T) {
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "hello") }))
	t.Cleanup(page.Close)
	cfg := newServer(t).Config()
	cfg.WebSocketURL = strings.Replace(page.URL, "http", "ws", 1)
	_, err := newClient(t, cfg).Dial(t.Context(), user, aisera.DialOptions{})
	require.ErrorContains(t, err, "aisera: dial: 200 OK: the server does not speak WebSocket at WebSocketURL")

	page.Close()
	_, err = newClient(t, cfg).Dial(t.Context(), user, aisera.DialOptions{})
	var network *net.OpError
	require.ErrorAs(t, err, &network)
}

func TestDial_HandshakeIsConfiguration(t *testing.T) {
	s := newServer(t)
	cfg := s.Config()
	cfg.WebSocketURL += "?channel=c1"
	cfg.UserAgent = "product/1"
	conn, err := newClient(t, cfg).Dial(t.Context(), user, aisera.DialOptions{
		Header: http.Header{"X-Own": {"own"}}, Subprotocols: []string{"p"},
	})
	require.NoError(t, err)
	defer conn.Close()
	request := s.Requests()[0]
	assert.Equal(t, "own", request.Header.Get("X-Own"))
	assert.Equal(t, "p", request.Header.Get("Sec-Websocket-Protocol"))
	assert.Equal(t, "c1", request.Query.Get("channel"))
	assert.Equal(t, "product/1 parley/"+transport.Version, request.Header.Get("User-Agent"))
	assert.Empty(t, request.Header.Get("Authorization"))
	assert.Empty(t, request.Header.Get("Sec-Websocket-Extensions"), "compression is off")
}

func TestConn_SlowServer(t *testing.T) {
	s := newServer(t)
	s.Behave(aiseratest.Behavior{ReadDelay: 20 * time.Millisecond})
	conn := dial(t, s, aisera.DialOptions{})
	for range 5 {
		_, err := conn.Ask(soon(t), aisera.Text("x"))
		require.NoError(t, err)
	}
	assert.Equal(t, 1, s.Connections())
}

func TestConn_FrameBeyondTheReadLimit(t *testing.T) {
	s := newServer(t)
	conn := dial(t, s, aisera.DialOptions{ReadLimit: 200, NoReconnect: true})
	_, err := conn.Ask(soon(t), aisera.Text(strings.Repeat("x", 200)))
	assert.ErrorIs(t, err, aisera.ErrResponseTooLarge)
	assert.ErrorIs(t, err, aisera.ErrDeliveryUnknown)
}

func TestConn_HundredDropsLeaveNoGoroutine(t *testing.T) {
	s := newServer(t)
	back := make(chan error, 200)
	opts := quick
	opts.OnReconnect = func(cause error) { back <- cause }
	before := runtime.NumGoroutine()
	conn := dial(t, s, opts)
	for range 100 {
		require.Eventually(t, func() bool { s.CloseConnections(0, ""); return len(back) > 0 }, patience, time.Millisecond)
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

// hanging is a source that says when it is asked, and answers no sooner than it may.
type hanging struct{ asked, answer chan struct{} }

func (h hanging) Token() (*oauth2.Token, error) {
	h.asked <- struct{}{}
	<-h.answer
	return &oauth2.Token{AccessToken: aiseratest.Token}, nil
}

func TestClose_FreesASendThatWaitsForItsToken(t *testing.T) {
	s := newServer(t)
	cfg := s.Config()
	source := hanging{make(chan struct{}), make(chan struct{})}
	cfg.Token, cfg.TokenSource = "", source
	conn, err := newClient(t, cfg).Dial(t.Context(), user, aisera.DialOptions{})
	require.NoError(t, err)
	result := make(chan error, 1)
	go func() {
		_, err := conn.Send(context.Background(), aisera.Text("x"))
		result <- err
	}()
	<-source.asked
	require.NoError(t, conn.Close())
	select {
	case err := <-result:
		assert.EqualError(t, err, "aisera: send: closed")
	case <-time.After(patience):
		assert.Fail(t, "Send still waits")
	}
	close(source.answer)
	assert.Empty(t, s.Frames())
}

func TestConn_TokenSourceIsAskedForEachFrame(t *testing.T) {
	s := newServer(t)
	cfg := s.Config()
	source := &counting{}
	cfg.Token, cfg.TokenSource = "", source
	conn, err := newClient(t, cfg).Dial(t.Context(), user, aisera.DialOptions{})
	require.NoError(t, err)
	defer conn.Close()
	for range 3 {
		_, err := conn.Ask(soon(t), aisera.Text("x"))
		require.NoError(t, err)
	}
	source.mu.Lock()
	assert.Equal(t, 3, source.asked)
	source.fails = true
	source.mu.Unlock()
	_, err = conn.Send(t.Context(), aisera.Text("x"))
	assert.EqualError(t, err, "aisera: send: TokenSource: test")
	assert.Len(t, s.Frames(), 3)
}

type counting struct {
	mu    sync.Mutex
	asked int
	fails bool
}

func (c *counting) Token() (*oauth2.Token, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.fails {
		return nil, errTest
	}
	c.asked++
	return &oauth2.Token{AccessToken: aiseratest.Token}, nil
}

func TestReceive_FloodWhileTheUserDoesNotRead(t *testing.T) {
	const frames = 3000
	s := newServer(t)
	replies := make([]aiseratest.Reply, frames)
	for i := range replies {
		replies[i] = aiseratest.Say(fmt.Sprint(i), strings.Repeat("x", 10_000)) // 30 MB in all: more than the sockets hold
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

// The server closes the connection because of the token. The next connection fetches a new one, although the old one's
// Expiry has not passed.
func TestConn_RefusedTokenIsNotUsedAgain(t *testing.T) {
	s := newServer(t)
	cfg := s.Config()
	var tokens atomic.Int64
	cfg.Token, cfg.TokenSource = "", sourceFunc(func() (*oauth2.Token, error) {
		token := aiseratest.Token
		if tokens.Add(1) == 1 {
			token = "outdated-token"
		}
		return &oauth2.Token{AccessToken: token, Expiry: time.Now().Add(time.Hour)}, nil
	})
	client := newClient(t, cfg)
	conn := open(t, client, aisera.DialOptions{})
	_, err := conn.Ask(soon(t), aisera.Text("x"))
	require.ErrorIs(t, err, aisera.ErrUnauthorized)
	assert.NotContains(t, err.Error(), "outdated-token")
	require.NoError(t, conn.Close())
	conn = open(t, client, aisera.DialOptions{})
	defer conn.Close()
	_, err = conn.Ask(soon(t), aisera.Text("x"))
	require.NoError(t, err)
	assert.EqualValues(t, 2, tokens.Load())
}

type sourceFunc func() (*oauth2.Token, error)

func (f sourceFunc) Token() (*oauth2.Token, error) { return f() }
