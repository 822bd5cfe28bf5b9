package uistream

import (
	"bytes"
	"context"
	"net/http"
	"time"
)

// response is a stream of server-sent events.
type response struct {
	w         http.ResponseWriter
	rc        *http.ResponseController
	heartbeat time.Duration
	headers   map[string]string
	begun     bool
}

// writeTimeout is how long a client may take to read a piece of a response. Heartbeats let one that has stopped reading
// be noticed.
const writeTimeout = 30 * time.Second

func (h *Handler) newResponse(w http.ResponseWriter) *response {
	return &response{
		w: w, rc: http.NewResponseController(w), heartbeat: h.config.Heartbeat,
		headers: map[string]string{
			"Content-Type": "text/event-stream", "Cache-Control": "no-cache, no-transform", "X-Accel-Buffering": "no",
		},
	}
}

// uiResponse returns a response that is a UI message stream.
func (h *Handler) uiResponse(w http.ResponseWriter) *response {
	r := h.newResponse(w)
	r.headers["X-Vercel-Ai-Ui-Message-Stream"] = "v1"
	return r
}

// write writes a piece of the response and, before the first, its headers. A write that takes too long fails.
func (r *response) write(piece []byte) error {
	if !r.begun {
		r.begun = true
		for name, value := range r.headers {
			r.w.Header().Set(name, value)
		}
		r.w.WriteHeader(http.StatusOK)
	}
	_ = r.rc.SetWriteDeadline(time.Now().Add(writeTimeout)) // a server that cannot goes without
	if _, err := r.w.Write(piece); err != nil {
		return err
	}
	_ = r.rc.Flush() // a server that cannot sends it later
	return nil
}

// beat writes a comment, which clients ignore.
func (r *response) beat() error { return r.write([]byte(": \n\n")) }

// end lets the connection serve other requests.
func (r *response) end() { _ = r.rc.SetWriteDeadline(time.Time{}) }

// maxPiece is how many bytes are written at once, a larger chunk aside, so that many readers of a long answer need
// little memory.
const maxPiece = 32 << 10

// head returns the chunks to write at once, of which there is at least one.
func head(chunks [][]byte) [][]byte {
	size := 0
	for i, c := range chunks {
		if size += len(c); size > maxPiece && i > 0 {
			return chunks[:i]
		}
	}
	return chunks
}

// frame returns chunks as events.
func frame(chunks [][]byte) []byte {
	var b bytes.Buffer
	for _, c := range chunks {
		b.WriteString("data: ")
		b.Write(c)
		b.WriteString("\n\n")
	}
	return b.Bytes()
}

// copy writes a run to its end. It returns how many chunks it has written. An error is that of the client.
func (r *response) copy(ctx context.Context, from *run) (state runState, n int, err error) {
	if err := r.write(nil); err != nil { // so that the client knows that it was heard
		return running, 0, err
	}
	beat := time.NewTicker(r.heartbeat)
	defer beat.Stop()
	for {
		chunks, state, grown := from.since(n)
		for piece := head(chunks); len(piece) > 0; piece = head(chunks) {
			if err := r.write(frame(piece)); err != nil {
				return state, n, err
			}
			n += len(piece)
			chunks = chunks[len(piece):]
		}
		if state == whole {
			return state, n, r.write([]byte("data: [DONE]\n\n"))
		}
		if state != running {
			return state, n, nil
		}
		select {
		case <-grown:
		case <-beat.C:
			if err := r.beat(); err != nil {
				return state, n, err
			}
		case <-ctx.Done():
			return state, n, context.Cause(ctx)
		}
	}
}

// wait waits until a channel is closed, with heartbeats. The first comes after an interval, so a wait that is shorter
// leaves the status of the response open.
func (r *response) wait(ctx context.Context, done <-chan struct{}) error {
	beat := time.NewTicker(r.heartbeat)
	defer beat.Stop()
	for {
		select {
		case <-done:
			return nil
		case <-beat.C:
			if err := r.beat(); err != nil {
				return err
			}
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}
