package consumer

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"

	"github.com/seed-127a5941/parley/siteassist"
)

// SiteAssistMessages is the part of SiteAssist that the help desk uses. siteassist.Client.Messages and mocks implement
// it.
type SiteAssistMessages interface {
	Stream(ctx context.Context, conversationID string, params siteassist.SendMessageParams) (*siteassist.Stream, error)
}

// WholeTrailer says at the end whether a streamed answer is whole: "true", or "false" if the answer must not be kept.
const WholeTrailer = "X-Whole"

// SiteAssist returns the handler of a question, which is the parameter q, in a conversation. It streams the answer. If
// a human agent has to answer, it responds with 202 and without a body.
func SiteAssist(messages SiteAssistMessages, conversationID string, log *slog.Logger) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		params := siteassist.SendMessageParams{Content: r.FormValue("q")}
		stream, err := messages.Stream(r.Context(), conversationID, params)
		if err != nil {
			fail(w, r, log, err)
			return
		}
		if stream.Queued() {
			_ = stream.Close()
			w.WriteHeader(http.StatusAccepted)
			return
		}
		w.Header().Set("Trailer", WholeTrailer)
		err = pass(w, stream)
		if err != nil {
			log.ErrorContext(r.Context(), "half an answer", "error", err, "truncated",
				errors.Is(err, siteassist.ErrTruncated))
		}
		w.Header().Set(WholeTrailer, map[bool]string{true: "true", false: "false"}[err == nil])
	})
}

// pass writes the text of a stream as it arrives.
func pass(w http.ResponseWriter, stream *siteassist.Stream) error {
	control := http.NewResponseController(w)
	for chunk, err := range stream.Chunks() {
		if err != nil {
			return err
		}
		delta, ok := chunk.(*siteassist.TextDeltaChunk)
		if !ok {
			continue
		}
		if _, err := io.WriteString(w, delta.Delta); err != nil {
			return err // leaving the loop frees the connection
		}
		_ = control.Flush()
	}
	return nil
}
