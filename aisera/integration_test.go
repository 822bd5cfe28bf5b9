package aisera_test

import (
	"flag"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/aisera"
	"github.com/seed-127a5941/parley/aisera/aiseratest"
	"github.com/seed-127a5941/parley/internal/testing/cassette"
)

var record = flag.Bool("record", false,
	"send the scenario of TestIntegration_Live to the vendor and keep it as a cassette")

const (
	cassettes       = "testdata/cassettes"
	liveCassette    = cassettes + "/live-conversation.yaml"
	tokenVariable   = "AISERA_TOKEN"
	baseURLVariable = "AISERA_BASE_URL"
	channelVariable = "AISERA_CHANNEL_ID"
	userVariable    = "AISERA_USER_ID"

	sampleFollowUp = "F283672027"
)

var exchanges = &cassette.Vendor{
	Variables: []cassette.Variable{
		{Name: tokenVariable, Fake: "fake-channel-token"},
		{Name: baseURLVariable, Fake: "https://acme.chatbot.aisera.cloud"},
		{Name: channelVariable, Fake: "<channelId>"},
		{Name: userVariable, Fake: "<userid>"},
	},
	Credentials: []string{"Authorization"},
}

// replayed is a message of the vendor's pages, with the expected reply.
type replayed struct {
	message  aisera.Message
	fullName string
	mode     aisera.Mode
}

const sampleName = "Sam Sample"

func withID(m aisera.Message) aisera.Message {
	m.RequestID = "REQ123"
	return m
}

// inChannel repeats the channel inside data, as two samples do.
func inChannel(m aisera.Message) aisera.Message {
	m.ChannelID = "f9975e56-84dd-cbfb-e171-1785ae4b1282"
	return withID(m)
}

var contactAgent = aisera.Message{Text: "Contact live agent", RequestID: "1"}

// replays are the messages of the pages, by the name of the cassette.
var replays = map[string]replayed{
	"basic": {contactAgent, "", aisera.ModeLiveAgentWaiting},
	"interactive": {
		withID(aisera.FollowUp("R:0e70f8b8-6f6c-4ee5-8d26-6a8375e9bcea", "This is what I was looking for")), sampleName,
		aisera.ModeFlowStarted,
	},
	"form": {withID(aisera.SubmitForm("bcbed7df-951f-4369-b5f0-443ef31e2372", map[string]any{
		"simpleStringSample": "Quick brown fox", "textAreaSample": "The quick brown fox jumps over the lazy dog.",
		"dateSample": "2021-11-17", "dropdownSample": "option3", "radiosSample": "option2",
		"multiSelectCheckboxesSample": []string{"check1", "check2"}, "numberSample": 6, "booleanSample": true,
	})), sampleName, aisera.ModeFlowCompleted},
	"session-vars": {
		inChannel(aisera.TextWithVars("test sessionVars", map[string]any{"myVar": "someValue"})), sampleName,
		aisera.ModeNormal,
	},
	"session-history": {withID(aisera.SessionHistory()), sampleName, aisera.ModeNormal},
	"reset":           {withID(aisera.Reset()), sampleName, aisera.ModeNormal},
	"logout":          {withID(aisera.Logout()), sampleName, aisera.ModeNormal},
	"go-back":         {inChannel(aisera.GoBack()), sampleName, aisera.ModeFlowInProgress},
	"start-over":      {withID(aisera.StartOver()), sampleName, aisera.ModeFlowStarted},
	"follow-up":       {withID(aisera.FollowUp(sampleFollowUp, "followUpText")), "", aisera.ModeFlowInProgress},
}

func clientOf(t *testing.T, settings cassette.Settings, transport *http.Client) *aisera.Client {
	t.Helper()
	client, err := aisera.NewClient(aisera.Config{
		BaseURL: settings[baseURLVariable], Token: settings[tokenVariable], ChannelID: settings[channelVariable],
		HTTPClient: transport, MaxRetries: -1,
	})
	require.NoError(t, err)
	return client
}

// played is a client that is answered from a cassette. It names the tenant, as the vendor's page does.
func played(t *testing.T, name string) *aisera.Client {
	t.Helper()
	settings := exchanges.Fakes()
	client, err := aisera.NewClient(aisera.Config{
		Tenant: "acme", Token: settings[tokenVariable], ChannelID: settings[channelVariable], MaxRetries: -1,
		HTTPClient: exchanges.Play(t, filepath.Join(cassettes, name+".yaml")),
	})
	require.NoError(t, err)
	return client
}

