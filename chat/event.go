package chat

import (
	"encoding/json"
	"slices"
	"time"
)

// User is the person who talks to the vendor's agent.
type User struct {
	// ID is required. It must be stable for a person, because vendors find the person's conversations by it.
	ID string
	// Name is the person's full name. It is "" if it is not known.
	Name string
	// Email is the person's address. It is "" if it is not known.
	Email string
	// Locale is the language and country, such as "en-US". It is "" for the driver's default.
	Locale string
	// Attributes are passed to the vendor where it takes some. They may be nil.
	Attributes map[string]string
}

// Message is a message of the user. One of Text, ChoiceID and Native is required.
type Message struct {
	// ID names the message, so that it is sent once. It is at most 200 bytes long. If it is "", the Conversation
	// makes one.
	ID string
	// Text is the text that the user typed. Beside a ChoiceID it is the label that the user saw, and may be "".
	Text string
	// ChoiceID is the ID of a Choice that the agent offered.
	ChoiceID string
	// Native is the vendor's own request in place of Text, such as a form or files. The driver documents its type.
	Native any
}

// EventKind says what an Event is.
type EventKind string

// The kinds of events.
const (
	// EventDelta is a piece of an answer that is being made.
	EventDelta EventKind = "delta"
	// EventMessage is a whole message.
	EventMessage EventKind = "message"
	// EventStatus is a change of the conversation's Status, such as that somebody types.
	EventStatus EventKind = "status"
	// EventPart is a chunk of a UI message stream that is no text, such as reasoning, tools, sources and data.
	EventPart EventKind = "part"
	// EventDone ends a sequence that has no error.
	EventDone EventKind = "done"
)

// Role says who speaks.
type Role string

// The roles.
const (
	// RoleAssistant is the vendor's agent.
	RoleAssistant Role = "assistant"
	// RoleHuman is a person who answers in place of the agent.
	RoleHuman Role = "human"
	// RoleUser is the User.
	RoleUser Role = "user"
	// RoleSystem is the vendor or the program, such as a notice that the message waits in a queue.
	RoleSystem Role = "system"
)

// Status describes the progress of a conversation.
type Status string

// The statuses.
const (
	// StatusThinking means that the agent works on its answer.
	StatusThinking Status = "thinking"
	// StatusTyping means that somebody types.
	StatusTyping Status = "typing"
	// StatusQueued means that the user waits for a human.
	StatusQueued Status = "queued"
	// StatusHumanJoined means that a human takes part from now on.
	StatusHumanJoined Status = "human-joined"
	// StatusHumanLeft means that the human has left.
	StatusHumanLeft Status = "human-left"
	// StatusRestarted means that the vendor has begun a new session, which does not know the earlier messages.
	StatusRestarted Status = "restarted"
	// StatusChecking means that Recover looks for the message and has to wait.
	StatusChecking Status = "checking"
)

// The values of Event.Finish.
const (
	// FinishStop means that the answer is whole.
	FinishStop = "stop"
	// FinishLength means that the answer reached a limit of its length.
	FinishLength = "length"
	// FinishContentFilter means that a filter of the vendor's ended the answer.
	FinishContentFilter = "content-filter"
	// FinishQueued means that a human will answer. The human's messages come from Events.
	FinishQueued = "queued"
	// FinishUnanswered means that the message arrived and that there is no answer to it.
	FinishUnanswered = "unanswered"
)

// Event is something that happened in a conversation.
type Event struct {
	// Kind says which of the fields are set.
	Kind EventKind
	// ID is that of the message, for deltas too. It is the vendor's, or one that the Conversation makes. Of an
	// EventDone it is that of the last message of the turn, and "" in a turn without a message.
	ID string
	// Role says who speaks, in an EventDelta and an EventMessage.
	Role Role
	// Text is the whole text of an EventMessage. The Text of an EventDelta is appended to the deltas of ID before it.
	Text string
	// Replace means that the deltas of ID before this one are void.
	Replace bool
	// Status is that of an EventStatus.
	Status Status
	// Choices are offered to the user with an EventMessage.
	Choices []Choice
	// Cards belong to an EventMessage.
	Cards []Card
	// Files belong to an EventMessage.
	Files []File
	// Part is the chunk of an EventPart.
	Part json.RawMessage
	// Finish says how the turn ended, in an EventDone. It is "" if no message was pending when Recover was called.
	Finish string
	// At is the vendor's time, or zero if the vendor does not send it.
	At time.Time
	// Native is the vendor's own value. It may be nil.
	Native any `json:"-"`
}

// choices returns the choices of the message and of its cards.
func (e Event) choices() []Choice {
	all := slices.Clone(e.Choices)
	for _, card := range e.Cards {
		all = append(all, card.Choices...)
	}
	return all
}

// Choice is something that the user can choose.
type Choice struct {
	// ID goes back as Message.ChoiceID. It is "" if the Choice has a URL.
	ID string
	// Label is shown to the user.
	Label string
	// URL is to be opened. It is "" if the Choice goes back to the agent.
	URL string
}

// Card is a picture with texts and choices.
type Card struct {
	// Title of the card.
	Title string
	// Subtitle of the card. It may be "".
	Subtitle string
	// ImageURL is the address of the picture. It may be "".
	ImageURL string
	// Choices are offered with the card.
	Choices []Choice
}

// File is a file that belongs to a message.
type File struct {
	// ID is the vendor's. It is "" if the file has a URL only.
	ID string
	// Name of the file. It may be "".
	Name string
	// MediaType of the file, such as "image/png". It is "" if the vendor does not say.
	MediaType string
	// URL of the file, perhaps a data URL. It is "" if the vendor gives one on request only.
	URL string
}

// Capabilities describes a Driver.
type Capabilities struct {
	// Greeting means that Greet yields a greeting.
	Greeting bool
	// Deltas means that answers come in pieces.
	Deltas bool
	// Choices means that messages offer choices that go back to the agent.
	Choices bool
	// HandOver means that a human can be asked for.
	HandOver bool
	// Humans means that a human may answer.
	Humans bool
	// Push means that Events learns of messages at once instead of polling.
	Push bool
	// History means that the messages of the conversation can be read.
	History bool
	// Recover means that Recover can find out what became of a message. Without it Recover yields ErrDeliveryUnknown.
	Recover bool
}
