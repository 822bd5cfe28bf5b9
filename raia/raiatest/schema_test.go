package raiatest_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"mime/multipart"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/raia/raiatest"
)

// schemas are the vendor's schemas, member by member: string, number, boolean, object, time, another schema, []list. A
// "?" after the name marks a member that is not required, and a "?" after the type one that may be null.
var schemas = map[string]string{
	"User": "id string, firstName string, lastName string, context? string, source? string, fkId? string, fkUserId? " +
		"string, " +
		"email? string, phoneNumber? string, metadata? object, isAnonymized boolean",
	"Found": "user User, conversationIds []string",
	"UserLimits": "id string, conversationUserId string, isOrganizationDefault boolean, tokensAmountPerMonth number, " +
		"smsAmountPerMonth number, emailsAmountPerMonth number, secondsAmountPerMonth number",
	"Conversation": conversationSchema,
	"Rated":        conversationSchema + ", feedbacks? []Feedback",
	"Conversations": "currentPage number, pageSize number, totalItems number, totalPages number, hasNextPage " +
		"boolean, " +
		"hasPreviousPage boolean, data []Rated",
	"Users": "currentPage number, pageSize number, totalItems number, totalPages number, hasNextPage boolean, " +
		"hasPreviousPage boolean, data []User",
	"Feedback": "id string, voteType string, question string?, answer string?, comment string?, userEmail? string?, " +
		"createdAt time, updatedAt time",
	"MessageFeedback": "id string, voteType string, question string?, answer string?, comment string?, userEmail? " +
		"string?",
	"GivenFeedback": "id string, conversationMessageId string, voteType string, question string?, answer string?, " +
		"createdAt time, updatedAt time, comment string?",
	"State": "id string, name string, description string?, color string?, isPersistent boolean, createdAt time, " +
		"updatedAt time",
	"Started": "conversationId string",
	"Message": "id string, message string, rawMessage? string, conversationId string, senderRole string, " +
		"conversationMessageId string, source string, createdAt time, conversationMessageFeedbacks? " +
		"[]MessageFeedback, " +
		"fullAIResponse? object, subagentId? string?, expandedMessage? string?, files? []File, isAnonymized boolean",
	"File":     "id string, fileName string, openAIFileId string, size? number?, updatedAt time, createdAt time",
	"Messages": "messages []Message",
	"Answer":   "status string, message Message?, error string?",
	"Upload":   "signedUrl string, storagePath string",
	"FileURL":  "signedUrl string, fileId string",
	"Prompted": "status string, totalTokens number?, response string?, error string?",
	"Prompt":   "promptId string",
	"Config": "id string, model string, temperature number, topP number, instructions string, " +
		"isCodeInterpreterEnabled boolean, isFileSearchEnabled boolean, fileSearchMaxNumResults number, " +
		"reasoningEffort? string?, reasoningMode? string?, isOutputJsonSchemaEnabled? boolean, outputJsonSchema string",
	"Agent":        agentSchema,
	"CreatedAgent": agentSchema + ", agentApiKey? string?",
	"Skill":        "systemName string, status string, apiKey? string",
	"Statistic": "tokensUsed number, tokensPerConversation number, vapiSecondsUsed number, averageCallDuration " +
		"number, " +
		"smsUsed number, smsPerConversation number, emailsUsed number, emailsPerConversation number",
	"Webhook": "id string, agentId string, title string, description string, url string, triggerCondition string, " +
		"headers? object, status string, createdAt time, updatedAt time",
	"AgentLimits": "id string, agentId string, isOrganizationDefault boolean, tokensAmountPerMonth number, " +
		"smsAmountPerMonth number, emailsAmountPerMonth number, secondsAmountPerMonth number",
	"Usage": "emailsAmount number, smsAmount number, tokensAmount number, secondsAmount number",
	"AgentFile": "id string, fileName string, url string, createdAt time, vectorStoreFileId? string, " +
		"isUploadedToVectorStore? boolean?, vectorStoreUploadStatus? string?, uploadedToVectorStoreAt? time",
	"Role":    "id string, name string, description string",
	"Creator": "id string, email string, firstName string, lastName string",
	"Subscription": "id string, title string, description string, agentsAmount number, tokensAmountPerMonth number, " +
		"secondsAmountPerMonth number, smsAmountPerMonth number, emailsAmountPerMonth number, usersWithAccessAmount " +
		"number, " +
		"status string, visibility string, isTrial boolean, createdBy Creator, createdAt time, updatedAt time, " +
		"organizationsCount number, price number",
	"Organization": "id string, name string, status string, createdAt time, updatedAt time, createdBy Creator, " +
		"subscription Subscription",
	"Staff": "id string, email string, phoneNumber string, firstName string, lastName string",
}

