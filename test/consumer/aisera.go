package consumer

import (
	"context"
	"io"
	"log/slog"
	"net/http"

	"github.com/seed-127a5941/parley/aisera"
)

// AiseraAsker is the part of Aisera that the help desk uses. *aisera.Conn, OverHTTP and mocks implement it.
type AiseraAsker interface {
	Ask(ctx context.Context, m aisera.Message) (*aisera.Response, error)
}

// OverHTTP asks over HTTP in place of a WebSocket.
type OverHTTP struct {
	Client *aisera.Client // required
	User   aisera.User    // the user who asks
}

// Ask sends m and returns its reply.
func (o OverHTTP) Ask(ctx context.Context, m aisera.Message) (*aisera.Response, error) {
	return o.Client.Send(ctx, o.User, m)
}

// Aisera returns the handler of a question, which is the parameter q.
func Aisera(asker AiseraAsker, log *slog.Logger) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		reply, err := asker.Ask(r.Context(), aisera.Text(r.FormValue("q")))
		if err != nil {
			fail(w, r, log, err)
			return
		}
		_, _ = io.WriteString(w, reply.Text())
	})
}

var (
	_ AiseraAsker = (*aisera.Conn)(nil)
	_ AiseraAsker = OverHTTP{}
)
