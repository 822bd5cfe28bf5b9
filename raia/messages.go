package raia

import (
	"context"
	"net/url"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/apierr"
	"github.com/seed-127a5941/parley/internal/lenient"
	"github.com/seed-127a5941/parley/internal/transport"
)

var (
	listMessages = transport.Operation{
		Name: "list messages", Method: "GET", Path: "/conversations/{id}/messages", Idempotent: true,
	}
	sendMessage = transport.Operation{
		Name: "send message", Method: "POST", Path: "/conversations/{id}/messages",
	}
	sendMessageAsync = transport.Operation{
		Name: "send message async", Method: "POST", Path: "/conversations/{id}/messages/async",
	}
	sendManualMessage = transport.Operation{
		Name: "send manual message", Method: "POST", Path: "/conversations/{id}/send-manual-message",
	}
	getMessageFileURL = transport.Operation{
		Name: "get message file URL", Method: "GET", Idempotent: true,
		Path: "/conversations/{id}/message-files/{fileId}/signed-url",
	}
)

// SenderRole says who wrote a message.
type SenderRole string

// The roles.
const (
	SenderRoleUser            SenderRole = "conversation_user"
	SenderRoleAssistant       SenderRole = "assistant"        // the agent
	SenderRoleManualAssistant SenderRole = "manual_assistant" // a human in its place
)

// MessageSource is the channel that a message came by.
type MessageSource string

// The channels.
const (
	MessageSourceEmail    MessageSource = "email"
	MessageSourceSMS      MessageSource = "sms"
	MessageSourceLiveChat MessageSource = "live_chat"
	MessageSourceCopilot  MessageSource = "copilot"
	MessageSourceAPI      MessageSource = "api"
	MessageSourceVoice    MessageSource = "voice"
	MessageSourceMSTeams  MessageSource = "ms_teams"
)

// Message is a message of a conversation. Older answers end at Feedbacks.
type Message struct {
	ID                    string         `json:"id"`         // for Response, Await and CreateFeedbackParams
	Message               string         `json:"message"`    // the text
	RawMessage            string         `json:"rawMessage"` // the text before the vendor's own changes; "": none was sent
	ConversationID        string         `json:"conversationId"`
	SenderRole            SenderRole     `json:"senderRole"`
	ConversationMessageID string         `json:"conversationMessageId"` // the message that this one answers
	Source                MessageSource  `json:"source"`
	CreatedAt             Time           `json:"createdAt"`
	Feedbacks             []*Feedback    `json:"conversationMessageFeedbacks"` // nil: not asked for, or none
	FullAIResponse        *AIResponse    `json:"fullAIResponse"`               // nil: none was sent
	SubagentID            string         `json:"subagentId"`                   // of the sub-agent that answered; "": none
	ExpandedMessage       string         `json:"expandedMessage"`              // rewritten by a skill; "": it was not
	Files                 []*MessageFile `json:"files"`
	IsAnonymized          bool           `json:"isAnonymized"`

	Raw parley.Raw `json:"-"` // the reply as sent; nil inside a list or an AsyncResponse
}

// AIResponse is what the AI provider answered.
type AIResponse struct {
	Reasoning     []string       `json:"reasoning"`     // nil: none
	OutputText    string         `json:"outputText"`    // "": none
	URLCitations  []URLCitation  `json:"urlCitations"`  // nil: none
	FileCitations []FileCitation `json:"fileCitations"` // nil: none
}

// URLCitation is a page that an answer cites.
type URLCitation struct {
	URL   string `json:"url"` // of the page
	Title string `json:"title"`
}

// FileCitation is a file that an answer cites.
type FileCitation struct {
	FileID   string `json:"fileId"`   // at the AI provider, or raia's: not documented
	FileName string `json:"filename"` // all other objects spell it fileName
}

// MessageFile is a file of a message. Conversations.GetMessageFileURL takes its ID.
type MessageFile struct {
	ID           string `json:"id"` // for MessageFileURL
	FileName     string `json:"fileName"`
	OpenAIFileID string `json:"openAIFileId"`
	Size         *int64 `json:"size"` // in bytes, presumably; nil: unknown
	CreatedAt    Time   `json:"createdAt"`
	UpdatedAt    Time   `json:"updatedAt"`
}

// ListMessagesParams narrows and sorts a list of messages.
type ListMessagesParams struct {
	IncludeFeedbacks bool           // fill Message.Feedbacks
	OrderDirection   OrderDirection // by creation; "": OrderDirectionAscending
}

