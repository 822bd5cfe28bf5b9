package fakeserver

import (
	"context"
	"net/http"

	"nhooyr.io/websocket"
)

// Dial opens a WebSocket as a client does, for tests of the fake servers themselves. The Peer is then the client's end.
// The returned response is that of the handshake, even if it was refused.
func Dial(ctx context.Context, url string) (*Peer, *http.Response, error) {
	conn, response, err := websocket.Dial(ctx, url, nil)
	if err != nil {
		return nil, response, err
	}
	conn.SetReadLimit(-1)
	return &Peer{conn: conn}, response, nil
}
