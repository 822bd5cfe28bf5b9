package raia_test

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
	"github.com/seed-127a5941/parley/raia"
	"github.com/seed-127a5941/parley/raia/raiatest"
)

var record = flag.Bool("record", false,
	"send the scenario of TestIntegration_Live to the vendor and keep it as a cassette")

const (
	cassettes       = "testdata/cassettes"
	liveCassette    = cassettes + "/live-conversation.yaml"
	keyVariable     = "RAIA_AGENT_KEY"
	baseURLVariable = "RAIA_BASE_URL"

	// These ids are in most samples.
	sampleID  = "5f7b1b3b-3b3b-4b3b-3b3b-3b3b3b3b3b3b"
	sampleID2 = "123e4567-e89b-12d3-a456-426614174000"
)

var exchanges = &cassette.Vendor{
	Variables: []cassette.Variable{
		{Name: keyVariable, Fake: "fake-agent-key"},
		{Name: baseURLVariable, Fake: raia.USBaseURL, Default: raia.USBaseURL},
	},
	Credentials: []string{"Agent-Secret-Key", "Organization-Secret-Key", "Super-Admin-Secret-Key", "Authorization"},
	Issued:      []string{"agentApiKey", "apiKey", "signedUrl"},
}

// sample is the call for a cassette.
type sample func(*testing.T, *raia.Client)

// samples has a call for each documented sample, by the name of its cassette.
func samples() map[string]sample {
	all := map[string]sample{}
	for _, some := range []map[string]sample{
		userSamples, conversationSamples, pageSamples, messageSamples, promptSamples, agentSamples, otherSamples,
		failures,
	} {
		maps.Copy(all, some)
	}
	return all
}

func TestIntegration_Samples(t *testing.T) {
	for name, play := range samples() {
		t.Run(name, func(t *testing.T) {
			client, err := raia.NewClient(raia.Config{
				AgentKey: exchanges.Fakes()[keyVariable], OrganizationKey: "fake-organization-key",
				SuperAdminKey: "fake-super-admin-key", MaxRetries: -1,
				HTTPClient: exchanges.Play(t, filepath.Join(cassettes, name+".yaml")),
			})
			require.NoError(t, err)
			play(t, client)
		})
	}
}

// TestIntegration_EveryCassetteIsPlayed finds samples that no test calls.
func TestIntegration_EveryCassetteIsPlayed(t *testing.T) {
	assert.ElementsMatch(t, slices.Collect(maps.Keys(cassette.Cassettes(t, cassettes))),
		slices.Collect(maps.Keys(samples())))
}

// failures are the samples of the four error schemas, with their defaults.
var failures = map[string]sample{
	"error-400": func(t *testing.T, c *raia.Client) {
		_, err := c.Users.Create(t.Context(), newUser())
		fails(t, err, 400, raia.ErrBadRequest, raia.CodeBadRequest, "INVALID_REQUEST")
	},
	"error-403": func(t *testing.T, c *raia.Client) {
		_, err := c.Conversations.Get(t.Context(), sampleID)
		fails(t, err, 403, raia.ErrForbidden, raia.CodeForbidden, "INVALID_CREDENTIALS")
	},
	"error-404": func(t *testing.T, c *raia.Client) {
		_, err := c.Conversations.Get(t.Context(), sampleID)
		fails(t, err, 404, raia.ErrNotFound, raia.CodeEntityNotFound, "ENTITY_NOT_FOUND")
	},
	"error-500": func(t *testing.T, c *raia.Client) {
		_, err := c.Conversations.Get(t.Context(), sampleID)
		fails(t, err, 500, raia.ErrServer, "", "Internal Server Error")
	},
}

func fails(t *testing.T, err error, status int, class error, code raia.ErrorCode, message string) {
	t.Helper()
	require.ErrorIs(t, err, class)
	var failure *raia.Error
	require.ErrorAs(t, err, &failure)
	assert.Equal(t, status, failure.StatusCode)
	assert.Equal(t, code, failure.Code)
	assert.Equal(t, message, failure.Message)
	assert.Empty(t, failure.Details)
	assert.NotErrorIs(t, err, raia.ErrDeliveryUnknown)
}

