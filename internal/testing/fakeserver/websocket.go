package fakeserver

import (
	"context"
	"net/http"

	"nhooyr.io/websocket"
)

// Peer is the server's end of a connection, for fake servers. Reading is up to its user: a peer that is not read answers
// no ping, and takes nothing once the buffers are full.
type Peer struct{ conn *websocket.Conn }

// Accept answers a handshake. When it fails it has answered already. subprotocols are those that the server knows.
func Accept(w http.ResponseWriter, r *http.Request, subprotocols ...string) (*Peer, error) {
	conn, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: subprotocols, InsecureSkipVerify: true})
	if err != nil {
		return nil, err
	}
	conn.SetReadLimit(-1)
	return &Peer{conn: conn}, nil
}

// Read returns the next message. When ctx ends the connection is cut.
func (p *Peer) Read(ctx context.Context) ([]byte, error) {
	_, message, err := p.conn.Read(ctx)
	return message, err
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
