package siteassist_test

import (
	"flag"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/internal/testing/cassette"
	"github.com/seed-127a5941/parley/siteassist"
	"github.com/seed-127a5941/parley/siteassist/siteassisttest"
)

var record = flag.Bool("record", false,
	"send the scenario of TestIntegration_Live to the vendor and keep it as a cassette")

const (
	cassettes       = "testdata/cassettes"
	liveCassette    = cassettes + "/live-visitor.yaml"
	keyVariable     = "SITEASSIST_PUBLISHABLE_KEY"
	baseURLVariable = "SITEASSIST_BASE_URL"

	conversationID = "123e4567-e89b-12d3-a456-426614174000"
	visitorID      = "c2a19f0e-8bcb-4a67-9e4a-8f7b8f5d8d2a"
	greeting       = "Hello! How can I assist you today?"
)

var exchanges = &cassette.Vendor{
	Variables: []cassette.Variable{
		{Name: keyVariable, Fake: "sa_pk_1234567890abcdef"},
		{Name: baseURLVariable, Fake: siteassist.DefaultBaseURL, Default: siteassist.DefaultBaseURL},
	},
	Credentials: []string{"Authorization"},
	Issued:      []string{"sessionToken"},
}

// sampleTime is the time in most samples.
var sampleTime = time.Date(2024, 1, 15, 10, 30, 0, 0, time.UTC)

// samples has a call for each documented sample, by the name of its cassette. Those of errors are in failures.
var samples = map[string]func(*testing.T, *siteassist.Client){
	"identity-init-created":              initCreated,
	"identity-init-returning":            initReturning,
	"identity-me":                        me,
	"conversations-list":                 listConversations,
	"conversations-start":                startConversation,
	"conversations-get":                  getConversation,
	"conversations-close":                closeConversation("Issue resolved"),
	"conversations-close-without-reason": closeConversation(""),
	"messages-list":                      listMessages,
	"messages-list-of-user":              listMessagesOfUser,
	"messages-send":                      sendMessage,
	"messages-send-queued":               sendQueued,
	"messages-stream-queued":             streamQueued,
	"messages-feedback-like":             setFeedback,
	"completions-create":                 createCompletion,
	"completions-stream-cut":             streamCompletion,
	"search":                             searchContent,
	"projects-current":                   currentProject,
}

var pageContext = &siteassist.PageContext{
	URL: "https://example.com/help", Title: "Help Center - Getting Started",
	Content: "Welcome to our help center. Here you can find answers to common questions...",
}

// replay is a client that is answered from a cassette.
func replay(t *testing.T, name string, change func(*siteassist.Config)) *siteassist.Client {
	cfg := siteassist.Config{
		PublishableKey: exchanges.Fakes()[keyVariable], Token: "fake-session-token", MaxRetries: -1,
		HTTPClient: exchanges.Play(t, filepath.Join(cassettes, name+".yaml")),
	}
	if change != nil {
		change(&cfg)
	}
	client, err := siteassist.NewClient(cfg)
	require.NoError(t, err)
	return client
}

func TestIntegration_Samples(t *testing.T) {
	for name, play := range samples {
		t.Run(name, func(t *testing.T) { play(t, replay(t, name, nil)) })
	}
}

// TestIntegration_QnAs is a test of its own because its page names no credential.
func TestIntegration_QnAs(t *testing.T) {
	client := replay(t, "projects-qnas", func(cfg *siteassist.Config) { cfg.Token = "" })
	page, err := client.Projects.ListQnAs(t.Context(), "e2c6b2ad-9b1f-4f3c-8f5a-9f2a7b1c2d3e",
		siteassist.QnAParams{Limit: 10})
	require.NoError(t, err)
	assert.Equal(t, []int{1, 10, 0}, []int{page.Total, page.Limit, page.Offset})
	at := siteassist.Time{Time: sampleTime}
	assert.Equal(t, []*siteassist.QnA{{
		ID: visitorID, CreatedAt: at, UpdatedAt: at, Question: "What is your refund policy?",
		Answer: "You can request a refund within 30 days of purchase.", CreatedBy: &siteassist.Author{Name: "Somebody"},
	}}, page.Data)
}

