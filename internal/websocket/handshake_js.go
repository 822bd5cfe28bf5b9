package websocket

import (
	"context"
	"fmt"
	"io"

	"nhooyr.io/websocket"

	"github.com/seed-127a5941/parley/internal/apierr"
)

// SendsHeaders is false because a browser sends the headers of the handshake.
const SendsHeaders = false

// canPing is false because a browser lets no program send pings.
const canPing = false

// handshake makes one connection with the browser's WebSocket. That sends no header of the caller. It tells neither why
// a handshake was refused nor how much of a message was written.
func handshake(ctx context.Context, cfg *Config) (*conn, error) {
	if len(cfg.Header) > 0 {
		return nil,
			apierr.Invalid("Header", "must be empty where the browser's WebSocket is used, which sends no headers")
	}
	if cfg.HandshakeTimeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, cfg.HandshakeTimeout)
		defer cancel()
	}
	lib, _, err := websocket.Dial(ctx, cfg.URL.String(), &websocket.DialOptions{Subprotocols: cfg.Subprotocols})
	if err != nil {
		ended := ctx.Err()
		if ended == nil {
			ended = io.ErrUnexpectedEOF
		}
		return nil, &failure{text: fmt.Sprintf("handshake failed: %v", ended), cause: ended, ended: ctx.Err()}
	}
	lib.SetReadLimit(cfg.ReadLimit)
	return newConn(lib, &frameCounter{body: browserSocket{lib}, clock: newClock()}), nil
}

// browserSocket is the connection below the library, of which a browser shows little.
type browserSocket struct{ lib *websocket.Conn }

func (browserSocket) Read([]byte) (int, error)    { return 0, io.EOF }
func (browserSocket) Write(p []byte) (int, error) { return len(p), nil }

// Close does not wait for the peer, in contrast to the Close of the library.
func (b browserSocket) Close() error {
	go func() { _ = b.lib.CloseNow() }()
	return nil
}
