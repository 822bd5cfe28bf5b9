package raia_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/raia"
)

func customData() map[string]any { return map[string]any{"key1": "value1", "key2": "value2"} }

func sampleUser() *raia.User {
	return &raia.User{
		ID: sampleID, FirstName: "John", LastName: "Doe", Context: "Support", Source: "webchat", FkID: "123456",
		FkUserID: "123456", Email: "test@example.com", PhoneNumber: "+1234567890",
		Metadata: raia.Metadata{CustomData: customData()},
	}
}

func newUser() raia.CreateUserParams {
	return raia.CreateUserParams{
		FirstName: "John", LastName: "Doe", Context: "Support", Source: "webchat", FkID: "123456", FkUserID: "123456",
		Email: "test@example.com", PhoneNumber: "+1234567890", CustomData: customData(),
	}
}

func createUser(t *testing.T, c *raia.Client) {
	user, err := c.Users.Create(t.Context(), newUser())
	same(t, sampleUser(), user, err, func(u *raia.User) { u.Raw = nil })
}

func thousand() raia.MonthlyLimits {
	return raia.MonthlyLimits{Tokens: 1000, SMS: 1000, Emails: 1000, Seconds: 1000}
}

// same compares a response with its decoded sample, without Raw, which bare removes.
func same[T any](t *testing.T, want, got *T, err error, bare func(*T)) {
	t.Helper()
	require.NoError(t, err)
	bare(got)
	assert.Equal(t, want, got)
}

func sameUserLimits(t *testing.T, limits *raia.UserLimits, err error) {
	t.Helper()
	want := &raia.UserLimits{
		MonthlyLimits: thousand(), ID: sampleID2, ConversationUserID: sampleID2, IsOrganizationDefault: true,
	}
	same(t, want, limits, err, func(l *raia.UserLimits) { l.Raw = nil })
}

var userSamples = map[string]sample{
	"users-create-by-phone": createUser,
	"users-create-by-email": createUser,
	"users-create-by-fkid":  createUser,
	"users-search": func(t *testing.T, c *raia.Client) {
		found, err := c.Users.Search(t.Context(),
			raia.SearchUserParams{Email: "test@example.com", PhoneNumber: "+1234567890", FkID: "123456"})
		want := &raia.FoundUser{User: sampleUser(), ConversationIDs: []string{sampleID, sampleID}}
		same(t, want, found, err, func(f *raia.FoundUser) { f.Raw = nil })
	},
	"users-get": func(t *testing.T, c *raia.Client) {
		user, err := c.Users.Get(t.Context(), sampleID)
		same(t, sampleUser(), user, err, func(u *raia.User) { u.Raw = nil })
	},
	"users-delete": func(t *testing.T, c *raia.Client) { require.NoError(t, c.Users.Delete(t.Context(), sampleID)) },
	"users-limits": func(t *testing.T, c *raia.Client) {
		limits, err := c.Users.GetLimits(t.Context(), sampleID)
		sameUserLimits(t, limits, err)
	},
	"users-limits-create": func(t *testing.T, c *raia.Client) {
		limits, err := c.Users.CreateLimits(t.Context(), sampleID, thousand())
		sameUserLimits(t, limits, err)
	},
	"users-limits-update": func(t *testing.T, c *raia.Client) {
		limits, err := c.Users.UpdateLimits(t.Context(), sampleID, thousand())
		sameUserLimits(t, limits, err)
	},
	"users-limits-delete": func(t *testing.T, c *raia.Client) {
		require.NoError(t, c.Users.DeleteLimits(t.Context(), sampleID))
	},
}

// olderConversation is the conversation of the page, which has fewer members and an older spelling.
func olderConversation() *raia.Conversation {
	return &raia.Conversation{
		ID: sampleID, ConversationUserID: sampleID, Title: "Conversation Title", Score: new(4.0),
		Summary:          "This is a summary of the conversation.",
		AIConversationID: "thread_h435hi34h5i43i5", ThreadID: "thread_h435hi34h5i43i5",
		AICallID: "call_h435hi34h5i43i5", Metadata: raia.Metadata{CustomData: customData()},
		Mode: raia.ConversationModeManual,
	}
}

func sampleConversation(t *testing.T) *raia.Conversation {
	c := olderConversation()
	c.AIConversationID, c.ThreadID = "conv_h435hi34h5i43i5sdfdfs", ""
	c.StateID, c.User = sampleID, sampleUser()
	c.CreatedAt, c.UpdatedAt = at(t, "2023-10-01T12:00:00Z"), at(t, "2023-10-01T12:00:00Z")
	c.AssignedUser = &raia.PlatformUser{
		ID: sampleID, FirstName: "Jane", LastName: "Doe", AvatarURL: "text", Email: "jane.doe@example.com",
		PhoneNumber: "text",
	}
	return c
}

