package raia

import (
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/apierr"
	"github.com/seed-127a5941/parley/internal/auth"
	"github.com/seed-127a5941/parley/internal/origin"
	"github.com/seed-127a5941/parley/internal/redact"
	"github.com/seed-127a5941/parley/internal/transport"
)

// The vendor's public hosts. That the EU host has the same API as the US host is stated for its documentation only.
const (
	USBaseURL = "https://api.raia2.com/external"
	EUBaseURL = "https://api-eu.raia2.com/external"
)

// Time is a time in a response. It is zero when the server sent none or sent something that is no time, and its field
// Text then holds what the server sent.
type Time = parley.Time

// Attempt describes one request on the wire after it ended. Hooks.OnAttempt gets it.
type Attempt = parley.Attempt

// Config says whose keys a Client uses and how it behaves. One key at least is required. Printing a Config shows no key.
// fmt asks a value in an unexported field for no method: print no struct that holds a Config in one.
type Config struct {
	// AgentKey is sent as Agent-Secret-Key by the 44 operations of one agent.
	AgentKey string `json:"-"`
	// OrganizationKey is sent as Organization-Secret-Key by Agents.Create, Agents.Update, Agents.ListOrganizationUsers,
	// AgentRoles and PlatformUsers.
	OrganizationKey string `json:"-"`
	// SuperAdminKey is sent as Super-Admin-Secret-Key by Organizations and Subscriptions.
	SuperAdminKey string `json:"-"`

	// BaseURL may carry a path, but no query, fragment or user info; "": USBaseURL.
	BaseURL string
	// HTTPClient sends the requests; a copy is used, without its CheckRedirect: its Transport, Jar and Timeout stay in
	// force. nil: the SDK's pool, one for all clients of the process.
	HTTPClient *http.Client
	// Timeout bounds one attempt, reply included; 0: 60 s; negative: none. A synchronous answer can take long.
	Timeout time.Duration
	// MaxRetries bounds the attempts after the first; 0: 2; negative: none.
	MaxRetries int
	// MaxRetryWait bounds the wait before an attempt; 0: 30 s. A longer Retry-After ends the call at once.
	MaxRetryWait time.Duration
	// RetryNonIdempotent sends a call again even if the server may have acted on it, such as a message whose answer was lost: it
	// may then arrive twice. Errors still match ErrDeliveryUnknown.
	RetryNonIdempotent bool
	// AllowInsecureHTTP permits http to hosts that are not loopback.
	AllowInsecureHTTP bool
	// UserAgent is put before the SDK's own product, such as "shop/1.2"; "": the SDK's alone.
	UserAgent string
	// Logger gets a record for each attempt, without URL, header, body or key: a warning for a 429, a 5xx or no answer,
	// else at debug level. nil: silent.
	Logger *slog.Logger
	// Hooks observe the calls, for metrics and traces. The zero value observes nothing.
	Hooks parley.Hooks

	// PollInterval is the first wait of Await, which grows to 5 s; 0: 1 s.
	PollInterval time.Duration
}

// Client holds a service for each group of operations. It is safe for concurrent use, and so are its services.
type Client struct {
	Users         *UsersService         // the people who talk to the agent, and their limits
	Conversations *ConversationsService // start, send, wait for answers, list
	Prompts       *PromptsService       // questions outside of any conversation
	Agents        *AgentsService        // the agent itself, its users, limits and webhooks
	AgentFiles    *AgentFilesService    // the documents that the agent learns from
	ResourceUsage *ResourceUsageService // books what was used elsewhere
	AgentRoles    *AgentRolesService    // for new agents; needs OrganizationKey
	PlatformUsers *PlatformUsersService // the organization's staff; needs OrganizationKey
	Organizations *OrganizationsService // creates organizations; needs SuperAdminKey
	Subscriptions *SubscriptionsService // what organizations may use; needs SuperAdminKey
	Feedbacks     *FeedbacksService     // rates messages
}

