package raia

// LiveChatSkill is the chat on a web site.
type LiveChatSkill struct {
	SkillInfo                               // name and status
	Color                   string          `json:"color"`
	WidgetButton            *LiveChatButton `json:"widgetButtonConfig"` // nil if it was not sent
	TitleLine1              string          `json:"titleLine1"`
	TitleLine2              string          `json:"titleLine2"`
	Intro                   string          `json:"intro"` // the same as TitleLine2, for older clients
	Links                   []string        `json:"links"`
	Disclaimer              string          `json:"disclaimer"`
	ChatFooterContent       string          `json:"chatFooterContent"` // Markdown
	Suggestions             []string        `json:"suggestions"`
	WhitelistedIPs          []string        `json:"whitelistedIps"`
	RestrictedCountries     []string        `json:"restrictedCountries"` // two letters each
	LimitUnavailableDates   bool            `json:"limitUnavailableDates"`
	UnavailableDates        []string        `json:"unavailableDates"` // "2026-01-01"
	UnavailableDatesMessage string          `json:"unavailableDatesMessage"`
}

// LiveChatButton is the button that opens the chat.
type LiveChatButton struct {
	Mode                    string              `json:"mode"`          // automatic, on_hover
	Type                    string              `json:"type"`          // icon_only, text_only, icon_and_text
	BorderRadius            string              `json:"borderRadius"`  // "0px", "8px", "100%"
	Size                    string              `json:"size"`          // "56px"
	SelectedTheme           string              `json:"selectedTheme"` // light, dark or system, may be empty
	LightTheme              LiveChatButtonTheme `json:"lightThemeConfig"`
	DarkTheme               LiveChatButtonTheme `json:"darkThemeConfig"`
	LauncherAttentionEffect string              `json:"launcherAttentionEffect"` // "none" or "pulse"
	LauncherTheme           string              `json:"launcherTheme"`           // default, solid, gradient, ...
	LogoFit                 string              `json:"logoFit"`                 // cover, contain
	LauncherTeaser          string              `json:"launcherTeaser"`          // "suggestions", "proactive" or "none"
	ProactiveBubble         *LiveChatBubble     `json:"proactiveBubble"`         // may be nil
}

// LiveChatButtonTheme holds the colors of the button.
type LiveChatButtonTheme struct {
	BackgroundColor string `json:"backgroundColor"` // CSS colours
	TextColor       string `json:"textColor"`
}

// LiveChatBubble is a message that appears by itself.
type LiveChatBubble struct {
	Message      string  `json:"message"`      // its text
	DelaySeconds float64 `json:"delaySeconds"` // 0 to 3600
}

// SMSSkill answers text messages.
type SMSSkill struct {
	SkillInfo                  // name and status
	PhoneNumber         string `json:"phoneNumber"`
	DefaultIntroduction any    `json:"defaultSmsIntroduction"` // declared an object, but shown as a string, may be nil
	Signature           any    `json:"smsSignature"`           // declared an object, but shown as a string, may be nil
}

// EmailSkill answers e-mails.
type EmailSkill struct {
	SkillInfo                  // name and status
	Email               string `json:"email"`
	SenderName          string `json:"senderName"`
	DefaultSubject      string `json:"defaultSubject"`
	DefaultIntroduction string `json:"defaultEmailIntroduction"`
	Signature           string `json:"emailSignature"`
}

// WebhookSkill calls webhooks.
type WebhookSkill struct {
	SkillInfo                   // name and status
	Name        string          `json:"name"`
	Description string          `json:"description"`
	Webhooks    []WebhookConfig `json:"webhooks"`
}

// WebhookConfig is a webhook of the skill.
type WebhookConfig struct {
	Status      SkillStatus       `json:"status"` // active ones are called
	Title       string            `json:"title"`
	Description string            `json:"description"`
	URL         string            `json:"url"`
	Trigger     WebhookTrigger    `json:"triggerCondition"`
	Headers     map[string]Secret `json:"headers"` // of each delivery, may be nil
}

// ScoringSkill scores conversations.
type ScoringSkill struct {
	SkillInfo        // name and status
	Prompt    string `json:"scoringPrompt"` // may be empty
}

// APISkill gives access to this API.
type APISkill struct {
	SkillInfo        // name and status
	APIKey    Secret `json:"apiKey"` // can be used as Config.AgentKey
}

// VoiceSkill answers phone calls.
type VoiceSkill struct {
	SkillInfo                // name and status
	VapiAssistantID   string `json:"vApiAssistantId"`
	VapiPhoneNumberID string `json:"vApiPhoneNumberId"`
}

