package raia

import (
	"encoding/json"
	"fmt"
	"log/slog"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/lenient"
	"github.com/seed-127a5941/parley/internal/redact"
)

// SkillName is the name of a kind of skill.
type SkillName string

// These are the skills. The vendor does not declare the fields of each. The types below follow the names of the skills.
const (
	SkillNameLiveChat           SkillName = "LIVE_CHAT"
	SkillNameSMS                SkillName = "SMS"
	SkillNameEmail              SkillName = "EMAIL"
	SkillNameWebhook            SkillName = "WEBHOOK"
	SkillNameFunction           SkillName = "FUNCTION"
	SkillNameScoring            SkillName = "SCORING"
	SkillNameAPI                SkillName = "API"
	SkillNameVoice              SkillName = "VOICE"
	SkillNameMemory             SkillName = "MEMORY"
	SkillNameAgentReport        SkillName = "AGENT_REPORT"
	SkillNameScraping           SkillName = "SCRAPING"
	SkillNameNotifications      SkillName = "NOTIFICATIONS"
	SkillNameExternalRetrievers SkillName = "EXTERNAL_RETRIEVERS"
	SkillNameWebSearch          SkillName = "WEB_SEARCH"
	SkillNameFeedback           SkillName = "FEEDBACK"
	SkillNameEscalation         SkillName = "ESCALATION"
	SkillNameCalendar           SkillName = "CALENDAR"
	SkillNameAuditor            SkillName = "AUDITOR"
	SkillNameCopilot            SkillName = "COPILOT"
	SkillNameMCP                SkillName = "MCP"
	SkillNameEnhancedPrompting  SkillName = "ENHANCED_PROMPTING"
	SkillNameDataRetention      SkillName = "DATA_RETENTION"
	SkillNameOrchestrator       SkillName = "ORCHESTRATOR"
	SkillNameMSTeams            SkillName = "MS_TEAMS"
	SkillNameMessageQuota       SkillName = "MESSAGE_QUOTA"
)

// SkillStatus is the status of a skill, a webhook or a retriever.
type SkillStatus string

// These are the statuses.
const (
	SkillStatusActive   SkillStatus = "active"
	SkillStatusInactive SkillStatus = "inactive"
)

// Skill is an ability of an agent: a *LiveChatSkill, *SMSSkill, *EmailSkill, *WebhookSkill, *ScoringSkill, *APISkill,
// *VoiceSkill, *MemorySkill, *ReportSkill, *ScrapingSkill, *RetrieversSkill, *WebSearchSkill, *FeedbackSkill,
// *EscalationSkill, *CalendarSkill or, for all others, an *OtherSkill.
type Skill interface {
	// Info returns the name and the status.
	Info() SkillInfo
	skill()
}

// SkillInfo holds the fields that all skills have.
type SkillInfo struct {
	SystemName SkillName   `json:"systemName"` // the name of the kind
	Status     SkillStatus `json:"status"`
}

// Info returns the name and the status.
func (s SkillInfo) Info() SkillInfo { return s }

func (SkillInfo) skill() {}

// OtherSkill is a skill without a type of its own. Either the vendor documents only its name and status, or this
// package does not know its name, or its fields do not fit the name. It can hold keys, so printing and logging it shows
// only name and status.
type OtherSkill struct {
	SkillInfo            // name and status
	Raw       parley.Raw `json:"-"` // as received
}

// Format prints only name and status, for every verb.
func (s OtherSkill) Format(state fmt.State, verb rune) { redact.Format(state, verb, s.text()) }

// LogValue logs the text that Format prints.
func (s OtherSkill) LogValue() slog.Value { return slog.StringValue(s.text()) }

func (s OtherSkill) text() string {
	return "raia.OtherSkill{SystemName: " + string(s.SystemName) + ", Status: " + string(s.Status) + "}"
}

// Skills are the skills of an agent.
type Skills []Skill

// UnmarshalJSON decodes each skill by its name. A skill that cannot be decoded so becomes an *OtherSkill.
func (s *Skills) UnmarshalJSON(data []byte) error {
	var list []json.RawMessage
	if err := lenient.Unmarshal(data, &list); err != nil {
		return err
	}
	*s = nil
	for _, raw := range list {
		*s = append(*s, decodeSkill(raw))
	}
	return nil
}

func decodeSkill(raw []byte) Skill {
	name, _ := lenient.Text(memberOf(raw, "systemName"))
	if skill := newSkill(SkillName(name)); skill != nil && lenient.Unmarshal(raw, skill) == nil {
		return skill
	}
	other := &OtherSkill{Raw: raw}
	_ = lenient.Unmarshal(raw, other)
	return other
}

func newSkill(name SkillName) Skill {
	switch name {
	case SkillNameLiveChat:
		return &LiveChatSkill{}
	case SkillNameSMS:
		return &SMSSkill{}
	case SkillNameEmail:
		return &EmailSkill{}
	case SkillNameWebhook:
		return &WebhookSkill{}
	case SkillNameScoring:
		return &ScoringSkill{}
	case SkillNameAPI:
		return &APISkill{}
	case SkillNameVoice:
		return &VoiceSkill{}
	case SkillNameMemory:
		return &MemorySkill{}
	case SkillNameAgentReport:
		return &ReportSkill{}
	case SkillNameScraping:
		return &ScrapingSkill{}
	case SkillNameExternalRetrievers:
		return &RetrieversSkill{}
	case SkillNameWebSearch:
		return &WebSearchSkill{}
	case SkillNameFeedback:
		return &FeedbackSkill{}
	case SkillNameEscalation:
		return &EscalationSkill{}
	case SkillNameCalendar:
		return &CalendarSkill{}
	}
	return nil
}
