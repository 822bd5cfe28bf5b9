package syntphony_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/oauth2"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/testing/conformance"
	"github.com/seed-127a5941/parley/syntphony"
	"github.com/seed-127a5941/parley/syntphony/syntphonytest"
)

func TestSuite(t *testing.T) { conformance.Run(t, suiteVendor(ownTokenSource)) }

func TestSuite_CutAfterEachByteOverHTTP1(t *testing.T) {
	conformance.CutHTTP1(t, suiteVendor(ownTokenSource))
}

func TestSuite_CutAfterEachByteOverHTTP2(t *testing.T) {
	conformance.CutHTTP2(t, suiteVendor(ownTokenSource))
}

// TestSuite_Keycloak runs the suite with a client that fetches its tokens itself.
func TestSuite_Keycloak(t *testing.T) {
	t.Parallel()
	conformance.Run(t, keycloakVendor())
}

func TestSuite_KeycloakCutAfterEachByteOverHTTP1(t *testing.T) {
	conformance.CutHTTP1(t, keycloakVendor())
}

func TestSuite_KeycloakCutAfterEachByteOverHTTP2(t *testing.T) {
	conformance.CutHTTP2(t, keycloakVendor())
}

func keycloakVendor() conformance.Vendor[suiteClient] {
	v := suiteVendor(ownKeycloak)
	v.Grant = func(w http.ResponseWriter, path string) bool {
		if path != "/auth/realms/realm-1/protocol/openid-connect/token" {
			return false
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = io.WriteString(w, `{"access_token":"`+suiteToken+`","expires_in":300,"token_type":"Bearer"}`)
		return true
	}
	return v
}

func TestSuite_HoldsEveryMethod(t *testing.T) {
	c, err := syntphony.NewClient(ownTokenSource(conformance.Settings{BaseURL: "https://broker.example.com"}))
	require.NoError(t, err)
	conformance.Complete(t, c, everyMethod, map[string]any{"Session": c.NewSession(callerParams)}, nil)
}

func TestSuite_OneClientForAll(t *testing.T) {
	// Do is left out, because it takes the ids of an agent itself, and those of the fake server are others.
	conformance.Share(t, conformance.Shared[suiteClient]{
		Operations: everyMethod[1:], Answer: suiteAnswer, Start: startFilled,
	})
}

// These are the credentials of the suite.
const (
	suiteToken  = "token/of+the suite"
	suiteAPIKey = "api-key/of+the suite"
	suiteSecret = "client-secret/of+the suite"
)

func ownTokenSource(set conformance.Settings) syntphony.Config {
	cfg := ownKeycloak(set)
	cfg.TokenSource = oauth2.StaticTokenSource(&oauth2.Token{AccessToken: suiteToken})
	return cfg
}

func ownKeycloak(set conformance.Settings) syntphony.Config {
	return syntphony.Config{
		OrgID: "org-1", EnvID: "env-1", BotID: "bot-1", ChannelID: "channel-1", APIKey: suiteAPIKey, Locale: "en-US",
		Keycloak: syntphony.Keycloak{
			URL: set.BaseURL, Realm: "realm-1", ClientID: "client-1", ClientSecret: suiteSecret,
		},
		BaseURL: set.BaseURL, HTTPClient: set.HTTPClient, Timeout: set.Timeout, MaxRetryWait: set.MaxRetryWait,
		Logger: set.Logger, Hooks: set.Hooks,
	}
}

func suiteVendor(config func(conformance.Settings) syntphony.Config) conformance.Vendor[suiteClient] {
	return conformance.Vendor[suiteClient]{
		Name:    "syntphony",
		New:     func(set conformance.Settings) (suiteClient, error) { return syntphony.NewClient(config(set)) },
		Config:  func(set conformance.Settings) any { return config(set) },
		Secrets: []string{suiteToken, suiteAPIKey, suiteSecret},
		Answer:  suiteAnswer,
		Refusal: func(message string) string {
			return conformance.JSON(map[string]any{"code": "X_" + message, "message": message})
		},
		Fixed: map[string]string{
			"orgUUID": "org-1", "envUUID": "env-1", "botUUID": "bot-1", "channelUUID": "channel-1",
		},
		Operations: everyMethod,
	}
}

func suiteAnswer(err error) *conformance.Answer {
	e, ok := errors.AsType[*syntphony.Error](err)
	if !ok {
		return nil
	}
	return &conformance.Answer{
		Operation: e.Operation, Method: e.Method, Path: e.Path, StatusCode: e.StatusCode, Attempts: e.Attempts,
		RetryAfter: e.RetryAfter, Message: e.Message, Body: e.Body,
	}
}

// startFilled starts a fake server with two sessions for the calls of the table.
func startFilled(t *testing.T, via *http.Client) (suiteClient, func(string) []string, func()) {
	server := syntphonytest.NewServer()
	cfg := server.Config()
	cfg.HTTPClient = via
	c, err := syntphony.NewClient(cfg)
	require.NoError(t, err)
	reply, err := c.Conversations.Send(t.Context(), "", callerParams, inputParams)
	require.NoError(t, err)
	other, err := c.Conversations.Send(t.Context(), "", callerParams, inputParams)
	require.NoError(t, err)
	interactionID = reply.Answers[0].InteractionID
	return c, func(name string) []string {
		if name == "Session.SubmitSatisfaction" { // accepted once per session
			return []string{other.SessionCode}
		}
		return []string{reply.SessionCode}
	}, server.Close
}

// These are the arguments of the calls, which all of them share.
var (
	callerParams = syntphony.Caller{UserRef: "203.0.113.7", OS: "Linux", BusinessKey: "business-1"}
	inputParams  = syntphony.Input{
		Text: conformance.Text, Context: map[string]any{
			"note": conformance.Text, "list": []any{conformance.Text, map[string]any{"deep": 1.5}},
		},
		Intent: "intent-1", Confidence: new(0.5), Entities: map[string]any{"entity": conformance.Text},
		TranslateInput: new(false), Test: true,
	}
	turnBody           = map[string]any{"text": conformance.Text}
	stateParams        = syntphony.SessionState{Context: map[string]any{"carried": conformance.Text}}
	satisfactionParams = syntphony.Satisfaction{Evaluation: 3, Answered: true, Comments: conformance.Text}
	interactionID      = conformance.Text
)

func suiteAudio() syntphony.Audio {
	return syntphony.Audio{Name: "turn.ogg", Content: strings.NewReader("OggS" + conformance.Text)}
}

const (
	orgPath     = "/org/{orgUUID}/env/{envUUID}"
	livePath    = orgPath + "/bot/{botUUID}/channel/{channelUUID}/v1/conversations"
	byNamePath  = orgPath + "/bot/{botUUID}/conversations"
	codeID      = "/{sessionCode}"
	aReply      = `{"sessionCode":"session-2","text":"t","answers":[{"type":"TEXT","content":"hi"}],"context":{"a":1}}`
	anAccepting = `"Success"`
)

type suiteClient = *syntphony.Client

// row is a row of the table. No operation may be retried, because all of them speak or rate.
func row(
	name, path, reply string, call func(context.Context, suiteClient, ...string) error, params ...any,
) conformance.Operation[suiteClient] {
	spec := conformance.Spec{Name: name, Method: "POST", Path: path, Params: params, Reply: reply, EmptyID: true}
	if reply == anAccepting {
		spec.EmptyID = false
		spec.Accepts = func(body string) bool { return body == "" || body == anAccepting }
	}
	return conformance.Operation[suiteClient]{Spec: spec, Call: call}
}

// ofAnyObject marks an operation that takes any JSON object for a success.
func ofAnyObject(o conformance.Operation[suiteClient]) conformance.Operation[suiteClient] {
	o.Accepts = func(body string) bool {
		var out map[string]any
		return json.Unmarshal([]byte(body), &out) == nil && out != nil
	}
	return o
}

func isUpload(o conformance.Operation[suiteClient]) conformance.Operation[suiteClient] {
	o.Upload = true
	return o
}

func failureOf[T any](_ T, err error) error { return err }

// suiteSession returns a session of its own with the session code.
func suiteSession(c suiteClient, code string) *syntphony.Session {
	state := stateParams
	state.Code = code
	return c.ResumeSession(callerParams, state)
}

var everyMethod = []conformance.Operation[suiteClient]{
	ofAnyObject(row("Do", livePath, aReply, func(ctx context.Context, c suiteClient, _ ...string) error {
		var out map[string]any
		return c.Do(ctx, parley.Request{
			Operation: "do", Method: "POST", Path: livePath, Args: []string{"org-1", "env-1", "bot-1", "channel-1"},
			Body: turnBody,
		}, &out)
	}, &turnBody)),
	row("Conversations.Send", livePath+codeID, aReply, func(ctx context.Context, c suiteClient, id ...string) error {
		return failureOf(c.Conversations.Send(ctx, id[0], callerParams, inputParams))
	}, &callerParams, &inputParams),
	row("Conversations.Send", livePath, aReply, func(ctx context.Context, c suiteClient, _ ...string) error {
		return failureOf(c.Conversations.Send(ctx, "", callerParams, inputParams))
	}, &callerParams, &inputParams),
	isUpload(row("Conversations.SendAudio", livePath+codeID, aReply,
		func(ctx context.Context, c suiteClient, id ...string) error {
			return failureOf(c.Conversations.SendAudio(ctx, id[0], callerParams, suiteAudio(), inputParams))
		}, &callerParams, &inputParams)),
	isUpload(row("Conversations.SendAudio", livePath, aReply,
		func(ctx context.Context, c suiteClient, _ ...string) error {
			return failureOf(c.Conversations.SendAudio(ctx, "", callerParams, suiteAudio(), inputParams))
		}, &callerParams, &inputParams)),
	row("Conversations.SendByChannelName", byNamePath+codeID, aReply,
		func(ctx context.Context, c suiteClient, id ...string) error {
			return failureOf(c.Conversations.SendByChannelName(ctx, syntphonytest.ChannelName, id[0], callerParams,
				inputParams))
		}, &callerParams, &inputParams),
	row("Conversations.SendByChannelName", byNamePath, aReply,
		func(ctx context.Context, c suiteClient, _ ...string) error {
			return failureOf(c.Conversations.SendByChannelName(ctx, syntphonytest.ChannelName, "", callerParams,
				inputParams))
		}, &callerParams, &inputParams),
	row("Conversations.SubmitSatisfaction", byNamePath+codeID+"/satisfactions", anAccepting,
		func(ctx context.Context, c suiteClient, id ...string) error {
			return c.Conversations.SubmitSatisfaction(ctx, id[0], satisfactionParams)
		}, &satisfactionParams),
	row("Answers.Rate", orgPath+"/likable", anAccepting, func(ctx context.Context, c suiteClient, _ ...string) error {
		return c.Answers.Rate(ctx, interactionID, true)
	}),
	row("Session.Welcome", livePath+codeID, aReply, func(ctx context.Context, c suiteClient, id ...string) error {
		return failureOf(suiteSession(c, id[0]).Welcome(ctx))
	}, &callerParams, &stateParams),
	row("Session.Say", livePath+codeID, aReply, func(ctx context.Context, c suiteClient, id ...string) error {
		return failureOf(suiteSession(c, id[0]).Say(ctx, conformance.Text))
	}, &callerParams, &stateParams),
	row("Session.Send", livePath+codeID, aReply, func(ctx context.Context, c suiteClient, id ...string) error {
		return failureOf(suiteSession(c, id[0]).Send(ctx, inputParams))
	}, &callerParams, &stateParams, &inputParams),
	isUpload(row("Session.SendAudio", livePath+codeID, aReply,
		func(ctx context.Context, c suiteClient, id ...string) error {
			return failureOf(suiteSession(c, id[0]).SendAudio(ctx, suiteAudio(), inputParams))
		}, &callerParams, &stateParams, &inputParams)),
	row("Session.SubmitSatisfaction", byNamePath+codeID+"/satisfactions", anAccepting,
		func(ctx context.Context, c suiteClient, id ...string) error {
			return suiteSession(c, id[0]).SubmitSatisfaction(ctx, satisfactionParams)
		}, &callerParams, &stateParams, &satisfactionParams),
}