const (
	conversationSchema = "id string, conversationUserId string, title? string, score? number, summary? string, " +
		"aiConversationId string, metadata? object, aiCallId? string, mode? string, conversationStateId? string, " +
		"user User, " +
		"createdAt time, updatedAt time, assignedUser? object?, isAnonymized boolean"
	agentSchema = "organizationId string, organizationName string, id string, name string, publicName string, role " +
		"string, " +
		"description? string, vectorStoreId string, aiConfig Config, avatarUrl? string, status string, tags? " +
		"[]string?, " +
		"skills []Skill, restrictDocumentsToOwnerOnly? boolean"
)

// check returns the differences between v and a type of schemas.
func check(at, kind string, v any) (faults []string) {
	if rest, nullable := strings.CutSuffix(kind, "?"); nullable {
		if v == nil {
			return nil
		}
		kind = rest
	}
	if item, ok := strings.CutPrefix(kind, "[]"); ok {
		list, ok := v.([]any)
		if !ok {
			return []string{fmt.Sprintf("%s is no list: %v", at, v)}
		}
		for i, element := range list {
			faults = append(faults, check(fmt.Sprintf("%s[%d]", at, i), item, element)...)
		}
		return faults
	}
	var ok bool
	switch kind {
	case "string":
		_, ok = v.(string)
	case "number":
		_, ok = v.(float64)
	case "boolean":
		_, ok = v.(bool)
	case "object":
		_, ok = v.(map[string]any)
	case "time":
		text, _ := v.(string)
		_, err := time.Parse(time.RFC3339, text)
		ok = err == nil
	default:
		return checkMembers(at, schemas[kind], v)
	}
	if !ok {
		return []string{fmt.Sprintf("%s is no %s: %v", at, kind, v)}
	}
	return nil
}

func checkMembers(at, schema string, v any) (faults []string) {
	o, ok := v.(map[string]any)
	if !ok || schema == "" {
		return []string{fmt.Sprintf("%s is no object, or its schema is unknown: %v", at, v)}
	}
	unknown := maps.Clone(o)
	for member := range strings.SplitSeq(schema, ", ") {
		name, kind, _ := strings.Cut(member, " ")
		name, optional := strings.CutSuffix(name, "?")
		delete(unknown, name)
		value, given := o[name]
		switch {
		case given:
			faults = append(faults, check(at+"."+name, kind, value)...)
		case !optional:
			faults = append(faults, at+"."+name+" is missing")
		}
	}
	for name := range unknown {
		faults = append(faults, at+"."+name+" is in no schema")
	}
	return faults
}