// NewClient checks cfg and returns a client. Errors match ErrInvalidArgument and name the field; nothing is sent.
func NewClient(cfg Config) (*Client, error) {
	base, err := newTransport(cfg)
	if err != nil {
		return nil, fmt.Errorf("raia: new client: %w", err)
	}
	agent := base.With(key("AgentKey", "Agent-Secret-Key", cfg.AgentKey))
	organization := base.With(key("OrganizationKey", "Organization-Secret-Key", cfg.OrganizationKey))
	superAdmin := base.With(key("SuperAdminKey", "Super-Admin-Secret-Key", cfg.SuperAdminKey))
	poll := poller{first: cfg.PollInterval}
	return &Client{
		Users:         &UsersService{api: agent},
		Conversations: &ConversationsService{api: agent, poll: poll},
		Prompts:       &PromptsService{api: agent, poll: poll},
		Agents:        &AgentsService{agent: agent, organization: organization},
		AgentFiles:    &AgentFilesService{api: agent},
		ResourceUsage: &ResourceUsageService{api: agent},
		AgentRoles:    &AgentRolesService{api: organization},
		PlatformUsers: &PlatformUsersService{api: organization},
		Organizations: &OrganizationsService{api: superAdmin},
		Subscriptions: &SubscriptionsService{api: superAdmin},
		Feedbacks:     &FeedbacksService{api: agent},
	}, nil
}

func newTransport(cfg Config) (*transport.Client, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	if cfg.BaseURL == "" {
		cfg.BaseURL = USBaseURL
	}
	return transport.New(transport.Config{
		Vendor: "raia", UserAgent: cfg.UserAgent,
		BaseURL: cfg.BaseURL, AllowInsecureHTTP: cfg.AllowInsecureHTTP, HTTPClient: cfg.HTTPClient,
		Timeout: cfg.Timeout, MaxRetries: cfg.MaxRetries, MaxRetryWait: cfg.MaxRetryWait, RetryNonIdempotent: cfg.RetryNonIdempotent,
		Logger: cfg.Logger, Hooks: cfg.Hooks,
		Secrets:  []string{cfg.AgentKey, cfg.OrganizationKey, cfg.SuperAdminKey},
		NewError: newError,
	})
}

func (c Config) check() error {
	if c.AgentKey == "" && c.OrganizationKey == "" && c.SuperAdminKey == "" {
		return apierr.Invalid("AgentKey", "must not be empty where OrganizationKey and SuperAdminKey are empty too")
	}
	for _, key := range [...]struct{ field, value string }{
		{"AgentKey", c.AgentKey}, {"OrganizationKey", c.OrganizationKey}, {"SuperAdminKey", c.SuperAdminKey},
	} {
		if err := origin.CheckHeaderValue(key.field, key.value); err != nil {
			return err
		}
	}
	if c.PollInterval < 0 {
		return apierr.Invalid("PollInterval", "must not be negative")
	}
	return nil
}

// key is the credential of the operations that take secret in header.
func key(field, header, secret string) auth.Authorizer {
	if secret == "" {
		return auth.Unset{Field: field}
	}
	return auth.NewHeader(header, "", secret)
}

// Format prints for every verb which keys are set, and no more: the base URL could hold a password that NewClient
// refuses.
func (c Config) Format(state fmt.State, verb rune) { redact.Format(state, verb, c.text()) }

// LogValue logs what Format prints.
func (c Config) LogValue() slog.Value { return slog.StringValue(c.text()) }

func (c Config) text() string {
	var set []string
	for _, key := range [...]struct{ field, value string }{
		{"AgentKey", c.AgentKey}, {"OrganizationKey", c.OrganizationKey}, {"SuperAdminKey", c.SuperAdminKey},
	} {
		if key.value != "" {
			set = append(set, key.field+": "+redacted)
		}
	}
	return "raia.Config{" + strings.Join(set, ", ") + "}"
}

// Format prints no more than the name of the type, whatever the verb.
func (c Client) Format(state fmt.State, verb rune) { redact.Format(state, verb, "raia.Client") }

// LogValue logs what Format prints.
func (c Client) LogValue() slog.Value { return slog.StringValue("raia.Client") }
