package interop_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	coder "github.com/coder/websocket"
	gorilla "github.com/gorilla/websocket"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/seed-127a5941/parley/aisera"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const token = "token-of-the-interoperability-test"

// socket is a server's end, of either library.
type socket interface {
	read() ([]byte, error)
	write(frame []byte) error
	end(code int, reason string)
	drop()
}

type gorillaSocket struct{ *gorilla.Conn }

func (s gorillaSocket) read() ([]byte, error) {
	_, frame, err := s.ReadMessage()
	return frame, err
}
func (s gorillaSocket) write(frame []byte) error { return s.WriteMessage(gorilla.TextMessage, frame) }
func (s gorillaSocket) end(code int, reason string) {
	_ = s.WriteControl(gorilla.CloseMessage, gorilla.FormatCloseMessage(code, reason), time.Now().Add(time.Second))
	_ = s.SetReadDeadline(time.Now().Add(5 * time.Second))
	_, _, _ = s.ReadMessage() // the close frame that answers
	s.drop()
}
func (s gorillaSocket) drop() { _ = s.Close() }

type coderSocket struct {
	*coder.Conn
	ctx context.Context
}

func (s coderSocket) read() ([]byte, error) {
	_, frame, err := s.Read(s.ctx)
	return frame, err
}
func (s coderSocket) write(frame []byte) error    { return s.Write(s.ctx, coder.MessageText, frame) }
func (s coderSocket) end(code int, reason string) { _ = s.Close(coder.StatusCode(code), reason) }
func (s coderSocket) drop()                       { _ = s.CloseNow() }

// accepters make a socket of a handshake. Both libraries are willing to compress.
var accepters = map[string]func(http.ResponseWriter, *http.Request) (socket, error){
	"gorilla": func(w http.ResponseWriter, r *http.Request) (socket, error) {
		upgrader := gorilla.Upgrader{EnableCompression: true}
		c, err := upgrader.Upgrade(w, r, nil)
		return gorillaSocket{c}, err
	},
	"coder": func(w http.ResponseWriter, r *http.Request) (socket, error) {
		c, err := coder.Accept(w, r, &coder.AcceptOptions{CompressionMode: coder.CompressionContextTakeover})
		if err == nil {
			c.SetReadLimit(16 << 20)
		}
		return coderSocket{c, r.Context()}, err
	},
}

// each runs test against a server of each library. script gets each connection, counted from 1.
func each(t *testing.T, script func(s socket, n int64), opts aisera.DialOptions, test func(*testing.T, *aisera.Conn)) {
	for name, accept := range accepters {
		t.Run(name, func(t *testing.T) {
			var conns atomic.Int64
			var running sync.WaitGroup
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				running.Add(1)
				defer running.Done()
				s, err := accept(w, r)
				if !assert.NoError(t, err) {
					return
				}
				defer s.drop()
				script(s, conns.Add(1))
			}))
			defer running.Wait()
			defer server.Close()
			client, err := aisera.NewClient(aisera.Config{
				BaseURL: server.URL, Token: token, WebSocketURL: strings.Replace(server.URL, "http", "ws", 1),
			})
			require.NoError(t, err)
			conn, err := client.Dial(t.Context(), aisera.User{ID: "u-1"}, opts)
			require.NoError(t, err)
			defer conn.Close()
			test(t, conn)
		})
	}
}

// reply answers a frame with the text of that frame.
func reply(frame []byte) []byte {
	var in struct {
		Token string `json:"token"`
		Data  struct {
			Text  string `json:"text"`
			ReqID string `json:"reqId"`
		} `json:"data"`
	}
	if json.Unmarshal(frame, &in) != nil || in.Token != token {
		return []byte(`{"modeType":"Error"}`)
	}
	out, _ := json.Marshal(map[string]any{
		"modeType": "Normal", "reqId": in.Data.ReqID, "answers": []map[string]string{{"text": in.Data.Text}},
	})
	return out
}

func echo(s socket, _ int64) {
	for {
		frame, err := s.read()
		if err != nil || s.write(reply(frame)) != nil {
			return
		}
	}
}