func TestIntegration_Samples(t *testing.T) {
	for name, s := range replays {
		t.Run(name, func(t *testing.T) {
			user := aisera.User{ID: "<userid>", Email: "<userEmail>", FullName: s.fullName}
			response, err := played(t, name).Send(t.Context(), user, s.message)
			require.NoError(t, err)
			assert.Equal(t, s.mode, response.Mode)
			assert.Equal(t, []aisera.Answer{{Text: "text"}}, response.Answers)
			assert.Equal(t, sampleFollowUp, response.FollowUpID)
			assert.True(t, response.Final())
		})
	}
}

var sampleUser = aisera.User{ID: "<userid>", Email: "<userEmail>"}

func TestIntegration_BadRequest(t *testing.T) {
	_, err := played(t, "error-400").Send(t.Context(), sampleUser, contactAgent)
	require.ErrorIs(t, err, aisera.ErrBadRequest)
	require.ErrorIs(t, err, aisera.CodeIllegalArgument)
	assert.NotErrorIs(t, err, aisera.ErrDeliveryUnknown)
	var failure *aisera.Error
	require.ErrorAs(t, err, &failure)
	assert.Equal(t, "ERR-003: Internal System Error", failure.Message)
	assert.Equal(t, []aisera.ErrorDetail{{Message: "text", Path: "text"}}, failure.Errors)
}

func TestIntegration_ServerError(t *testing.T) {
	_, err := played(t, "error-500").Send(t.Context(), sampleUser, contactAgent)
	require.ErrorIs(t, err, aisera.ErrServer)
	require.ErrorIs(t, err, aisera.CodeUnexpected)
	require.ErrorIs(t, err, aisera.ErrDeliveryUnknown)
	var failure *aisera.Error
	require.ErrorAs(t, err, &failure)
	assert.Equal(t, "ERR-012: Aisera Unexpected Server Error", failure.Message)
	assert.Empty(t, failure.Errors)
}

func TestIntegration_ExternalSystemError(t *testing.T) {
	response, err := played(t, "external-system-error").Send(t.Context(), sampleUser, contactAgent)
	require.ErrorIs(t, err, aisera.CodeFulfillment)
	assert.Equal(t, aisera.ModeExternalSystemError, response.Mode)
	assert.Equal(t, "ERR-007: Failed Fulfillment Service", response.Text())
}

// TestIntegration_EveryCassetteIsPlayed finds samples that no test calls.
func TestIntegration_EveryCassetteIsPlayed(t *testing.T) {
	names := slices.Concat(slices.Collect(maps.Keys(replays)),
		[]string{"error-400", "error-500", "external-system-error"})
	assert.ElementsMatch(t, slices.Collect(maps.Keys(cassette.Cassettes(t, cassettes))), names)
}

// TestIntegration_Live plays what was recorded, or records it: go test -run Integration ./aisera -record
func TestIntegration_Live(t *testing.T) {
	transport := &http.Transport{Proxy: http.ProxyFromEnvironment}
	t.Cleanup(transport.CloseIdleConnections)
	settings, client := exchanges.Live(t, liveCassette, *record, os.Getenv, transport)
	talk(t, settings, client)
}

// TestIntegration_RecordsAndReplays proves with the fake server that the scenario can be recorded and replayed.
func TestIntegration_RecordsAndReplays(t *testing.T) {
	server := aiseratest.NewServer()
	defer server.Close()
	settings := cassette.Settings{
		tokenVariable: aiseratest.Token, baseURLVariable: server.Config().BaseURL,
		channelVariable: aiseratest.ChannelID,
		userVariable:    "somebody-of-the-test",
	}
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	path := filepath.Join(t.TempDir(), "live-conversation.yaml")
	tape, err := exchanges.Record(path, settings, transport)
	require.NoError(t, err)
	talk(t, settings, &http.Client{Transport: tape})
	require.NoError(t, tape.Stop())
	sent := len(server.Requests())
	talk(t, exchanges.Fakes(), exchanges.Play(t, path))
	assert.Len(t, server.Requests(), sent, "a replay sends nothing")
}

// talk plays a user who asks a question and leaves. It expects only answers that every tenant can give.
func talk(t *testing.T, settings cassette.Settings, transport *http.Client) {
	c := clientOf(t, settings, transport)
	user := aisera.User{ID: settings[userVariable]}
	for i, message := range []aisera.Message{
		aisera.Text("What can you do?"), aisera.SessionHistory(), aisera.Logout(),
	} {
		message.RequestID = string(rune('1' + i))
		response, err := c.Send(t.Context(), user, message)
		require.NoError(t, err)
		if i == 0 {
			assert.NotEmpty(t, response.Text())
			assert.NotEmpty(t, response.Mode)
		}
	}
}
