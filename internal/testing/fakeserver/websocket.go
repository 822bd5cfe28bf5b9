package fakeserver

import (
	"bufio"
	"context"
	"errors"
	"net"
	"net/http"

	"nhooyr.io/websocket"
)

// Peer is the server's end of a WebSocket connection. Its user has to read. A peer that is not read answers no ping,
// and accepts no more bytes once the buffers are full.
type Peer struct{ conn *websocket.Conn }

// Accept completes a handshake. If it returns an error, it has sent a response already. subprotocols are those that the
// server supports.
func Accept(w http.ResponseWriter, r *http.Request, subprotocols ...string) (*Peer, error) {
	return AcceptAnnounced(w, r, func() {}, subprotocols...)
}

// AcceptAnnounced does the same as Accept. If the handshake is valid, it calls accepted before it sends the response.
func AcceptAnnounced(w http.ResponseWriter, r *http.Request, accepted func(), subprotocols ...string) (*Peer, error) {
	w = &upgradeWriter{w, accepted}
	conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: subprotocols, InsecureSkipVerify: true})
	if err != nil {
		return nil, err
	}
	conn.SetReadLimit(-1)
	return &Peer{conn: conn}, nil
}

// upgradeWriter calls a func before a response that switches protocols is sent.
type upgradeWriter struct {
	http.ResponseWriter
	accepted func()
}

func (w *upgradeWriter) WriteHeader(status int) {
	if status == http.StatusSwitchingProtocols {
		w.accepted()
	}
	w.ResponseWriter.WriteHeader(status)
}

// Hijack returns the connection.
func (w *upgradeWriter) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return http.NewResponseController(w.ResponseWriter).Hijack()
}

// Read returns the next message. When ctx ends, the connection is cut. If a pong has to wait 5 s for the writer, the
// library's reader fails, but Read goes on.
func (p *Peer) Read(ctx context.Context) ([]byte, error) {
	for {
		_, message, err := p.conn.Read(ctx)
		if !errors.Is(err, context.DeadlineExceeded) || ctx.Err() != nil {
			return message, err
		}
	}
}

// Write sends a message. When ctx ends, the connection is cut.
func (p *Peer) Write(ctx context.Context, message []byte) error {
	return p.conn.Write(ctx, websocket.MessageText, message)
}

// Close sends a close frame and waits up to 5 s for that of the other end.
func (p *Peer) Close(code int, reason string) error {
	return p.conn.Close(websocket.StatusCode(code), reason)
}

// Drop cuts the connection without a close frame.
func (p *Peer) Drop() { _ = p.conn.CloseNow() }