// failures are the eleven error samples that all pages of the vendor share.
var failures = map[string]struct {
	status  int
	class   error
	code    siteassist.ErrorCode
	message string
	details map[string]any
	retry   time.Duration
	unknown bool // whether the conversation was started
}{
	"error-400": {
		400, siteassist.ErrBadRequest, siteassist.CodeInvalidRequestBody, "Invalid request body. Content is required.",
		map[string]any{"field": "content"}, 0, false,
	},
	"error-401": {
		401, siteassist.ErrUnauthorized, siteassist.CodeUnauthorized, "Authentication required", nil, 0, false,
	},
	"error-402": {
		402, siteassist.ErrPaymentRequired, siteassist.CodePaymentRequired,
		"A higher pricing plan is required to access this feature",
		map[string]any{"currentPlan": "free", "requiredPlan": "pro", "feature": "advanced_ai_models"}, 0, false,
	},
	"error-403": {
		403, siteassist.ErrForbidden, siteassist.CodeForbidden, "Access denied to this conversation", nil, 0, false,
	},
	"error-404": {404, siteassist.ErrNotFound, siteassist.CodeConversationNotFound, "Conversation not found!",
		map[string]any{"conversationId": conversationID}, 0, false},
	"error-409": {409, siteassist.ErrConflict, siteassist.CodeConflict, "Resource already exists",
		map[string]any{"resource": "conversation", "conflictingField": "id"}, 0, false},
	"error-422": {422, siteassist.ErrUnprocessable, siteassist.CodeValidationError, "Validation failed",
		map[string]any{"field": "content", "reason": "Content exceeds maximum length of 10000 characters"}, 0, false},
	"error-429": {
		429, siteassist.ErrRateLimited, siteassist.CodeRateLimitExceeded,
		"Rate limit exceeded. Please try again later.",
		map[string]any{"retryAfter": 60.0}, time.Minute, false,
	},
	"error-500": {
		500, siteassist.ErrServer, siteassist.CodeInternalServerError, "An internal server error occurred", nil, 0,
		true,
	},
	"error-502": {502, siteassist.ErrServer, siteassist.CodeBadGateway, "Service temporarily unavailable",
		map[string]any{"service": "ai_model_service"}, 0, true},
	"error-503": {503, siteassist.ErrServer, siteassist.CodeServiceUnavailable, "Service temporarily unavailable",
		map[string]any{"retryAfter": 30.0}, 30 * time.Second, false},
}

func TestIntegration_Errors(t *testing.T) {
	for name, want := range failures {
		t.Run(name, func(t *testing.T) {
			_, err := replay(t, name, nil).Conversations.Start(t.Context(),
				siteassist.StartConversationParams{PageURL: "https://example.com/contact"})
			require.ErrorIs(t, err, want.class)
			require.ErrorIs(t, err, want.code)
			var failure *siteassist.Error
			require.ErrorAs(t, err, &failure)
			assert.Equal(t, want.status, failure.StatusCode)
			assert.Equal(t, want.message, failure.Message)
			assert.Equal(t, want.details, failure.Details)
			assert.Equal(t, want.retry, failure.RetryAfter)
			if want.unknown {
				assert.ErrorIs(t, err, siteassist.ErrDeliveryUnknown)
			} else {
				assert.NotErrorIs(t, err, siteassist.ErrDeliveryUnknown)
			}
		})
	}
}

// TestIntegration_EveryCassetteIsPlayed finds samples that no test calls.
func TestIntegration_EveryCassetteIsPlayed(t *testing.T) {
	played := slices.Concat(slices.Collect(maps.Keys(samples)), slices.Collect(maps.Keys(failures)),
		[]string{"projects-qnas"})
	assert.ElementsMatch(t, slices.Collect(maps.Keys(cassette.Cassettes(t, cassettes))), played)
}

