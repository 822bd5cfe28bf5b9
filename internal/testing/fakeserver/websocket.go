package fakeserver

import (
	"bufio"
	"context"
	"errors"
	"net"
	"net/http"

	"nhooyr.io/websocket"
)

// Peer is the server's end of a WebSocket connection. Reading is up to its user: a peer that is not read answers no
// ping, and takes nothing once the buffers are full.
type Peer struct{ conn *websocket.Conn }

// Accept answers a handshake. When it fails it has answered already. subprotocols are those that the server knows.
func Accept(w http.ResponseWriter, r *http.Request, subprotocols ...string) (*Peer, error) {
	return AcceptAnnounced(w, r, func() {}, subprotocols...)
}

// AcceptAnnounced is Accept. It calls accepted when the handshake is found to be good, before its response leaves.
func AcceptAnnounced(w http.ResponseWriter, r *http.Request, accepted func(), subprotocols ...string) (*Peer, error) {
	w = &upgradeWriter{w, accepted}
	conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: subprotocols, InsecureSkipVerify: true})
	if err != nil {
		return nil, err
	}
	conn.SetReadLimit(-1)
	return &Peer{conn: conn}, nil
}

// upgradeWriter calls a func before a response that switches protocols leaves.
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

// Hijack hands out the connection.
func (w *upgradeWriter) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	return http.NewResponseController(w.ResponseWriter).Hijack()
}

// Read returns the next message. When ctx ends the connection is cut. A pong that finds the writer busy for 5 s, for
// which the library's reader fails, does not end it.
func (p *Peer) Read(ctx context.Context) ([]byte, error) {
	for {
		_, message, err := p.conn.Read(ctx)
		if !errors.Is(err, context.DeadlineExceeded) || ctx.Err() != nil {
			return message, err
		}
	}
}

// Write sends a message. When ctx ends the connection is cut.
func (p *Peer) Write(ctx context.Context, message []byte) error {
	return p.conn.Write(ctx, websocket.MessageText, message)
}

// Close sends a close frame and waits up to 5 s for the other end's.
func (p *Peer) Close(code int, reason string) error {
	return p.conn.Close(websocket.StatusCode(code), reason)
}

// Drop cuts the connection without a close frame.
func (p *Peer) Drop() { _ = p.conn.CloseNow() }