func olderFeedback() *raia.Feedback {
	return &raia.Feedback{ID: sampleID, VoteType: raia.VoteTypeDown, Question: "text", Answer: "text", Comment: "text"}
}

func sampleFeedback(t *testing.T) *raia.Feedback {
	f := olderFeedback()
	f.UserEmail = "text"
	f.CreatedAt, f.UpdatedAt = at(t, "2023-01-01T00:00:00.000Z"), at(t, "2023-01-01T00:00:00.000Z")
	return f
}

func sameConversation(t *testing.T, want, got *raia.Conversation, err error) {
	t.Helper()
	same(t, want, got, err, func(c *raia.Conversation) { c.Raw = nil })
}

func samePage(t *testing.T, want *raia.Conversation, got *raia.ConversationPage, err error) {
	t.Helper()
	page := &raia.ConversationPage{
		CurrentPage: 1, PageSize: 1, TotalItems: 1, TotalPages: 1, HasNextPage: true, HasPreviousPage: true,
		Data: []*raia.Conversation{want},
	}
	same(t, page, got, err, func(p *raia.ConversationPage) { p.Raw = nil })
}

var march = time.Date(2024, 3, 20, 12, 0, 0, 0, time.UTC)

func newConversation() raia.CreateConversationParams {
	return raia.CreateConversationParams{
		ConversationUserID: sampleID, Title: "New Conversation Title", Context: "New conversation context",
		CustomData: customData(),
	}
}

func changes() raia.UpdateConversationParams {
	return raia.UpdateConversationParams{
		Title: new("Updated Conversation Title"), Context: new("Updated conversation context"),
		Status: raia.ConversationStatusActive,
	}
}

func started(params raia.StartParams) sample {
	return func(t *testing.T, c *raia.Client) {
		started, err := c.Conversations.Start(t.Context(), params)
		want := &raia.StartedConversation{ConversationID: sampleID}
		same(t, want, started, err, func(s *raia.StartedConversation) { s.Raw = nil })
	}
}

var conversationSamples = map[string]sample{
	"conversations-list": func(t *testing.T, c *raia.Client) {
		page, err := c.Conversations.List(t.Context(), raia.ListConversationsParams{
			Page: 1, PageSize: 1, OrderBy: raia.OrderByCreatedAt, OrderDirection: raia.OrderDirectionAscending,
			WithFeedbacksOnly: true, StartDate: march, EndDate: march,
		})
		want := sampleConversation(t)
		want.Feedbacks = []*raia.Feedback{sampleFeedback(t)}
		samePage(t, want, page, err)
	},
	"conversations-create": func(t *testing.T, c *raia.Client) {
		params := newConversation()
		params.StateID = sampleID
		conversation, err := c.Conversations.Create(t.Context(), params)
		sameConversation(t, sampleConversation(t), conversation, err)
	},
	"conversations-delete-all-of-user": func(t *testing.T, c *raia.Client) {
		require.NoError(t, c.Conversations.DeleteAllForUser(t.Context(), sampleID))
	},
	"conversations-states": func(t *testing.T, c *raia.Client) {
		states, err := c.Conversations.ListStates(t.Context())
		require.NoError(t, err)
		assert.Equal(t, []*raia.ConversationState{{
			ID: sampleID, Name: "text", Description: "text", Color: "text", IsPersistent: true,
			CreatedAt: at(t, "2023-01-01T00:00:00.000Z"), UpdatedAt: at(t, "2023-01-01T00:00:00.000Z"),
		}}, states, "one object is a list of one")
	},
	"conversations-get": func(t *testing.T, c *raia.Client) {
		conversation, err := c.Conversations.Get(t.Context(), sampleID)
		want := sampleConversation(t)
		want.Feedbacks = []*raia.Feedback{sampleFeedback(t)}
		sameConversation(t, want, conversation, err)
	},
	"conversations-update": func(t *testing.T, c *raia.Client) {
		params := changes()
		params.StateID = sampleID
		conversation, err := c.Conversations.Update(t.Context(), sampleID, params)
		sameConversation(t, sampleConversation(t), conversation, err)
	},
	"conversations-mode": func(t *testing.T, c *raia.Client) {
		conversation, err := c.Conversations.SetMode(t.Context(), sampleID, raia.ConversationModeAI)
		sameConversation(t, sampleConversation(t), conversation, err)
	},
	"conversations-start-email": started(&raia.EmailStart{
		FirstName: "John", LastName: "Doe", Context: "Support", ConversationContext: "Support", Source: "webchat",
		FkID: "123456", FkUserID: "123456", CustomData: customData(), StateID: sampleID, AuthorID: sampleID,
		Email: "test@example.com", Subject: "New Conversation", Introduction: "New Conversation",
		PhoneNumber: "+1234567890",
	}),
	"conversations-start-sms": started(raia.SMSStart{
		FirstName: "John", LastName: "Doe", Context: "Support", ConversationContext: "Support", Source: "webchat",
		FkID: "123456", FkUserID: "123456", CustomData: customData(), StateID: sampleID, AuthorID: sampleID,
		Email: "test@example.com", Introduction: "New Conversation", PhoneNumber: "+1234567890",
	}),
	"conversations-start-voice": started(raia.VoiceStart{
		FirstName: "John", LastName: "Doe", Context: "Support", ConversationContext: "Support", Source: "webchat",
		FkID: "123456", FkUserID: "123456", CustomData: customData(), StateID: sampleID, AuthorID: sampleID,
		Email: "test@example.com", FirstMessage: "Hello, how can I help you?", PhoneNumber: "+1234567890",
	}),
	"page-conversations-start-sms": started(raia.SMSStart{
		FirstName: "Sam", LastName: "Sample", Context: "...", Source: "CRM", FkID: "12345", FkUserID: "123456789",
		Email: "demo@example.com", PhoneNumber: "+1234567890", Introduction: "Hi, Sam. It's Robin",
	}),
}

