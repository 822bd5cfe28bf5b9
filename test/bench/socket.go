package bench

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	coder "github.com/coder/websocket"
	"github.com/gorilla/websocket"

	"github.com/seed-127a5941/parley/aisera"
)

// frameSize is the size of each frame, sent and received, in bytes.
const frameSize = 537

// socketWork is a round trip of one message on an open WebSocket.
func socketWork() Work {
	say := words(frameSize - len(encode(newFrame(""))))
	return Work{
		Name: "socket", Title: "WebSocket, round trip of 537 B frames", Loopback: true,
		Formats: []Format{{
			Name: "aisera", Target: socketTarget, Want: Result{1, frameSize - len(socketReply(""))},
			Floor: Subject{Name: "nhooyr.io/websocket + encoding/json", Open: openNhooyr(say)},
			Subjects: []Subject{
				{Name: "parley/aisera", Open: openAisera(say)},
				{
					Name: peer("coder/websocket", "github.com/coder/websocket") + " + encoding/json",
					Open: openCoder(say),
				},
				{
					Name: peer("gorilla/websocket", "github.com/gorilla/websocket") + " + encoding/json",
					Open: openGorilla(say),
				},
			},
		}},
	}
}

// frame is the frame that aisera.Conn sends.
type frame struct {
	Token  string `json:"token"`
	UserID string `json:"userId"`
	Userid string `json:"userid"`
	Data   struct {
		SessionVars map[string]any `json:"sessionVars"`
		IsKL        bool           `json:"isKL"`
		Text        string         `json:"text"`
		RequestID   string         `json:"reqId"`
	} `json:"data"`
}

const (
	socketUser    = "user-1"
	socketRequest = "7f3a9c1e5b2d4f60"
)

func newFrame(text string) (f frame) {
	f.Token, f.UserID, f.Userid = key, socketUser, socketUser
	f.Data.SessionVars, f.Data.Text, f.Data.RequestID = map[string]any{}, text, socketRequest
	return f
}

type socketAnswer struct {
	Mode    string `json:"modeType"`
	Answers []struct {
		Text string `json:"text"`
	} `json:"answers"`
	FollowUpID string `json:"followUpId"`
	RequestID  string `json:"reqId"`
}

func socketReply(text string) string {
	return `{"modeType":"SearchResults","reqId":"` + socketRequest +
		`","followUpId":"c2a7e4d9-0b36-4f8e-95d1-7e2a4b6c8d10",` +
		`"answers":[{"text":"` + text + `"}]}`
}

// socketTarget is a server that sends a frame for each frame of the right size.
func socketTarget() *Target {
	reply := []byte(socketReply(words(frameSize - len(socketReply("")))))
	upgrader := websocket.Upgrader{}
	p := &Target{Seen: new(Seen)}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conn, err := upgrader.Upgrade(w, r, nil)
		if err != nil {
			return
		}
		defer conn.Close()
		p.Seen.Connections.Add(1)
		for {
			kind, message, err := conn.ReadMessage()
			if err != nil {
				return
			}
			if p.Seen.Keep != nil {
				p.Seen.Keep(r, message)
			}
			if len(message) != frameSize || conn.WriteMessage(kind, reply) != nil {
				return
			}
		}
	}))
	p.URL, p.close = server.URL, server.Close
	return p
}

func (p *Target) socketURL() string { return "ws" + strings.TrimPrefix(p.URL, "http") }

// onClose makes the target call f when it closes, before its server closes.
func (p *Target) onClose(f func()) {
	before := p.close
	p.close = func() { f(); before() }
}

// turn is the code around a library that a program writes by hand: encode, write, read, decode.
func turn(say string, write func(context.Context, []byte) error, read func(context.Context) ([]byte, error)) Run {
	return func(ctx context.Context) (Result, error) {
		message, err := json.Marshal(newFrame(say))
		if err != nil {
			return Result{}, err
		}
		if err := write(ctx, message); err != nil {
			return Result{}, err
		}
		reply, err := read(ctx)
		if err != nil {
			return Result{}, err
		}
		out := new(socketAnswer)
		if err := json.Unmarshal(reply, out); err != nil {
			return Result{}, err
		}
		return Result{1, len(out.Answers[0].Text)}, nil
	}
}

func openNhooyr(say string) func(*Target) (Run, error) {
	return func(p *Target) (Run, error) {
		conn, err := dialNhooyr(p)
		if err != nil {
			return nil, err
		}
		p.onClose(func() { _ = conn.Close() })
		return conn.turn(say), nil
	}
}

func openCoder(say string) func(*Target) (Run, error) {
	return func(p *Target) (Run, error) {
		conn, _, err := coder.Dial(context.Background(), p.socketURL(), nil)
		if err != nil {
			return nil, err
		}
		p.onClose(func() { _ = conn.CloseNow() })
		return turn(say,
			func(ctx context.Context, b []byte) error { return conn.Write(ctx, coder.MessageText, b) },
			func(ctx context.Context) ([]byte, error) { _, b, err := conn.Read(ctx); return b, err }), nil
	}
}

func openGorilla(say string) func(*Target) (Run, error) {
	return func(p *Target) (Run, error) {
		conn, _, err := websocket.DefaultDialer.DialContext(context.Background(), p.socketURL(), nil)
		if err != nil {
			return nil, err
		}
		p.onClose(func() { _ = conn.Close() })
		return turn(say,
			func(_ context.Context, b []byte) error { return conn.WriteMessage(websocket.TextMessage, b) },
			func(context.Context) ([]byte, error) { _, b, err := conn.ReadMessage(); return b, err }), nil
	}
}

func newAisera(p *Target) (*aisera.Client, error) {
	return aisera.NewClient(aisera.Config{BaseURL: p.URL, Token: key, WebSocketURL: p.socketURL()})
}

func dialAisera(c *aisera.Client) (*aisera.Conn, error) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	return c.Dial(ctx, aisera.User{ID: socketUser}, aisera.DialOptions{})
}

func openAisera(say string) func(*Target) (Run, error) {
	return func(p *Target) (Run, error) {
		c, err := newAisera(p)
		if err != nil {
			return nil, err
		}
		conn, err := dialAisera(c)
		if err != nil {
			return nil, err
		}
		p.onClose(func() { _ = conn.Close() })
		return ask(conn, say), nil
	}
}
