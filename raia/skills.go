package raia

import (
	"encoding/json"
	"fmt"
	"log/slog"

	"github.com/seed-127a5941/parley/internal/apierr"
)

// SkillName says which skill it is.
type SkillName string

// The skills. The vendor does not declare which of them has which fields: the types below follow their names.
const (
	SkillLiveChat           SkillName = "LIVE_CHAT"
	SkillSMS                SkillName = "SMS"
	SkillEmail              SkillName = "EMAIL"
	SkillWebhook            SkillName = "WEBHOOK"
	SkillFunction           SkillName = "FUNCTION"
	SkillScoring            SkillName = "SCORING"
	SkillAPI                SkillName = "API"
	SkillVoice              SkillName = "VOICE"
	SkillMemory             SkillName = "MEMORY"
	SkillAgentReport        SkillName = "AGENT_REPORT"
	SkillScraping           SkillName = "SCRAPING"
	SkillNotifications      SkillName = "NOTIFICATIONS"
	SkillExternalRetrievers SkillName = "EXTERNAL_RETRIEVERS"
	SkillWebSearch          SkillName = "WEB_SEARCH"
	SkillFeedback           SkillName = "FEEDBACK"
	SkillEscalation         SkillName = "ESCALATION"
	SkillCalendar           SkillName = "CALENDAR"
	SkillAuditor            SkillName = "AUDITOR"
	SkillCopilot            SkillName = "COPILOT"
	SkillMCP                SkillName = "MCP"
	SkillEnhancedPrompting  SkillName = "ENHANCED_PROMPTING"
	SkillDataRetention      SkillName = "DATA_RETENTION"
	SkillOrchestrator       SkillName = "ORCHESTRATOR"
	SkillMSTeams            SkillName = "MS_TEAMS"
	SkillMessageQuota       SkillName = "MESSAGE_QUOTA"
)

// SkillStatus is the status of a skill, a webhook or a retriever.
type SkillStatus string

// The statuses.
const (
	SkillActive   SkillStatus = "active"
	SkillInactive SkillStatus = "inactive"
)

// Skill is what an agent can do: a *LiveChatSkill, *SMSSkill, *EmailSkill, *WebhookSkill, *ScoringSkill, *APISkill,
// *VoiceSkill, *MemorySkill, *ReportSkill, *ScrapingSkill, *RetrieversSkill, *WebSearchSkill, *FeedbackSkill,
// *EscalationSkill, *CalendarSkill or, for all others, an *OtherSkill.
type Skill interface {
	// Info returns the name and the status.
	Info() SkillInfo
	skill()
}

// SkillInfo is what all skills have.
type SkillInfo struct {
	SystemName SkillName   `json:"systemName"` // which skill it is
	Status     SkillStatus `json:"status"`
}

// Info returns the name and the status.
func (s SkillInfo) Info() SkillInfo { return s }

func (SkillInfo) skill() {}

// OtherSkill is a skill of which the vendor documents no more than name and status, that this package does not know, or
// whose fields are not what its name says. It can hold keys: printing and logging it shows name and status only.
type OtherSkill struct {
	SkillInfo                 // name and status
	Raw       json.RawMessage `json:"-"` // as sent
}

// Format prints name and status, whatever the verb.
func (s OtherSkill) Format(state fmt.State, verb rune) { apierr.Format(state, verb, s.text()) }

// LogValue logs what Format prints.
func (s OtherSkill) LogValue() slog.Value { return slog.StringValue(s.text()) }

func (s OtherSkill) text() string {
	return "raia.OtherSkill{SystemName: " + string(s.SystemName) + ", Status: " + string(s.Status) + "}"
}

// Skills are the skills of an agent.
type Skills []Skill

// UnmarshalJSON decodes each skill by its name, and keeps what it cannot decode so as an *OtherSkill.
func (s *Skills) UnmarshalJSON(data []byte) error {
	var list []json.RawMessage
	if err := json.Unmarshal(data, &list); err != nil {
		return err
	}
	*s = nil
	for _, raw := range list {
		*s = append(*s, decodeSkill(raw))
	}
	return nil
}

func decodeSkill(raw json.RawMessage) Skill {
	other := &OtherSkill{Raw: raw}
	_ = json.Unmarshal(raw, other)
	skill := newSkill(other.SystemName)
	if skill == nil || json.Unmarshal(raw, skill) != nil {
		return other
	}
	return skill
}

func newSkill(name SkillName) Skill {
	switch name {
	case SkillLiveChat:
		return &LiveChatSkill{}
	case SkillSMS:
		return &SMSSkill{}
	case SkillEmail:
		return &EmailSkill{}
	case SkillWebhook:
		return &WebhookSkill{}
	case SkillScoring:
		return &ScoringSkill{}
	case SkillAPI:
		return &APISkill{}
	case SkillVoice:
		return &VoiceSkill{}
	case SkillMemory:
		return &MemorySkill{}
	case SkillAgentReport:
		return &ReportSkill{}
	case SkillScraping:
		return &ScrapingSkill{}
	case SkillExternalRetrievers:
		return &RetrieversSkill{}
	case SkillWebSearch:
		return &WebSearchSkill{}
	case SkillFeedback:
		return &FeedbackSkill{}
	case SkillEscalation:
		return &EscalationSkill{}
	case SkillCalendar:
		return &CalendarSkill{}
	}
	return nil
}