// pageSamples are the samples of the documentation page, which is older than the OpenAPI document.
var pageSamples = map[string]sample{
	"page-conversations-list": func(t *testing.T, c *raia.Client) {
		page, err := c.Conversations.List(t.Context(), raia.ListConversationsParams{})
		want := olderConversation()
		want.Feedbacks = []*raia.Feedback{olderFeedback()}
		samePage(t, want, page, err)
	},
	"page-conversations-create": func(t *testing.T, c *raia.Client) {
		conversation, err := c.Conversations.Create(t.Context(), newConversation())
		sameConversation(t, olderConversation(), conversation, err)
	},
	"page-conversations-delete-all-of-user": func(t *testing.T, c *raia.Client) {
		require.NoError(t, c.Conversations.DeleteAllForUser(t.Context(), sampleID))
	},
	"page-conversations-get": func(t *testing.T, c *raia.Client) {
		conversation, err := c.Conversations.Get(t.Context(), sampleID)
		sameConversation(t, olderConversation(), conversation, err)
	},
	"page-conversations-update": func(t *testing.T, c *raia.Client) {
		params := changes()
		params.Mode = raia.ConversationModeAI
		conversation, err := c.Conversations.Update(t.Context(), sampleID, params)
		sameConversation(t, olderConversation(), conversation, err)
	},
	"page-conversations-start": started(raia.EmailStart{
		FirstName: "John", LastName: "Doe", Context: "Support", ConversationContext: "Support", Source: "webchat",
		FkID: "123456", FkUserID: "123456", CustomData: customData(), Email: "test@example.com",
		Subject: "New Conversation", Introduction: "New Conversation", PhoneNumber: "+1234567890",
	}),
	"page-messages-list": func(t *testing.T, c *raia.Client) {
		messages, err := c.Conversations.ListMessages(t.Context(), sampleID, raia.ListMessagesParams{})
		require.NoError(t, err)
		assert.Equal(t, []*raia.Message{olderMessage(t)}, messages)
	},
	"page-messages-send": func(t *testing.T, c *raia.Client) {
		message, err := c.Conversations.Send(t.Context(), sampleID, raia.SendMessageParams{
			Message: "How does quantum entanglement work?", Context: "User is asking about quantum physics.",
		})
		sameMessage(t, olderMessage(t), message, err)
	},
}

func olderMessage(t *testing.T) *raia.Message {
	return &raia.Message{
		ID: sampleID, Message: "Hello, how can I help you?", RawMessage: "Raw message example",
		ConversationID: sampleID, SenderRole: raia.SenderRoleUser, ConversationMessageID: sampleID,
		Source: raia.MessageSourceAPI, CreatedAt: at(t, "2022-01-01T00:00:00.000Z"),
		Feedbacks: []*raia.Feedback{olderFeedback()},
	}
}

func sameMessage(t *testing.T, want, got *raia.Message, err error) {
	t.Helper()
	same(t, want, got, err, func(m *raia.Message) { m.Raw = nil })
}