// MemorySkill remembers facts.
type MemorySkill struct {
	SkillInfo                 // name and status
	Type              string  `json:"type"`              // BY_USER, BY_AGENT
	RetentionDuration float64 `json:"retentionDuration"` // in a unit that is not documented
}

// ReportSkill reports by e-mail.
type ReportSkill struct {
	SkillInfo          // name and status
	Frequency string   `json:"frequency"` // DAILY, WEEKLY, MONTHLY
	Emails    []string `json:"emails"`
}

// ScrapingSkill reads web sites.
type ScrapingSkill struct {
	SkillInfo                  // name and status
	Configs   []ScrapingConfig `json:"scrapingConfigs"`
}

// ScrapingConfig says how a web site is read.
type ScrapingConfig struct {
	URL            string   `json:"url"`            // of the web site
	StartCrawledAt Time     `json:"startCrawledAt"` // zero before that
	EndCrawledAt   Time     `json:"endCrawledAt"`   // zero before that
	CrawlerType    string   `json:"crawlerType"`    // FIRECRAWL, APIFY
	CrawlFormat    string   `json:"crawlFormat"`    // JSON, MARKDOWN, HTML, CONTENT
	ExcludeURLs    []string `json:"excludeUrls"`    // may be nil
	PageLimit      float64  `json:"pageLimit"`
	MaxDepth       float64  `json:"maxDepth"`
	Frequency      string   `json:"frequency"` // manual, daily, weekly, monthly
	AutoUpload     bool     `json:"autoUpload"`
	CrawlingStatus string   `json:"crawlingStatus"` // not_started, in_progress, completed, failed, canceled
}

// RetrieversSkill queries other vector stores.
type RetrieversSkill struct {
	SkillInfo              // name and status
	Retrievers []Retriever `json:"externalRetrievers"`
}

// Retriever is another vector store.
type Retriever struct {
	Name   string          `json:"name"` // chosen by the organization
	Type   string          `json:"type"` // pinecone
	Status SkillStatus     `json:"status"`
	Config RetrieverConfig `json:"config"`
}

// RetrieverConfig says how to query another vector store.
type RetrieverConfig struct {
	APIKey     Secret  `json:"apiKey"` // of the other vendor
	IndexName  string  `json:"indexName"`
	Host       string  `json:"host"`
	FieldName  string  `json:"fieldName"`
	Namespace  string  `json:"namespace"`
	TopK       float64 `json:"topK"`
	IsEmbedded bool    `json:"isEmbedded"`
	Dimensions float64 `json:"dimensions"` // zero if they were not sent
	Model      string  `json:"model"`      // such as "text-embedding-3-small", may be empty
}

// WebSearchSkill searches the web.
type WebSearchSkill struct {
	SkillInfo          // name and status
	ServiceType string `json:"webSearchServiceType"` // openai
	Prompt      string `json:"prompt"`
}

// FeedbackSkill learns from feedback.
type FeedbackSkill struct {
	SkillInfo             // name and status
	Period         string `json:"period"` // last_30_days, last_60_days, last_90_days, all_time
	AutoUpload     bool   `json:"autoUpload"`
	GenerationMode string `json:"generationMode"` // manual, auto
}

// EscalationSkill hands conversations over to humans.
type EscalationSkill struct {
	SkillInfo                // name and status
	Escalations []Escalation `json:"escalations"`
}

// Escalation says when and to whom the agent hands a conversation over.
type Escalation struct {
	Topic                      string                `json:"topic"` // the topic of the conversations to escalate
	Prompt                     string                `json:"escalationPrompt"`
	AutoChangeConversationMode bool                  `json:"autoChangeConversationMode"`
	Response                   string                `json:"response"`
	Recipients                 []EscalationRecipient `json:"recipients"`
}

// EscalationRecipient is a person or a webhook that is told of an escalation.
type EscalationRecipient struct {
	Channel string            `json:"channel"` // sms, email, webhook
	Value   string            `json:"value"`   // a phone number, an address or a URL
	Headers map[string]Secret `json:"headers"` // of the webhook, may be nil
}

// CalendarSkill makes appointments.
type CalendarSkill struct {
	SkillInfo                // name and status
	Config    CalendarConfig `json:"config"`
}

// CalendarConfig says how to query a calendar.
type CalendarConfig struct {
	Type   string `json:"type"` // cal
	APIKey Secret `json:"apiKey"`
	Prompt string `json:"prompt"`
}