// TestIntegration_Live plays what was recorded, or records it: go test -run Integration ./siteassist -record
func TestIntegration_Live(t *testing.T) {
	transport := &http.Transport{Proxy: http.ProxyFromEnvironment}
	t.Cleanup(transport.CloseIdleConnections)
	settings, client := exchanges.Live(t, liveCassette, *record, os.Getenv, transport)
	visit(t, settings, client)
}

// TestIntegration_RecordsAndReplays proves with the fake server that the scenario can be recorded and replayed.
func TestIntegration_RecordsAndReplays(t *testing.T) {
	server := siteassisttest.NewServer()
	defer server.Close()
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	settings := cassette.Settings{keyVariable: siteassisttest.PublishableKey, baseURLVariable: server.Config().BaseURL}
	path := filepath.Join(t.TempDir(), "live-visitor.yaml")
	tape, err := exchanges.Record(path, settings, transport)
	require.NoError(t, err)
	visit(t, settings, &http.Client{Transport: tape})
	require.NoError(t, tape.Stop())
	sent := len(server.Requests())
	visit(t, exchanges.Fakes(), exchanges.Play(t, path))
	assert.Len(t, server.Requests(), sent, "a replay sends nothing")
}

// visit plays a visitor who asks questions. It expects only answers that every assistant can give.
func visit(t *testing.T, settings cassette.Settings, client *http.Client) {
	c, err := siteassist.NewClient(siteassist.Config{
		PublishableKey: settings[keyVariable], BaseURL: settings[baseURLVariable], DeviceID: "parley-integration-test",
		HTTPClient: client, MaxRetries: -1,
	})
	require.NoError(t, err)
	visitor, err := c.Identity.Me(t.Context())
	require.NoError(t, err)
	assert.Equal(t, siteassist.VisitorTypeAnonymous, visitor.Type)
	conversation, err := c.Conversations.Start(t.Context(),
		siteassist.StartConversationParams{PageURL: "https://example.com/help"})
	require.NoError(t, err)
	assert.Equal(t, siteassist.ConversationStatusOpen, conversation.Status)
	ask(t, c, conversation.ID)
	closed, err := c.Conversations.Close(t.Context(), conversation.ID,
		siteassist.CloseConversationParams{Reason: "Done"})
	require.NoError(t, err)
	assert.True(t, closed.Success)
	again, err := c.Conversations.Get(t.Context(), conversation.ID)
	require.NoError(t, err)
	assert.Equal(t, siteassist.ConversationStatusClosed, again.Status)
	_, err = c.Projects.GetCurrent(t.Context())
	require.NoError(t, err)
	_, err = c.Search.Query(t.Context(), siteassist.SearchParams{Query: "help", Size: 1})
	require.NoError(t, err)
}

// ask sends a question in both ways and rates the answer.
func ask(t *testing.T, c *siteassist.Client, conversationID string) {
	question := siteassist.SendMessageParams{Content: "Which questions can you answer?"}
	result, err := c.Messages.Send(t.Context(), conversationID, question)
	require.NoError(t, err)
	assert.NotEmpty(t, result.Text())
	stream, err := c.Messages.Stream(t.Context(), conversationID, question)
	require.NoError(t, err)
	text, err := stream.Text()
	require.NoError(t, err)
	assert.NotEmpty(t, text)
	page, err := c.Messages.List(t.Context(), conversationID,
		siteassist.ListMessagesParams{Role: siteassist.RoleAssistant})
	require.NoError(t, err)
	require.NotEmpty(t, page.Data)
	last := page.Data[len(page.Data)-1]
	assert.NotEmpty(t, last.Text())
	require.NoError(t, c.Messages.SetFeedback(t.Context(), last.ID, siteassist.FeedbackLike))
}
