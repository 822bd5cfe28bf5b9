package raia

import (
	"encoding/json"
	"go/ast"
	"go/token"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func attachment(without string) []FileAttachment {
	file := FileAttachment{"f", "s"}
	drop(without, "files.fileName", &file.FileName)
	drop(without, "files.storagePath", &file.StoragePath)
	return []FileAttachment{file}
}

func uploadURL(without string) UploadURLParams {
	p := UploadURLParams{"f", "image/png"}
	drop(without, "fileName", &p.FileName)
	drop(without, "contentType", &p.ContentType)
	return p
}

func prompt(without string) PromptParams {
	p := PromptParams{"p", "t", attachment(without)}
	drop(without, "prompt", &p.Prompt)
	return p
}

// member is one field of a request.
type member struct {
	name     string
	required bool
	values   []string
}

func (r request) members() (members []member) {
	for _, text := range strings.Fields(r.fields) {
		name, values, _ := strings.Cut(text, ":")
		m := member{name: strings.TrimSuffix(name, "!"), required: strings.HasSuffix(name, "!")}
		if values != "" {
			m.values = strings.Split(values, "|")
		}
		members = append(members, m)
	}
	return members
}

// sent returns the members of a body, those of lists with the list's name and a dot before them.
func sent(t *testing.T, body []byte) map[string]any {
	var object map[string]any
	require.NoError(t, json.Unmarshal(body, &object))
	for name, value := range maps.Clone(object) {
		list, _ := value.([]any)
		for _, item := range list {
			if inner, ok := item.(map[string]any); ok {
				delete(object, name)
				for innerName, innerValue := range inner {
					object[name+"."+innerName] = innerValue
				}
			}
		}
	}
	return object
}

func TestRequests_HoldWhatTheVendorsTablesSay(t *testing.T) {
	for _, r := range requests {
		t.Run(r.name, func(t *testing.T) {
			server := stub(
				t, 200,
				`{"id":"1","conversationId":"1","promptId":"1","signedUrl":"u","storagePath":"p",`+
					`"status":"completed","response":"r"}`,
			)
			require.NoError(t, r.send(t.Context(), client(t, server), ""))
			body := sent(t, server.Requests()[0].Body)
			var names []string
			for _, m := range r.members() {
				names = append(names, m.name)
				if m.values != nil {
					assert.Contains(t, m.values, body[m.name])
				}
			}
			assert.ElementsMatch(t, names, slices.Collect(maps.Keys(body)),
				"all fields and no others, zero values included")
		})
	}
}

// TestEnums_AreTheVendors compares the constants of each open string type with the vendor's list.
func TestEnums_AreTheVendors(t *testing.T) {
	want := map[string]string{
		"Model": "gpt-4.1 gpt-4.1-nano gpt-4.1-mini gpt-3.5-turbo o3-mini gpt-5-nano gpt-5 gpt-5-mini gpt-5.1 " +
			"gpt-5.2 gpt-5.4 " +
			"gpt-5.4-mini gpt-5.4-nano gpt-5.5 gpt-5.6 gpt-5.6-terra gpt-5.6-luna",
		"ReasoningEffort":    "low medium high xhigh minimal none max",
		"ReasoningMode":      "standard pro",
		"AgentStatus":        "active inactive draft",
		"SkillStatus":        "active inactive",
		"OrderBy":            "createdAt updatedAt",
		"OrderDirection":     "ASC DESC",
		"ConversationStatus": "active inactive archived",
		"ConversationMode":   "manual ai",
		"MessageSource":      "email sms live_chat copilot api voice ms_teams",
		"SenderRole":         "conversation_user assistant manual_assistant",
		"VoteType":           "up down",
		"AsyncStatus":        "pending completed failed",
		"WebhookTrigger": "each_message end_dialog start_dialog chat_currently_unavailable auto_archive_conversation " +
			"manual",
		"ResourceType":           "OPENAI_TOKENS VAPI_SECONDS",
		"VectorStoreStatus":      "processing done failed",
		"PlatformUserRole":       "owner admin user copilot_user copilot_agent_user copilot_admin",
		"OrganizationStatus":     "active pending archived blocked",
		"SubscriptionVisibility": "public private",
		"SubscriptionStatus":     "active inactive",
		"ErrorCode":              "BAD_REQUEST FORBIDDEN_ERROR ENTITY_NOT_FOUND_ERROR",
		"SkillName": "LIVE_CHAT SMS EMAIL WEBHOOK FUNCTION SCORING API VOICE MEMORY AGENT_REPORT SCRAPING " +
			"NOTIFICATIONS " +
			"EXTERNAL_RETRIEVERS WEB_SEARCH FEEDBACK ESCALATION CALENDAR AUDITOR COPILOT MCP ENHANCED_PROMPTING " +
			"DATA_RETENTION " +
			"ORCHESTRATOR MS_TEAMS MESSAGE_QUOTA",
	}
	got := constants(t)
	assert.ElementsMatch(t, slices.Collect(maps.Keys(want)), slices.Collect(maps.Keys(got)))
	for name, values := range want {
		assert.ElementsMatch(t, strings.Fields(values), got[name], name)
	}
}

// constants returns the values of the exported constants of each string type.
func constants(t *testing.T) map[string][]string {
	found := map[string][]string{}
	for _, file := range parse(t) {
		ast.Inspect(file, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok || len(spec.Values) != 1 || !spec.Names[0].IsExported() {
				return true
			}
			literal, ok := spec.Values[0].(*ast.BasicLit)
			name, typed := spec.Type.(*ast.Ident)
			if ok && typed && literal.Kind == token.STRING {
				value, err := strconv.Unquote(literal.Value)
				require.NoError(t, err)
				found[name.Name] = append(found[name.Name], value)
			}
			return true
		})
	}
	return found
}
