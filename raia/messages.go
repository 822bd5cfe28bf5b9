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

// These are the roles.
const (
	SenderRoleUser            SenderRole = "conversation_user"
	SenderRoleAssistant       SenderRole = "assistant"        // the agent
	SenderRoleManualAssistant SenderRole = "manual_assistant" // a human in its place
)

// MessageSource is the channel by which a message came.
type MessageSource string

// These are the channels.
const (
	MessageSourceEmail    MessageSource = "email"
	MessageSourceSMS      MessageSource = "sms"
	MessageSourceLiveChat MessageSource = "live_chat"
	MessageSourceCopilot  MessageSource = "copilot"
	MessageSourceAPI      MessageSource = "api"
	MessageSourceVoice    MessageSource = "voice"
	MessageSourceMSTeams  MessageSource = "ms_teams"
)

// Message is a message of a conversation. Older responses have only the fields up to Feedbacks.
type Message struct {
	ID                    string         `json:"id"`         // for GetResponse, Await and CreateFeedbackParams
	Message               string         `json:"message"`    // the text
	RawMessage            string         `json:"rawMessage"` // the text before the vendor's own changes, may be empty
	ConversationID        string         `json:"conversationId"`
	SenderRole            SenderRole     `json:"senderRole"`
	ConversationMessageID string         `json:"conversationMessageId"` // the message to which this one responds
	Source                MessageSource  `json:"source"`
	CreatedAt             Time           `json:"createdAt"`
	Feedbacks             []*Feedback    `json:"conversationMessageFeedbacks"` // nil if not asked for
	FullAIResponse        *AIResponse    `json:"fullAIResponse"`               // nil if it was not sent
	SubagentID            string         `json:"subagentId"`                   // of its author, may be empty
	ExpandedMessage       string         `json:"expandedMessage"`              // as a skill rewrote it, may be empty
	Files                 []*MessageFile `json:"files"`
	IsAnonymized          bool           `json:"isAnonymized"`

	Raw parley.Raw `json:"-"` // the response as received, nil inside a list and an AsyncResponse
}

// AIResponse is the output of the AI provider.
type AIResponse struct {
	Reasoning     []string       `json:"reasoning"`     // may be nil
	OutputText    string         `json:"outputText"`    // may be empty
	URLCitations  []URLCitation  `json:"urlCitations"`  // may be nil
	FileCitations []FileCitation `json:"fileCitations"` // may be nil
}

// URLCitation is a page that the AI provider cites.
type URLCitation struct {
	URL   string `json:"url"` // of the page
	Title string `json:"title"`
}

// FileCitation is a file that the AI provider cites.
type FileCitation struct {
	FileID   string `json:"fileId"`   // of the AI provider or of raia, which is not documented
	FileName string `json:"filename"` // all other objects spell it fileName
}

// MessageFile is a file of a message. Conversations.GetMessageFileURL takes its ID.
type MessageFile struct {
	ID           string `json:"id"` // for GetMessageFileURL
	FileName     string `json:"fileName"`
	OpenAIFileID string `json:"openAIFileId"`
	Size         *int64 `json:"size"` // in bytes, presumably, nil if unknown
	CreatedAt    Time   `json:"createdAt"`
	UpdatedAt    Time   `json:"updatedAt"`
}

// ListMessagesParams restricts and sorts a list of messages.
type ListMessagesParams struct {
	IncludeFeedbacks bool           // fill Message.Feedbacks
	OrderDirection   OrderDirection // by creation, empty means OrderDirectionAscending
}

// ListMessages returns all messages of a conversation, because the vendor does not page them. It calls GET
// /conversations/{id}/messages.
// Source: the vendor's page "Conversations".
func (s *ConversationsService) ListMessages(
	ctx context.Context, id string, params ListMessagesParams,
) ([]*Message, error) {
	q := query{}
	q.flag("shouldIncludeFeedbacks", params.IncludeFeedbacks)
	q.text("orderDirection", string(params.OrderDirection))
	call := transport.Call{Operation: &listMessages, IDs: []string{id}, Query: url.Values(q)}
	return transport.Decode(ctx, s.api, call, func(response *transport.Response) ([]*Message, error) {
		messages, err := decodeMessages(response.Decoder(), response.Body)
		if err != nil {
			return nil, response.Fail(parley.ErrDecode, err)
		}
		return messages, nil
	})
}

