package consumer

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"

	"github.com/seed-127a5941/parley/raia"
)

// RaiaConversations is the part of raia that the help desk uses. raia.Client.Conversations and mocks implement it.
type RaiaConversations interface {
	Create(ctx context.Context, params raia.CreateConversationParams) (*raia.Conversation, error)
	Send(ctx context.Context, id string, params raia.SendMessageParams) (*raia.Message, error)
}

// Raia returns the handler of a question, which is the parameter q, in a new conversation of user.
func Raia(conversations RaiaConversations, user string, log *slog.Logger) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, err := askRaia(r.Context(), conversations, user, r.FormValue("q"))
		if err != nil {
			fail(w, r, log, err)
			return
		}
		_, _ = io.WriteString(w, text)
	})
}

func askRaia(ctx context.Context, conversations RaiaConversations, user, question string) (string, error) {
	conversation, err := conversations.Create(ctx,
		raia.CreateConversationParams{ConversationUserID: user, Title: "Help desk"})
	if err != nil {
		return "", fmt.Errorf("open conversation: %w", err)
	}
	answer, err := conversations.Send(ctx, conversation.ID, raia.SendMessageParams{Message: question})
	if err != nil {
		return "", fmt.Errorf("ask: %w", err)
	}
	return answer.Message, nil
}
