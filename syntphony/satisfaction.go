package syntphony

import (
	"context"
	"net/http"

	"github.com/seed-127a5941/parley/internal/apierr"
	"github.com/seed-127a5941/parley/internal/transport"
)

// An evaluation is not idempotent, because the vendor accepts it once per session.
var submitSatisfaction = transport.Operation{
	Name: "submit satisfaction", Method: "POST", Path: deprecatedPath + "/{sessionCode}/satisfactions",
}

// Satisfaction is the user's evaluation of a conversation.
type Satisfaction struct {
	// Evaluation is the grade. The vendor recommends 0 or 1 to 10 and permits other scales, so the SDK does not
	// validate it.
	Evaluation int
	// Answered says whether the user's problem was solved. It is sent as 1 or 0.
	Answered bool
	// Comments are the words of the user. Empty ones are not sent.
	Comments string
	// ExpireSession ends the session at once.
	ExpireSession bool
	// Locale is the agent's language. If it is empty, the Caller's is sent in a Session, and otherwise Config.Locale.
	Locale string
}

type satisfaction struct {
	Evaluation    int    `json:"evaluation"`
	Answered      int    `json:"answered"`
	UserComments  string `json:"userComments,omitzero"`
	ExpireSession bool   `json:"expireSession"`
}

func (s Satisfaction) request() satisfaction {
	r := satisfaction{Evaluation: s.Evaluation, UserComments: s.Comments, ExpireSession: s.ExpireSession}
	if s.Answered {
		r.Answered = 1
	}
	return r
}

// SubmitSatisfaction submits the user's evaluation of a session, which the vendor accepts once. It is therefore never
// retried, and an error that matches ErrDeliveryUnknown may hide a success. It calls POST
// /org/{orgUUID}/env/{envUUID}/bot/{botUUID}/conversations/{sessionCode}/satisfactions (the end of the path from the
// vendor page "Conversation API", its beginning from the OpenAPI document only). The locale is sent as LOCAL, as the
// page spells it, and as LOCALE.
func (s *ConversationsService) SubmitSatisfaction(ctx context.Context, sessionCode string, v Satisfaction) error {
	b := s.broker
	if v.Locale == "" {
		v.Locale = b.locale
	}
	locale := []string{v.Locale}
	call := transport.Call{
		Operation: &submitSatisfaction, IDs: append(b.ids("", b.bot), sessionCode),
		Header: http.Header{"Local": locale, "Locale": locale}, Body: v.request(),
	}
	switch {
	case sessionCode == "":
		call.ArgumentErr = apierr.Required("sessionCode")
	case v.Locale == "":
		call.ArgumentErr = apierr.Invalid("Satisfaction.Locale or Config.Locale", "is required")
	}
	return b.acknowledge(ctx, call)
}
