package raia

import "github.com/seed-127a5941/parley"

// MonthlyLimits are the limits of a month. All four figures are sent, even if they are zero. The vendor does not say
// whether zero forbids the usage or removes the limit.
type MonthlyLimits struct {
	Tokens  int64 `json:"tokensAmountPerMonth"`  // of language models
	SMS     int64 `json:"smsAmountPerMonth"`     // text messages
	Emails  int64 `json:"emailsAmountPerMonth"`  // e-mails
	Seconds int64 `json:"secondsAmountPerMonth"` // of phone calls
}

// UserLimits are the monthly limits of a user. The vendor does not document the response to a call beyond a limit.
type UserLimits struct {
	MonthlyLimits                    // the figures
	ID                    string     `json:"id"`
	ConversationUserID    string     `json:"conversationUserId"`
	IsOrganizationDefault bool       `json:"isOrganizationDefault"` // the figures are the organization's default
	Raw                   parley.Raw `json:"-"`                     // the response as received
}

func (l *UserLimits) afterDecode(raw parley.Raw) error {
	l.Raw = raw
	return requireMember("id", l.ID)
}

// AgentLimits are the monthly limits of an agent. The vendor does not document the response to a call beyond a limit.
type AgentLimits struct {
	MonthlyLimits                    // the figures
	ID                    string     `json:"id"`
	AgentID               string     `json:"agentId"`
	IsOrganizationDefault bool       `json:"isOrganizationDefault"` // the figures are the organization's default
	Raw                   parley.Raw `json:"-"`                     // the response as received
}

func (l *AgentLimits) afterDecode(raw parley.Raw) error {
	l.Raw = raw
	return requireMember("id", l.ID)
}

// UpdateAgentLimitsParams changes limits of an agent. A nil limit stays as it is.
type UpdateAgentLimitsParams struct {
	Tokens  *int64 `json:"tokensAmountPerMonth,omitzero"`  // of language models
	SMS     *int64 `json:"smsAmountPerMonth,omitzero"`     // text messages
	Emails  *int64 `json:"emailsAmountPerMonth,omitzero"`  // e-mails
	Seconds *int64 `json:"secondsAmountPerMonth,omitzero"` // of phone calls
}

// AgentUsage is the usage of an agent so far, presumably in the current month. The amounts may have fractions,
// because usage can be logged so.
type AgentUsage struct {
	Tokens  float64    `json:"tokensAmount"`  // of language models
	SMS     float64    `json:"smsAmount"`     // text messages
	Emails  float64    `json:"emailsAmount"`  // e-mails
	Seconds float64    `json:"secondsAmount"` // of phone calls
	Raw     parley.Raw `json:"-"`             // the response as received
}

func (u *AgentUsage) afterDecode(raw parley.Raw) error {
	u.Raw = raw
	return requireAnyMember(raw, "tokensAmount", "smsAmount", "emailsAmount", "secondsAmount")
}
