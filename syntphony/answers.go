package syntphony

import (
	"context"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/apierr"
	"github.com/seed-127a5941/parley/internal/transport"
)

// A rating is not idempotent, because the vendor does not document whether a second one replaces the first or counts
// too.
var rateAnswer = transport.Operation{Name: "rate answer", Method: "POST", Path: "/org/{orgUUID}/env/{envUUID}/likable"}

// AnswersService rates answers.
type AnswersService struct {
	broker *broker // of the Client
}

type rating struct {
	Evaluation    bool   `json:"evaluation"`
	InteractionID string `json:"interactionId"`
}

// Rate reports that the user liked or disliked the answer with this interaction id. It is meant for answers whose
// Evaluable is true. It calls POST /org/{orgUUID}/env/{envUUID}/likable (vendor page "Conversation API", which does not
// name the base path. That it is the broker's is inferred).
func (s *AnswersService) Rate(ctx context.Context, interactionID string, liked bool) error {
	call := transport.Call{
		Operation: &rateAnswer, IDs: s.broker.ids("")[:2],
		Body: rating{Evaluation: liked, InteractionID: interactionID},
	}
	if interactionID == "" {
		call.ArgumentErr = apierr.Required("interactionID")
	}
	return s.broker.acknowledge(ctx, call)
}

// acknowledge sends a call whose response holds only "Success". Any other text is an error, because it may be that of a
// failure sent with 200.
func (b *broker) acknowledge(ctx context.Context, call transport.Call) error {
	_, err := transport.Decode(ctx, b.api, call, func(response *transport.Response) (struct{}, error) {
		if !isSuccess(response.Body) {
			return struct{}{}, response.Fail(parley.ErrDecode, errNotSuccess)
		}
		return struct{}{}, nil
	})
	return err
}