// decodeMessages decodes {"messages": [...]}, an array, an envelope with "data", or one message alone. It drops nulls
// and fails for any other body.
func decodeMessages(d *lenient.Decoder, body []byte) ([]*Message, error) {
	var envelope struct {
		Messages []*Message `json:"messages"`
	}
	if lenient.Kind(body) == '{' {
		if err := d.Unmarshal(body, &envelope); err != nil {
			return nil, err
		}
	}
	if envelope.Messages != nil {
		return lenient.Items(envelope.Messages), nil
	}
	return lenient.List(d, body, func(m *Message) bool { return m.ID != "" })
}

// SendMessageParams is a message of the conversation's user.
type SendMessageParams struct {
	Message string           `json:"message"`          // required
	Context string           `json:"context,omitzero"` // of this message, optional
	Files   []FileAttachment `json:"files,omitempty"`  // uploaded before, see CreateMessageFileUploadURL
}

func (p SendMessageParams) validate() error {
	if p.Message == "" {
		return apierr.Required("Message")
	}
	return checkAttachments(p.Files)
}

// Send sends a message of the user, waits for the agent's answer and returns it. An answer can take long: see
// Config.Timeout, and SendAsync, which does not wait. If the response is lost, the message is not sent again. The error
// then matches ErrDeliveryUnknown, and ListMessages shows whether the message arrived. It calls POST
// /conversations/{id}/messages.
// Source: the vendor's page "Conversations".
func (s *ConversationsService) Send(ctx context.Context, id string, params SendMessageParams) (*Message, error) {
	call := transport.Call{Operation: &sendMessage, IDs: []string{id}, Body: &params, ArgumentErr: params.validate()}
	return transport.Fetch(ctx, s.api, call, (*Message).afterDecode)
}

// SendAsync sends a message of the user without waiting for the answer. It returns a message, presumably the one that
// was sent, whose ID is the argument of GetResponse and Await. It calls POST /conversations/{id}/messages/async,
// which is in the OpenAPI document only.
func (s *ConversationsService) SendAsync(ctx context.Context, id string, params SendMessageParams) (*Message, error) {
	call := transport.Call{
		Operation: &sendMessageAsync, IDs: []string{id}, Body: &params, ArgumentErr: params.validate(),
	}
	return transport.Fetch(ctx, s.api, call, (*Message).afterDecode)
}

// ManualMessageParams is a message that a human writes in place of the agent.
type ManualMessageParams struct {
	Message string `json:"message"` // required
	// ConversationMessageID is the message to respond to. It is optional.
	ConversationMessageID string           `json:"conversationMessageId,omitzero"`
	AuthorID              string           `json:"authorId,omitzero"` // presumably a PlatformUser, optional
	Files                 []FileAttachment `json:"files,omitempty"`   // uploaded before
}

func (p ManualMessageParams) validate() error {
	if p.Message == "" {
		return apierr.Required("Message")
	}
	return checkAttachments(p.Files)
}

// SendManual sends the user a message that a human wrote. If the conversation is a voice call or is not in
// ConversationModeManual, the error matches ErrBadRequest. It calls POST /conversations/{id}/send-manual-message, which
// is in the OpenAPI document only.
func (s *ConversationsService) SendManual(
	ctx context.Context, id string, params ManualMessageParams,
) (*Message, error) {
	call := transport.Call{
		Operation: &sendManualMessage, IDs: []string{id}, Body: &params, ArgumentErr: params.validate(),
	}
	return transport.Fetch(ctx, s.api, call, (*Message).afterDecode)
}

// GetMessageFileURL returns a URL to download a file of a message. The vendor does not say how long the URL works. It
// calls GET /conversations/{id}/message-files/{fileId}/signed-url, which is in the OpenAPI document only.
func (s *ConversationsService) GetMessageFileURL(ctx context.Context, id, fileID string) (*FileURL, error) {
	call := transport.Call{Operation: &getMessageFileURL, IDs: []string{id, fileID}}
	return transport.Fetch(ctx, s.api, call, (*FileURL).afterDecode)
}

func (m *Message) afterDecode(raw parley.Raw) error {
	m.Raw = raw
	return requireMember("id", m.ID)
}