// at returns the time that the samples write as text.
func at(t *testing.T, text string) raia.Time {
	t.Helper()
	parsed, err := time.Parse(time.RFC3339, text)
	require.NoError(t, err)
	return raia.Time{Time: parsed}
}

// TestIntegration_Live plays what was recorded, or records it: go test -run Integration ./raia -record
func TestIntegration_Live(t *testing.T) {
	transport := &http.Transport{Proxy: http.ProxyFromEnvironment}
	t.Cleanup(transport.CloseIdleConnections)
	settings, client := exchanges.Live(t, liveCassette, *record, os.Getenv, transport)
	converse(t, settings, client)
}

// TestIntegration_RecordsAndReplays proves with the fake server that the scenario can be recorded and replayed.
func TestIntegration_RecordsAndReplays(t *testing.T) {
	server := raiatest.NewServer()
	defer server.Close()
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	settings := cassette.Settings{keyVariable: raiatest.AgentKey, baseURLVariable: server.Config().BaseURL}
	path := filepath.Join(t.TempDir(), "live-conversation.yaml")
	tape, err := exchanges.Record(path, settings, transport)
	require.NoError(t, err)
	converse(t, settings, &http.Client{Transport: tape})
	require.NoError(t, tape.Stop())
	sent := len(server.Requests())
	converse(t, exchanges.Fakes(), exchanges.Play(t, path))
	assert.Len(t, server.Requests(), sent, "a replay sends nothing")
}

// converse creates a user, asks the agent a question as that user, and deletes everything again.
func converse(t *testing.T, settings cassette.Settings, client *http.Client) {
	c, err := raia.NewClient(raia.Config{
		AgentKey: settings[keyVariable], BaseURL: settings[baseURLVariable], HTTPClient: client, MaxRetries: -1,
	})
	require.NoError(t, err)
	agent, err := c.Agents.GetCurrent(t.Context())
	require.NoError(t, err)
	assert.NotEmpty(t, agent.Name)
	user, err := c.Users.Create(t.Context(),
		raia.CreateUserParams{FirstName: "Parley", LastName: "Test", FkID: "parley-integration-test"})
	require.NoError(t, err)
	found, err := c.Users.Search(t.Context(), raia.SearchUserParams{FkID: "parley-integration-test"})
	require.NoError(t, err)
	assert.Equal(t, user.ID, found.User.ID)
	conversation, err := c.Conversations.Create(t.Context(),
		raia.CreateConversationParams{ConversationUserID: user.ID, Title: "Parley"})
	require.NoError(t, err)
	assert.Equal(t, "Parley", conversation.Title)
	ask(t, c, conversation.ID)
	require.NoError(t, c.Conversations.DeleteAllForUser(t.Context(), user.ID))
	_, err = c.Conversations.Get(t.Context(), conversation.ID)
	require.ErrorIs(t, err, raia.ErrNotFound)
	require.NoError(t, c.Users.Delete(t.Context(), user.ID))
}

func ask(t *testing.T, c *raia.Client, conversationID string) {
	answer, err := c.Conversations.Send(t.Context(), conversationID,
		raia.SendMessageParams{Message: "Which questions can you answer?"})
	require.NoError(t, err)
	assert.NotEmpty(t, answer.Message)
	assert.Equal(t, conversationID, answer.ConversationID)
	messages, err := c.Conversations.ListMessages(t.Context(), conversationID,
		raia.ListMessagesParams{OrderDirection: raia.OrderDirectionAscending})
	require.NoError(t, err)
	require.Len(t, messages, 2)
	assert.Equal(t, raia.SenderRoleUser, messages[0].SenderRole)
	assert.Equal(t, answer.Message, messages[1].Message)
	updated, err := c.Conversations.Update(t.Context(), conversationID,
		raia.UpdateConversationParams{Title: new("Parley, asked")})
	require.NoError(t, err)
	assert.Equal(t, "Parley, asked", updated.Title)
}
