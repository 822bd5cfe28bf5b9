package aisera

// What the vendor's samples send for going back and starting over: the same id for both, only the context differs.
const (
	backID           = "_go:back_"
	logoutText       = "/logout"
	contextGoBack    = "FlowGoBack"
	contextStartOver = "FlowStartOver"
)

// User is who a message comes from. ID or Email is required by this package; what the vendor requires is not documented.
type User struct {
	ID       string // sent as userId, over WebSocket as userid too: the vendor's samples have both spellings
	Email    string // sent as userEmail; "": left out
	FullName string // sent as userFullName; "": left out
}

// Message is what a user says or does. The zero value of each field is what most samples of the vendor send. Build one with
// Text, FollowUp, SubmitForm, SessionHistory, Reset, Logout, GoBack or StartOver, and set further fields.
type Message struct {
	// Text is what the user says, or the label of what was chosen.
	Text string
	// RequestID is sent as reqId; "": a random one. A server that echoes it lets answers be told apart exactly.
	RequestID string
	// SessionVars can be read by the tenant's workflows as sessionVars; nil: {}.
	SessionVars map[string]any
	// IsKL is sent as isKL, whose meaning is not documented; every sample says false.
	IsKL bool
	// FollowUpID is the id of what was chosen, or that of the reply before, which a client sends back to keep state.
	FollowUpID string
	// FollowUpContext says what a follow-up in a flow means; nil: none.
	FollowUpContext *FollowUpContext
	// Form is a filled-in form; nil: none.
	Form *FormSubmission
	// NeedsSessionHistory asks for the history of the current session. There is no other, and no session is resumed.
	NeedsSessionHistory bool
	// IsReset resets the conversation.
	IsReset bool
	// Capabilities says what the caller can show; nil: not said.
	Capabilities *Capabilities
	// Type is sent as type in data, which is inferred; "": left out.
	Type RequestType
	// ChannelID is sent as channelId inside data, as two samples repeat it there; over HTTP, where there is one only, in
	// place of Config.ChannelID. "": left out.
	ChannelID string
	// Extra holds members of data that no page documents. One whose name this package sends itself is left out.
	Extra map[string]any
}

// FollowUpContext says what a follow-up in a flow means.
type FollowUpContext struct {
	Type string `json:"type"` // FlowGoBack and FlowStartOver are documented
	// Extra holds further members, none of which a page documents. It cannot take the place of type.
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
	Form  bool // forms
	Popup bool // pop-ups
	// Extra holds further members of channelCapabilities, none of which a page documents. It cannot take the place of the
	// members for Form and Popup.
	Extra map[string]any
}

// Text is a message in words.
func Text(text string) Message { return Message{Text: text} }

// TextWithVars is a message in words with session variables. It says that the caller can show forms, as the vendor's
// sample does.
func TextWithVars(text string, vars map[string]any) Message {
	return Message{Text: text, SessionVars: vars, Capabilities: formsOnly()}
}

// FollowUp is the choice of a button or an option: its id, and the label that the user saw.
func FollowUp(id, label string) Message { return Message{FollowUpID: id, Text: label} }

// SubmitForm is a filled-in form. It says that the caller can show forms.
func SubmitForm(formID string, values map[string]any) Message {
	return Message{Form: &FormSubmission{ID: formID, Values: values}, Capabilities: formsOnly()}
}

// SessionHistory asks for the history of the current session. How the reply holds it is not documented: see Response.Raw.
// It says that the caller can show forms, as the vendor's sample does.
func SessionHistory() Message {
	return Message{NeedsSessionHistory: true, Capabilities: formsOnly()}
}

// Reset resets the conversation. It says that the caller can show forms, as the vendor's sample does.
func Reset() Message { return Message{IsReset: true, Capabilities: formsOnly()} }

// Logout ends the user's session. It says that the caller can show forms, as the vendor's sample does.
func Logout() Message { return Message{Text: logoutText, Capabilities: formsOnly()} }

// GoBack returns to the step before in a flow. It says that the caller can show forms, as the vendor's sample does.
func GoBack() Message { return inFlow(contextGoBack) }

// StartOver begins a flow again. It says that the caller can show forms, as the vendor's sample does.
func StartOver() Message { return inFlow(contextStartOver) }

func inFlow(what string) Message {
	return Message{FollowUpID: backID, FollowUpContext: &FollowUpContext{Type: what}, Capabilities: formsOnly()}
}

func formsOnly() *Capabilities { return &Capabilities{Form: true} }