func TestInterop_Echo(t *testing.T) {
	each(t, echo, aisera.DialOptions{ReadLimit: 4 << 20}, func(t *testing.T, conn *aisera.Conn) {
		for _, text := range []string{"", "hello", "Grüße, 世界 \u2028 <b>", strings.Repeat("long ", 1<<17)} {
			r, err := conn.Ask(t.Context(), aisera.Text(text))
			require.NoError(t, err)
			assert.Equal(t, text, r.Answers[0].Text)
		}
	})
}

func TestInterop_ManySenders(t *testing.T) {
	each(t, echo, aisera.DialOptions{}, func(t *testing.T, conn *aisera.Conn) {
		var wg sync.WaitGroup
		for sender := range 16 {
			wg.Go(func() {
				for i := range 50 {
					text := fmt.Sprint(sender, " ", i)
					r, err := conn.Ask(t.Context(), aisera.Text(text))
					if assert.NoError(t, err) {
						assert.Equal(t, text, r.Text())
					}
				}
			})
		}
		wg.Wait()
	})
}

func TestInterop_PingsAreAnswered(t *testing.T) {
	opts := aisera.DialOptions{PingInterval: 20 * time.Millisecond, PongTimeout: 2 * time.Second, NoReconnect: true}
	each(t, echo, opts, func(t *testing.T, conn *aisera.Conn) {
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		defer cancel()
		_, err := conn.Receive(ctx)
		assert.ErrorIs(t, err, context.DeadlineExceeded, "the connection lives")
	})
}

func TestInterop_FloodWithoutReader(t *testing.T) {
	flood := func(s socket, n int64) {
		for i := range 3000 {
			if s.write(fmt.Appendf(nil, `{"modeType":"Normal","answers":[{"text":"%d"}],"pad":%q}`, i,
				strings.Repeat("x", 1000))) != nil {
				return
			}
		}
		echo(s, n)
	}
	each(t, flood, aisera.DialOptions{PingInterval: 100 * time.Millisecond, NoReconnect: true},
		func(t *testing.T, conn *aisera.Conn) {
			<-time.After(2 * time.Second) // the peer must not read for this time
			for i := range 3000 {
				r, err := conn.Receive(t.Context())
				require.NoError(t, err)
				require.Equal(t, fmt.Sprint(i), r.Text())
			}
		})
}

func TestInterop_DropsAndCloseCodes(t *testing.T) {
	lost := make(chan error, 10)
	opts := aisera.DialOptions{
		MinBackoff: time.Millisecond, MaxBackoff: time.Millisecond, OnReconnect: func(cause error) { lost <- cause },
	}
	script := func(s socket, n int64) {
		switch n {
		case 1:
			s.drop()
		case 2:
			s.end(1001, "going away")
		case 3:
			frame, _ := s.read()
			_ = s.write(reply(frame))
			s.end(4401, "no longer")
		}
	}
	each(t, script, opts, func(t *testing.T, conn *aisera.Conn) {
		assert.Error(t, <-lost)
		assert.EqualError(t, <-lost, "the server closed the connection with code 1001: going away")
		r, err := conn.Ask(t.Context(), aisera.Text("third"))
		require.NoError(t, err)
		assert.Equal(t, "third", r.Text())
		_, err = conn.Receive(t.Context())
		assert.ErrorIs(t, err, aisera.ErrUnauthorized)
	})
}

func TestInterop_CloseIsAgreedOn(t *testing.T) {
	ended := make(chan error, 2)
	script := func(s socket, _ int64) {
		_, err := s.read()
		ended <- err
	}
	each(t, script, aisera.DialOptions{}, func(t *testing.T, conn *aisera.Conn) {
		begun := time.Now()
		require.NoError(t, conn.Close())
		assert.Less(t, time.Since(begun), 2*time.Second)
		err := <-ended
		assert.True(t, gorilla.IsCloseError(err, 1000) || coder.CloseStatus(err) == 1000, "%v", err)
	})
}
