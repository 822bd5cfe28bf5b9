package syntphony

import (
	"bytes"
	"context"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/apierr"
	"github.com/seed-127a5941/parley/internal/transport"
)

// Not idempotent, as whatever rates: whether a second rating replaces the first or counts beside it is not documented.
var rateAnswer = transport.Operation{Name: "rate answer", Method: "POST", Path: "/org/{orgUUID}/env/{envUUID}/likable"}

// AnswersService rates answers.
type AnswersService struct {
	broker *broker // of the Client
}

type rating struct {
	Evaluation    bool   `json:"evaluation"`
	InteractionID string `json:"interactionId"`
}

// Rate tells that the user liked the answer with this interaction id, or disliked it. It is meant for answers whose
// Evaluable is true. It calls POST /org/{orgUUID}/env/{envUUID}/likable (vendor page "Conversation API", which does not
// say below which path of the host: the broker's is inferred).
func (s *AnswersService) Rate(ctx context.Context, interactionID string, liked bool) error {
	call := transport.Call{
		Operation: &rateAnswer, IDs: s.broker.ids("")[:2], Body: rating{Evaluation: liked, InteractionID: interactionID},
	}
	if interactionID == "" {
		call.ArgumentErr = apierr.Required("interactionID")
	}
	return s.broker.acknowledge(ctx, call)
}

// acknowledge sends a call that is answered with "Success", with or without quotes, or with nothing at all. Other texts
// pass too, but a page of HTML comes from something else than the broker, and an object may be an error sent with 200.
func (b *broker) acknowledge(ctx context.Context, call transport.Call) error {
	reply, err := b.api.Do(ctx, call)
	if err != nil {
		return err
	}
	if body := bytes.TrimSpace(reply.Body); len(body) > 0 && bytes.IndexByte([]byte("<{["), body[0]) >= 0 {
		return reply.Fail(parley.ErrDecode)
	}
	return nil
}
