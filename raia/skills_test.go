package raia

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func skillsOf(t *testing.T, list string) Skills {
	return currentAgentFrom(t, `{"id":"a1","skills":`+list+`}`).Skills
}

func TestSkills_ByName(t *testing.T) {
	for name, want := range map[SkillName]Skill{
		SkillNameLiveChat: &LiveChatSkill{}, SkillNameSMS: &SMSSkill{}, SkillNameEmail: &EmailSkill{},
		SkillNameWebhook: &WebhookSkill{}, SkillNameScoring: &ScoringSkill{}, SkillNameAPI: &APISkill{},
		SkillNameVoice: &VoiceSkill{}, SkillNameMemory: &MemorySkill{}, SkillNameAgentReport: &ReportSkill{},
		SkillNameScraping: &ScrapingSkill{}, SkillNameExternalRetrievers: &RetrieversSkill{},
		SkillNameWebSearch: &WebSearchSkill{}, SkillNameFeedback: &FeedbackSkill{},
		SkillNameEscalation: &EscalationSkill{},
		SkillNameCalendar:   &CalendarSkill{},
		SkillNameFunction:   &OtherSkill{}, SkillNameNotifications: &OtherSkill{}, SkillNameAuditor: &OtherSkill{},
		SkillNameCopilot: &OtherSkill{}, SkillNameMCP: &OtherSkill{}, SkillNameEnhancedPrompting: &OtherSkill{},
		SkillNameDataRetention: &OtherSkill{}, SkillNameOrchestrator: &OtherSkill{}, SkillNameMSTeams: &OtherSkill{},
		SkillNameMessageQuota: &OtherSkill{}, "LATER": &OtherSkill{},
	} {
		skills := skillsOf(t, `[{"systemName":"`+string(name)+`","status":"inactive","new":1}]`)
		require.Len(t, skills, 1)
		assert.IsType(t, want, skills[0])
		assert.Equal(t, SkillInfo{name, SkillStatusInactive}, skills[0].Info())
	}
}

func TestSkills_KeepWhatCannotBeDecoded(t *testing.T) {
	skills := skillsOf(
		t,
		`[{"systemName":"VOICE","status":"active","vApiAssistantId":{"other":"type"}},7,null,{"systemName":"LATER",`+
			`"a":[1, 2]}]`,
	)
	require.Len(t, skills, 4)
	for i, raw := range []string{
		`{"systemName":"VOICE","status":"active","vApiAssistantId":{"other":"type"}}`, `7`, `null`,
		`{"systemName":"LATER","a":[1, 2]}`,
	} {
		other, ok := skills[i].(*OtherSkill)
		require.True(t, ok)
		assert.Equal(t, raw, string(other.Raw))
	}
	assert.Equal(t, SkillNameVoice, skills[0].Info().SystemName)
	require.Error(t, json.Unmarshal([]byte(`{}`), &Skills{}))
}

func TestSkills_Fields(t *testing.T) {
	skills := skillsOf(t, `[
		{"systemName":"LIVE_CHAT","status":"active","color":"#5D6169","widgetButtonConfig":{"mode":"automatic",`+
		`"size":"56px",
			"lightThemeConfig":{"backgroundColor":"b","textColor":"t"},"proactiveBubble":{"message":"m",`+
		`"delaySeconds":5}},"links":["l"],
			"unavailableDates":["2026-01-01"],"limitUnavailableDates":true},
		{"systemName":"SMS","phoneNumber":"+1","defaultSmsIntroduction":"Welcome","smsSignature":{"a":1}},
		{"systemName":"WEBHOOK","name":"n","webhooks":[{"status":"active","url":"u","triggerCondition":"end_dialog",`+
		`"headers":{"A":"b"}}]},
		{"systemName":"SCRAPING","scrapingConfigs":[{"url":"u","startCrawledAt":null,`+
		`"endCrawledAt":"2024-03-20T12:00:00Z","excludeUrls":null,"pageLimit":5}]},
		{"systemName":"EXTERNAL_RETRIEVERS","externalRetrievers":[{"name":"r","type":"pinecone",`+
		`"config":{"apiKey":"k","topK":3}}]},
		{"systemName":"ESCALATION","escalations":[{"topic":"t","recipients":[{"channel":"sms","value":"+1"}]}]},
		{"systemName":"CALENDAR","config":{"type":"cal","apiKey":"k","prompt":"p"}}]`)
	chat := skills[0].(*LiveChatSkill)
	assert.Equal(t, "56px", chat.WidgetButton.Size)
	assert.Equal(t, LiveChatButtonTheme{"b", "t"}, chat.WidgetButton.LightTheme)
	assert.InDelta(t, 5, chat.WidgetButton.ProactiveBubble.DelaySeconds, 0)
	assert.True(t, chat.LimitUnavailableDates)
	assert.Equal(t, "Welcome", skills[1].(*SMSSkill).DefaultIntroduction)
	assert.Equal(t, map[string]any{"a": 1.0}, skills[1].(*SMSSkill).Signature)
	webhook := skills[2].(*WebhookSkill).Webhooks[0]
	assert.Equal(t, WebhookTriggerEndDialog, webhook.Trigger)
	assert.Equal(t, "b", webhook.Headers["A"].Value())
	assert.Equal(t, 2024, skills[3].(*ScrapingSkill).Configs[0].EndCrawledAt.Year())
	assert.Equal(t, "k", skills[4].(*RetrieversSkill).Retrievers[0].Config.APIKey.Value())
	assert.Equal(t, "+1", skills[5].(*EscalationSkill).Escalations[0].Recipients[0].Value)
	assert.Equal(t, "k", skills[6].(*CalendarSkill).Config.APIKey.Value())
}
