package raia

import "github.com/seed-127a5941/parley"

// MonthlyLimits is what may be used in a month. All four figures are sent, a 0 as 0; the vendor does not say whether 0
// means nothing or no limit.
type MonthlyLimits struct {
	Tokens  int64 `json:"tokensAmountPerMonth"`  // of language models
	SMS     int64 `json:"smsAmountPerMonth"`     // text messages
	Emails  int64 `json:"emailsAmountPerMonth"`  // e-mails
	Seconds int64 `json:"secondsAmountPerMonth"` // of phone calls
}

// UserLimits is what a user may use in a month. What the API answers when a limit is reached is not documented.
type UserLimits struct {
	MonthlyLimits                    // the figures
	ID                    string     `json:"id"`
	ConversationUserID    string     `json:"conversationUserId"`
	IsOrganizationDefault bool       `json:"isOrganizationDefault"` // the figures are the organization's default
	Raw                   parley.Raw `json:"-"`                     // the reply as sent
}

func (l *UserLimits) afterDecode(raw parley.Raw) error {
	l.Raw = raw
	return requireMember("id", l.ID)
}

// AgentLimits is what an agent may use in a month. What the API answers when a limit is reached is not documented.
type AgentLimits struct {
	MonthlyLimits                    // the figures
	ID                    string     `json:"id"`
	AgentID               string     `json:"agentId"`
	IsOrganizationDefault bool       `json:"isOrganizationDefault"` // the figures are the organization's default
	Raw                   parley.Raw `json:"-"`                     // the reply as sent
}

func (l *AgentLimits) afterDecode(raw parley.Raw) error {
	l.Raw = raw
	return requireMember("id", l.ID)
}

// UpdateAgentLimitsParams says which limits of an agent to change; nil leaves one as it is.
type UpdateAgentLimitsParams struct {
	Tokens  *int64 `json:"tokensAmountPerMonth,omitzero"`  // of language models
	SMS     *int64 `json:"smsAmountPerMonth,omitzero"`     // text messages
	Emails  *int64 `json:"emailsAmountPerMonth,omitzero"`  // e-mails
	Seconds *int64 `json:"secondsAmountPerMonth,omitzero"` // of phone calls
}

// AgentUsage is what an agent used so far, in the current month presumably. The amounts may have fractions: usage can be
// logged so.
type AgentUsage struct {
	Tokens  float64    `json:"tokensAmount"`  // of language models
	SMS     float64    `json:"smsAmount"`     // text messages
	Emails  float64    `json:"emailsAmount"`  // e-mails
	Seconds float64    `json:"secondsAmount"` // of phone calls
	Raw     parley.Raw `json:"-"`             // the reply as sent
}

func (u *AgentUsage) afterDecode(raw parley.Raw) error {
	u.Raw = raw
	return requireAnyMember(raw, "tokensAmount", "smsAmount", "emailsAmount", "secondsAmount")
}
