package aisera

// The vendor's samples send the same id for going back and for starting over. Only the context differs.
const (
	backID           = "_go:back_"
	logoutText       = "/logout"
	contextGoBack    = "FlowGoBack"
	contextStartOver = "FlowStartOver"
)

// User is the person from whom a message comes. This package requires ID or Email. The vendor does not document which
// it requires.
type User struct {
	// ID is sent as userId, and over WebSocket as userid too, because the vendor's samples have both spellings.
	ID       string
	Email    string // sent as userEmail unless it is empty
	FullName string // sent as userFullName unless it is empty
}

// Message says or does something for a user. The zero value of each field stands for the value that most samples of the
// vendor send. Build a message with Text, FollowUp, SubmitForm, SessionHistory, Reset, Logout, GoBack or StartOver, and
// set further fields.
type Message struct {
	// Text holds the words of the user, or the label of the option that was chosen.
	Text string
	// RequestID is sent as reqId. If it is empty, a random one is sent. If the server echoes it, answers can be told
	// apart exactly. Over WebSocket, an id whose message was not answered yet is refused.
	RequestID string
	// SessionVars can be read by the tenant's workflows as sessionVars. Nil is sent as {}.
	SessionVars map[string]any
	// IsKL is sent as isKL. Its meaning is not documented, and every sample says false.
	IsKL bool
	// FollowUpID is the id of the option that was chosen, or the id of the previous reply. A client sends the latter
	// back to keep state.
	FollowUpID string
	// FollowUpContext explains a follow-up in a flow. It is left out if it is nil.
	FollowUpContext *FollowUpContext
	// Form is a filled-in form. It is left out if it is nil.
	Form *FormSubmission
	// NeedsSessionHistory asks for the history of the current session. The vendor keeps no older one.
	NeedsSessionHistory bool
	// IsReset resets the conversation.
	IsReset bool
	// Capabilities says what the caller can show. It is left out if it is nil.
	Capabilities *Capabilities
	// Type is sent as type in data unless it is empty. Its place there is inferred.
	Type RequestType
	// ChannelID is sent as channelId inside data unless it is empty, as two samples repeat it there. Over HTTP, where
	// there is only one channelId, it takes the place of Config.ChannelID.
	ChannelID string
	// Extra holds members of data that no page documents. Members that this package sends itself are left out.
	Extra map[string]any
}

// FollowUpContext explains a follow-up in a flow.
type FollowUpContext struct {
	Type string `json:"type"` // FlowGoBack and FlowStartOver are documented
	// Extra holds further members. No page documents any. It cannot replace type.
	Extra map[string]any `json:"-"`
}

// FormSubmission is a filled-in form.
type FormSubmission struct {
	ID string `json:"formId"` // of the form
	// Values holds texts, dates ("2021-11-17"), option ids, lists of option ids, numbers and booleans by field.
	Values map[string]any `json:"formFieldValues"`
}

// Capabilities says what the caller can show.
type Capabilities struct {
	Form  bool // the caller can show forms
	Popup bool // the caller can show pop-ups
	// Extra holds further members of channelCapabilities. No page documents any. It cannot replace the members for Form
	// and Popup.
	Extra map[string]any
}

// Text returns a message in words.
func Text(text string) Message { return Message{Text: text} }

// TextWithVars returns a message in words with session variables. It says that the caller can show forms, as the
// vendor's sample does.
func TextWithVars(text string, vars map[string]any) Message {
	return Message{Text: text, SessionVars: vars, Capabilities: formsOnly()}
}

// FollowUp returns the choice of a button or an option: its id, and the label that the user saw.
func FollowUp(id, label string) Message { return Message{FollowUpID: id, Text: label} }

// SubmitForm returns a filled-in form. It says that the caller can show forms.
func SubmitForm(formID string, values map[string]any) Message {
	return Message{Form: &FormSubmission{ID: formID, Values: values}, Capabilities: formsOnly()}
}

// SessionHistory returns a message that asks for the history of the current session. The vendor does not document how
// the reply holds it: see Response.Raw. The message says that the caller can show forms, as the vendor's sample does.
func SessionHistory() Message {
	return Message{NeedsSessionHistory: true, Capabilities: formsOnly()}
}

// Reset returns a message that resets the conversation. It says that the caller can show forms, as the vendor's sample
// does.
func Reset() Message { return Message{IsReset: true, Capabilities: formsOnly()} }

// Logout returns a message that ends the user's session. It says that the caller can show forms, as the vendor's sample
// does.
func Logout() Message { return Message{Text: logoutText, Capabilities: formsOnly()} }

// GoBack returns a message that goes back one step in a flow. It says that the caller can show forms, as the vendor's
// sample does.
func GoBack() Message { return inFlow(contextGoBack) }

// StartOver returns a message that begins a flow again. It says that the caller can show forms, as the vendor's sample
// does.
func StartOver() Message { return inFlow(contextStartOver) }

func inFlow(what string) Message {
	return Message{FollowUpID: backID, FollowUpContext: &FollowUpContext{Type: what}, Capabilities: formsOnly()}
}

func formsOnly() *Capabilities { return &Capabilities{Form: true} }