// operations are all operations of the vendor, in an order in which they can be called: key, status, method and path,
// body, and the schema of the response, which is empty if there is no body. "{x}" stands for the member x of an earlier
// response, see remember.
var operations = [][5]string{
	{
		"Agent", "201", "POST /users",
		`{"firstName":"Ada","lastName":"E","email":"a@example.com","customData":{"a":1},"skipEmailValidation":true}`,
		"User",
	},
	{"Agent", "200", "GET /users/search?email=a@example.com", "", "Found"},
	{"Agent", "200", "GET /users/{User}", "", "User"},
	{"Agent", "201", "POST /users/{User}/limits", limitsBody, "UserLimits"},
	{"Agent", "200", "PUT /users/{User}/limits", limitsBody, "UserLimits"},
	{"Agent", "200", "GET /users/{User}/limits", "", "UserLimits"},
	{"Agent", "200", "DELETE /users/{User}/limits", "", ""},
	{"Agent", "200", "GET /conversations/states", "", "[]State"},
	{
		"Agent", "201", "POST /conversations",
		`{"conversationUserId":"{User}","title":"T","context":"c","customData":{"a":1},` +
			`"conversationStateId":"{State}"}`, "Conversation",
	},
	{
		"Agent", "200", "PUT /conversations/{Conversation}",
		`{"title":"U","context":"c","status":"active","mode":"ai"}`, "Conversation",
	},
	{"Agent", "200", "PUT /conversations/{Conversation}/mode", `{"mode":"ai"}`, "Conversation"},
	{"Agent", "200", "POST /conversations/{Conversation}/message-files/upload-url", uploadBody, "Upload"},
	{
		"Agent", "201", "POST /conversations/{Conversation}/messages",
		`{"message":"Hi","files":[{"fileName":"a.txt","storagePath":"{Upload}"}]}`, "Message",
	},
	{"Agent", "200", "GET /conversations/{Conversation}/message-files/{Upload}/signed-url", "", "FileURL"},
	{
		"Agent", "201", "POST /conversation-message-feedbacks",
		`{"conversationMessageId":"{Message}","userId":"{User}","voteType":"up","question":"q"}`, "GivenFeedback",
	},
	{"Agent", "201", "POST /conversations/{Conversation}/messages/async", `{"message":"Hi"}`, "Message"},
	{"Agent", "200", "GET /conversations/{Conversation}/messages/{Message}/response-on", "", "Answer"},
	{"Agent", "200", "GET /conversations/{Conversation}/messages/{Message}/response-on", "", "Answer"},
	{"Agent", "200", "PUT /conversations/{Conversation}/mode", `{"mode":"manual"}`, "Conversation"},
	{"Agent", "200", "POST /conversations/{Conversation}/send-manual-message", `{"message":"Hi"}`, "Message"},
	{"Agent", "201", "POST /conversations/{Conversation}/messages", `{"message":"Hi"}`, "Message"},
	{"Agent", "200", "GET /conversations/{Conversation}/messages", "", "Messages"},
	{"Agent", "200", "GET /conversations/{Conversation}/messages?shouldIncludeFeedbacks=true", "", "Messages"},
	{"Agent", "200", "GET /conversations/{Conversation}", "", "Rated"},
	{"Agent", "200", "GET /conversations", "", "Conversations"},
	{
		"Agent", "201", "POST /conversations/start",
		`{"firstName":"A","lastName":"B","channel":"sms","phoneNumber":"+1","smsIntroduction":"Hi","customData":{}}`,
		"Started",
	},
	{"Agent", "200", "POST /prompts", `{"prompt":"p"}`, "Prompted"},
	{"Agent", "200", "POST /prompts/async", `{"prompt":"p"}`, "Prompt"},
	{"Agent", "200", "GET /prompts/{Prompt}/response-on", "", "Prompted?"},
	{"Agent", "200", "GET /prompts/{Prompt}/response-on", "", "Prompted?"},
	{"Agent", "200", "POST /prompts/upload-url", uploadBody, "Upload"},
	{
		"Organization", "201", "POST /agents",
		`{"name":"N","publicName":"P","roleId":"r","model":"gpt-5","tags":["a"],"isApiSkillEnabled":true,` +
			`"outputJsonSchema":""}`, "CreatedAgent",
	},
	{
		"Organization", "200", "PUT /agents/{CreatedAgent}",
		`{"name":"M","outputJsonSchema":"","reasoningMode":"pro","backgroundUrl":"b","defaultErrorMessage":"e"}`,
		"Agent",
	},
	{"Organization", "200", "GET /agents/{CreatedAgent}/users", "", "Users"},
	{"Agent", "200", "GET /agents/users", "", "Users"}, // the reference says Agent, and describes a page of users
	{"Agent", "200", "GET /agents/by-api-key", "", "Agent"},
	{"Agent", "200", "GET /agents/statistic", "", "Statistic"},
	{
		"Agent", "201", "POST /agents/webhooks",
		`{"title":"t","description":"d","url":"https://example.com","triggerCondition":"manual","headers":{"A":"b"}}`,
		"Webhook",
	},
	{"Agent", "200", "GET /agents/limits", "", "Usage"},
	{"Agent", "201", "POST /agents/limits", limitsBody, "AgentLimits"},
	{"Agent", "200", "PUT /agents/limits", `{"smsAmountPerMonth":5}`, "AgentLimits"},
	{"Agent", "200", "DELETE /agents/limits", "", ""},
	{"Agent", "200", "POST /agent-files/upload", "file", "AgentFile"},
	{"Agent", "200", "PUT /agent-files/{AgentFile}/add-to-vector-store", "", ""},
	{"Agent", "200", "GET /agent-files/by-api-key", "", "[]AgentFile"},
	{"Agent", "200", "DELETE /agent-files/{AgentFile}/delete-from-vector-store", "", ""},
	{"Agent", "200", "PUT /agent-files/{AgentFile}/add-to-vector-store/async", "", ""},
	{"Agent", "200", "DELETE /agent-files/{AgentFile}/delete", "", ""},
	{"Agent", "200", "DELETE /agent-files", `{"fileIds":["{AgentFile}"]}`, ""},
	{"Agent", "201", "POST /resource-usage", `{"type":"OPENAI_TOKENS","amount":1}`, ""},
	{"Organization", "200", "GET /agent-roles/by-api-key", "", "[]Role"},
	{"Organization", "200", "GET /platform-users", "", "[]Staff"},
	{"Super-Admin", "201", "POST /organizations", `{"name":"N","users":[],"licenseKey":"k"}`, "Organization"},
	{"Super-Admin", "200", "GET /subscriptions", "", "[]Subscription"},
	{"Agent", "204", "DELETE /conversations", `{"conversationUserId":"{User}"}`, ""},
	{"Agent", "204", "DELETE /users/{User}", "", ""},
}

