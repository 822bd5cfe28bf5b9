package raia

import (
	"context"
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

// These are the vendor's public hosts. The vendor names the EU host only as that of the documentation, so that it
// serves the same API as the US host is an assumption.
const (
	USBaseURL = "https://api.raia2.com/external"
	EUBaseURL = "https://api-eu.raia2.com/external"
)

// Time is a time in a response. It is zero if the server sent no time or a text that is not a time. Its field Text then
// holds that text.
type Time = parley.Time

// Attempt describes one request on the wire after it ended. Hooks.OnAttempt gets it.
type Attempt = parley.Attempt

// Config holds the keys of a Client and its settings. At least one key is required. Printing a Config shows no key. Do
// not print a struct of your own that keeps a Config in an unexported field: fmt does not call methods on unexported
// fields, so the keys would show.
type Config struct {
	// AgentKey is sent as Agent-Secret-Key by the 44 operations of one agent.
	AgentKey string `json:"-"`
	// OrganizationKey is sent as Organization-Secret-Key by Agents.Create, Agents.Update, Agents.ListOrganizationUsers,
	// AgentRoles and PlatformUsers.
	OrganizationKey string `json:"-"`
	// SuperAdminKey is sent as Super-Admin-Secret-Key by Organizations and Subscriptions.
	SuperAdminKey string `json:"-"`

	// BaseURL may carry a path, but no query, fragment or user info. Empty means USBaseURL.
	BaseURL string
	// HTTPClient sends every request, those for tokens, sessions and WebSocket handshakes too. The SDK uses a copy of
	// it, in which Transport, Jar and Timeout stay in force and CheckRedirect does not. That Timeout limits streams as
	// a whole. Nil means the SDK's own pool of connections, which all clients of the process share.
	HTTPClient *http.Client
	// Timeout limits one attempt with its whole response. For a stream it ends with the headers of the response, and
	// for a WebSocket with the handshake. It also limits the fetch of a token or a session with all its attempts. Zero
	// means 60 seconds. A negative value disables the timeout, but a fetch then still takes 60 seconds at most.
	Timeout time.Duration
	// MaxRetries is the maximum number of retries after the first attempt. Zero means 2. A negative value disables
	// retries.
	MaxRetries int
	// MaxRetryWait is the maximum wait between two attempts. If the server asks for a longer one, the call returns at
	// once. Zero means 30 seconds.
	MaxRetryWait time.Duration
	// RetryNonIdempotent retries a call although the server may have acted on it, such as a message whose response was
	// lost. The server may then act twice. Errors still match ErrDeliveryUnknown. Frames of a WebSocket are never
	// retried.
	RetryNonIdempotent bool
	// AllowInsecureHTTP permits http and ws for hosts other than loopback. Credentials then travel unencrypted.
	AllowInsecureHTTP bool
	// UserAgent names your product, such as "shop/1.2". It is sent before the SDK's own name.
	UserAgent string
	// Logger receives a record for each attempt, which holds no URL, header, body or credential. Attempts without a
	// response and responses with status 429 or 5xx are warnings, and so are lost connections. Other attempts have
	// debug level. Nil disables logging.
	Logger *slog.Logger
	// Hooks observe the calls, for metrics and traces. The zero value observes no call.
	Hooks parley.Hooks

	// PollInterval is the first wait of Await between two polls. The wait grows to 5 s. Zero means 1 s.
	PollInterval time.Duration
}

// Client holds a service for each group of operations. It is safe for concurrent use, and so are its services.
type Client struct {
	Users         *UsersService         // the people who talk to the agent, and their limits
	Conversations *ConversationsService // starts and lists conversations, sends messages and awaits answers
	Prompts       *PromptsService       // asks questions outside of conversations
	Agents        *AgentsService        // manages the agent, its users, limits and webhooks
	AgentFiles    *AgentFilesService    // manages the documents that the agent learns from
	ResourceUsage *ResourceUsageService // books usage from elsewhere
	AgentRoles    *AgentRolesService    // lists the roles for new agents, with OrganizationKey
	PlatformUsers *PlatformUsersService // lists the organization's staff, with OrganizationKey
	Organizations *OrganizationsService // creates organizations, with SuperAdminKey
	Subscriptions *SubscriptionsService // lists the plans of organizations, with SuperAdminKey
	Feedbacks     *FeedbacksService     // rates messages

	api *transport.Client // sends the first key that is set
}

// NewClient validates cfg and returns a client. It makes no request. Its errors match ErrInvalidArgument and name the
// field.
func NewClient(cfg Config) (*Client, error) {
	base, err := newTransport(cfg)
	if err != nil {
		return nil, fmt.Errorf("raia: new client: %w", err)
	}
	with := func(credential auth.Authorizer) *service {
		return &service{api: base.With(credential), poll: poller{first: cfg.PollInterval}, onCall: cfg.Hooks.OnCall}
	}
	agent := with(key("AgentKey", "Agent-Secret-Key", cfg.AgentKey))
	organization := with(key("OrganizationKey", "Organization-Secret-Key", cfg.OrganizationKey))
	superAdmin := with(key("SuperAdminKey", "Super-Admin-Secret-Key", cfg.SuperAdminKey))
	first := agent
	switch {
	case cfg.AgentKey != "":
	case cfg.OrganizationKey != "":
		first = organization
	default:
		first = superAdmin
	}
	return &Client{
		api:           first.api,
		Users:         (*UsersService)(agent),
		Conversations: (*ConversationsService)(agent),
		Prompts:       (*PromptsService)(agent),
		Agents:        &AgentsService{agent: agent.api, organization: organization.api},
		AgentFiles:    (*AgentFilesService)(agent),
		ResourceUsage: (*ResourceUsageService)(agent),
		AgentRoles:    (*AgentRolesService)(organization),
		PlatformUsers: (*PlatformUsersService)(organization),
		Organizations: (*OrganizationsService)(superAdmin),
		Subscriptions: (*SubscriptionsService)(superAdmin),
		Feedbacks:     (*FeedbacksService)(agent),
	}, nil
}

// service holds the fields that all services of a client need. Services with the same key share one.
type service struct {
	api    *transport.Client // sends the key that the operations of the service take
	poll   poller
	onCall onCall // may be nil
}

// onCall is the type of Hooks.OnCall.
type onCall = func(context.Context, parley.Call) (context.Context, func(parley.CallResult))

func newTransport(cfg Config) (*transport.Client, error) {
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	if cfg.BaseURL == "" {
		cfg.BaseURL = USBaseURL
	}
	return transport.New(transport.Config{
		Vendor: "raia", UserAgent: cfg.UserAgent,
		BaseURL: cfg.BaseURL, AllowInsecureHTTP: cfg.AllowInsecureHTTP, HTTPClient: cfg.HTTPClient,
		Timeout: cfg.Timeout, MaxRetries: cfg.MaxRetries, MaxRetryWait: cfg.MaxRetryWait,
		RetryNonIdempotent: cfg.RetryNonIdempotent,
		Logger:             cfg.Logger, Hooks: cfg.Hooks,
		Secrets:  []string{cfg.AgentKey, cfg.OrganizationKey, cfg.SuperAdminKey},
		NewError: newError,

		CredentialHeaders: []string{"Agent-Secret-Key", "Organization-Secret-Key", "Super-Admin-Secret-Key"},
	})
}

func (c Config) validate() error {
	if c.AgentKey == "" && c.OrganizationKey == "" && c.SuperAdminKey == "" {
		return apierr.Invalid("at least one of AgentKey, OrganizationKey and SuperAdminKey", "is required")
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

// Format prints, for every verb, only which keys are set. The base URL could hold a password, which NewClient refuses.
func (c Config) Format(state fmt.State, verb rune) { redact.Format(state, verb, c.text()) }

// LogValue logs the text that Format prints.
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

// Format prints only the name of the type, for every verb.
func (c Client) Format(state fmt.State, verb rune) { redact.Format(state, verb, "raia.Client") }

// LogValue logs the text that Format prints.
func (c Client) LogValue() slog.Value { return slog.StringValue("raia.Client") }