// ListMessages returns all messages of a conversation; the vendor does not page them. It calls GET
// /conversations/{id}/messages.
// Source: the vendor's page "Conversations".
func (s *ConversationsService) ListMessages(ctx context.Context, id string, params ListMessagesParams) ([]*Message, error) {
	q := query{}
	q.flag("shouldIncludeFeedbacks", params.IncludeFeedbacks)
	q.text("orderDirection", string(params.OrderDirection))
	reply, err := s.api.Do(ctx, transport.Call{Operation: &listMessages, IDs: []string{id}, Query: url.Values(q)})
	if err != nil {
		return nil, err
	}
	messages, err := decodeMessages(reply.Body)
	if err != nil {
		return nil, reply.Fail(parley.ErrDecode, err)
	}
	return messages, nil
}

// decodeMessages reads the documented envelope at once, and any other form of a list.
func decodeMessages(body []byte) ([]*Message, error) {
	var envelope struct {
		Messages []*Message `json:"messages"`
	}
	if lenient.Kind(body) == '{' {
		if err := lenient.Unmarshal(body, &envelope); err != nil {
			return nil, err
		}
	}
	if envelope.Messages != nil {
		return lenient.Items(envelope.Messages), nil
	}
	return lenient.List(body, func(m *Message) bool { return m.ID != "" })
}

// SendMessageParams is a message of the conversation's user.
type SendMessageParams struct {
	Message string           `json:"message"`          // required
	Context string           `json:"context,omitzero"` // of this message; "": none
	Files   []FileAttachment `json:"files,omitempty"`  // uploaded before, see MessageFileUploadURL; OpenAPI document only
}

func (p SendMessageParams) check() error {
	if p.Message == "" {
		return apierr.Required("Message")
	}
	return checkAttachments(p.Files)
}

// Send sends a message of the user and waits for the agent's answer, which it returns. An answer can take long, see
// Config.Timeout; SendAsync does not wait. A message whose answer is lost is not sent again: the error matches
// ErrDeliveryUnknown, and Messages shows what became of it. It calls POST /conversations/{id}/messages.
// Source: the vendor's page "Conversations".
func (s *ConversationsService) Send(ctx context.Context, id string, params SendMessageParams) (*Message, error) {
	call := transport.Call{Operation: &sendMessage, IDs: []string{id}, Body: &params, ArgumentErr: params.check()}
	return transport.Fetch(ctx, s.api, call, (*Message).afterDecode)
}

// SendAsync sends a message of the user and returns at once, presumably with that message: its ID is what Response and
// Await take. It calls POST /conversations/{id}/messages/async, which is in the OpenAPI document only.
func (s *ConversationsService) SendAsync(ctx context.Context, id string, params SendMessageParams) (*Message, error) {
	call := transport.Call{Operation: &sendMessageAsync, IDs: []string{id}, Body: &params, ArgumentErr: params.check()}
	return transport.Fetch(ctx, s.api, call, (*Message).afterDecode)
}

// ManualMessageParams is a message that a human writes in place of the agent.
type ManualMessageParams struct {
	Message               string           `json:"message"`                        // required
	ConversationMessageID string           `json:"conversationMessageId,omitzero"` // the message that is answered; "": none
	AuthorID              string           `json:"authorId,omitzero"`              // presumably a PlatformUser; "": none
	Files                 []FileAttachment `json:"files,omitempty"`                // uploaded before, see MessageFileUploadURL
}

func (p ManualMessageParams) check() error {
	if p.Message == "" {
		return apierr.Required("Message")
	}
	return checkAttachments(p.Files)
}

// SendManual sends the user a message that a human wrote. The conversation must be in ConversationModeManual and not be a voice
// call, else the answer is ErrBadRequest. It calls POST /conversations/{id}/send-manual-message, which is in the
// OpenAPI document only.
func (s *ConversationsService) SendManual(ctx context.Context, id string, params ManualMessageParams) (*Message, error) {
	call := transport.Call{Operation: &sendManualMessage, IDs: []string{id}, Body: &params, ArgumentErr: params.check()}
	return transport.Fetch(ctx, s.api, call, (*Message).afterDecode)
}

// GetMessageFileURL returns a URL to download a file of a message; the vendor does not say how long it works. It calls
// GET /conversations/{id}/message-files/{fileId}/signed-url, which is in the OpenAPI document only.
func (s *ConversationsService) GetMessageFileURL(ctx context.Context, id, fileID string) (*FileURL, error) {
	call := transport.Call{Operation: &getMessageFileURL, IDs: []string{id, fileID}}
	return transport.Fetch(ctx, s.api, call, (*FileURL).afterDecode)
}

func (m *Message) afterDecode(raw parley.Raw) error {
	m.Raw = raw
	return requireMember("id", m.ID)
}