const (
	limitsBody = `{"tokensAmountPerMonth":1,"smsAmountPerMonth":2,"emailsAmountPerMonth":3,"secondsAmountPerMonth":4}`
	uploadBody = `{"fileName":"a.txt","contentType":"text/plain"}`
)

// remember keeps the ids of a response for later operations.
func remember(known map[string]string, kind string, v any) {
	if list, ok := v.([]any); ok && len(list) > 0 {
		v = list[0]
	}
	o, _ := v.(map[string]any)
	for _, member := range []string{"storagePath", "promptId", "id"} {
		if id, ok := o[member].(string); ok {
			known[strings.TrimPrefix(kind, "[]")] = id
			return
		}
	}
}

// TestResponses_AreWhatTheReferenceSays calls all 51 operations and holds each response to its schema.
func TestResponses_AreWhatTheReferenceSays(t *testing.T) {
	server, _ := start(t)
	web := &http.Client{Transport: &http.Transport{}}
	t.Cleanup(web.CloseIdleConnections)
	keys := map[string]string{
		"Agent": raiatest.AgentKey, "Organization": raiatest.OrganizationKey, "Super-Admin": raiatest.SuperAdminKey,
	}
	known, called := map[string]string{}, map[string]bool{}
	fill := func(text string) string {
		for kind, id := range known {
			text = strings.ReplaceAll(text, "{"+kind+"}", id)
		}
		return text
	}
	put := func(url string) {
		req := must[*http.Request](t)(
			http.NewRequestWithContext(t.Context(), http.MethodPut, url, strings.NewReader("x")),
		)
		require.NoError(t, must[*http.Response](t)(web.Do(req)).Body.Close())
	}
	for _, operation := range operations {
		key, status, name, body, kind := operation[0], operation[1], operation[2], fill(operation[3]), operation[4]
		method, path, _ := strings.Cut(name, " ")
		path = strings.ReplaceAll(fill(path), known["Upload"]+"/signed",
			strings.ReplaceAll(known["Upload"], "/", "%2F")+"/signed")
		content := "application/json"
		if body == "file" {
			body, content = fileForm(t)
		}
		req := must[*http.Request](t)(
			http.NewRequestWithContext(t.Context(), method, server.Config().BaseURL+path, strings.NewReader(body)),
		)
		req.Header.Set(key+"-Secret-Key", keys[key])
		if body != "" {
			req.Header.Set("Content-Type", content)
		}
		resp := must[*http.Response](t)(web.Do(req))
		got := must[[]byte](t)(io.ReadAll(resp.Body))
		require.NoError(t, resp.Body.Close())
		require.Equal(t, status, fmt.Sprint(resp.StatusCode), "%s: %s", name, got)
		template, _, _ := strings.Cut(name, "?")
		called[template] = true
		if kind == "" {
			assert.Empty(t, got, name)
			continue
		}
		var v any
		require.NoError(t, json.Unmarshal(got, &v), name)
		assert.Empty(t, check(kind, kind, v), name)
		remember(known, kind, v)
		if o, ok := v.(map[string]any); ok && o["storagePath"] != nil {
			put(o["signedUrl"].(string))
		}
	}
	assert.Len(t, called, 51, "%v", slices.Sorted(maps.Keys(called)))
}

func fileForm(t *testing.T) (body, contentType string) {
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	part, err := form.CreateFormFile("file", "a.txt")
	require.NoError(t, err)
	_, _ = part.Write([]byte("content"))
	require.NoError(t, form.Close())
	return b.String(), form.FormDataContentType()
}

func TestCheck_NoticesWhatIsWrong(t *testing.T) {
	for text, want := range map[string]string{
		`{}`:                     "Role.id is missing",
		`{"id":1}`:               "Role.id is no string: 1",
		`{"id":"a","more":true}`: "Role.more is in no schema",
		`[]`:                     "Role is no object, or its schema is unknown: []",
	} {
		var v any
		require.NoError(t, json.Unmarshal([]byte(text), &v))
		assert.Contains(t, check("Role", "Role", v), want)
	}
	assert.NotEmpty(t, check("x", "time", "yesterday"))
	assert.NotEmpty(t, check("x", "[]string", "no list"))
	assert.Empty(t, check("x", "time?", nil))
}
