package consumer

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"

	"github.com/seed-127a5941/parley/siteassist"
)

// SiteAssistMessages is what the desk needs of SiteAssist: siteassist.Client.Messages, or a mock.
type SiteAssistMessages interface {
	Stream(ctx context.Context, conversationID string, params siteassist.SendMessageParams) (*siteassist.Stream, error)
}

// WholeTrailer says in the end whether a streamed answer is whole: "true", or "false" for one that must not be kept.
const WholeTrailer = "X-Whole"

// SiteAssist streams the answer to a question, given as q, in a conversation. Where a human agent has to answer it says
// 202, without a body.
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

// pass writes the text of a stream as it comes.
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
