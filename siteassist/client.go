package siteassist

import (
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/apierr"
	"github.com/seed-127a5941/parley/internal/auth"
	"github.com/seed-127a5941/parley/internal/origin"
	"github.com/seed-127a5941/parley/internal/redact"
	"github.com/seed-127a5941/parley/internal/sse"
	"github.com/seed-127a5941/parley/internal/transport"
)

// DefaultBaseURL is the vendor's public host with the API's version.
const DefaultBaseURL = "https://api.siteassist.io/v2"

const (
	defaultIdle    = 60 * time.Second
	maxDeviceID    = 100
	publishableKey = "apiKey" // the name of the query parameter
)

// Config holds the credentials and settings of a Client: Token or TokenSource, or PublishableKey with DeviceID. Search,
// Projects.GetCurrent, Conversations.Events and Identity.Init need PublishableKey, which may stand alone or beside a
// Token or TokenSource.
//
// Printing a Config shows which credentials are set, never their values. But do not print a struct of your own that
// keeps a Config in an unexported field: fmt does not call methods on unexported fields, so the keys would show.
// NewClient does not change a Config, and several clients may be made of one.
type Config struct {
	// Token is a visitor's session token or, on a server, a private key. It is sent as bearer token and never
	// refreshed.
	Token string `json:"-"`
	// TokenSource provides bearer tokens in place of Token. Its token is used until its Expiry. The source is called
	// again ahead of that, by 10 seconds or a tenth of the token's life, whichever is longer, but by half of its life
	// at most. No call waits for it then. If a token has no Expiry, the source is called for each call. An
	// oauth2.StaticTokenSource or oauth2.ReuseTokenSource would repeat that token and is not called for each. After a
	// 401 the source is called again. It may block, because it runs on a goroutine of its own, and a call that waits
	// for it returns when its ctx ends.
	TokenSource oauth2.TokenSource `json:"-"`
	// TokenStore shares the visitor sessions that the client opens with the other replicas of a service, those of
	// ForVisitor's clients too. Nil means that each client opens its own.
	TokenStore parley.TokenStore `json:"-"`
	// PublishableKey names project and assistant. With a DeviceID, and without Token and TokenSource, the client opens
	// a visitor session with it and opens it anew after a 401.
	PublishableKey string `json:"-"`
	// DeviceID is the lasting id of the visitor, 1 to 100 characters, which the caller chooses. The vendor's widget
	// uses a random UUID. The same id gives the same visitor. Beside a Token or TokenSource it is only the default of
	// Identity.Init.
	DeviceID string
	// StreamIdleTimeout ends a stream from which no byte comes for so long. Zero means 60 seconds. A negative value
	// disables the timeout.
	StreamIdleTimeout time.Duration
	// MaxEventSize is the size of the largest event of a stream, in bytes. Zero means 4 MiB.
	MaxEventSize int64

	// BaseURL replaces DefaultBaseURL. It may carry a path, but no query, fragment or user info.
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
}

// Attempt describes one request on the wire after it ended. Hooks.OnAttempt gets it.
type Attempt = parley.Attempt

// Time is a time in a response. It is zero if the server sent no time or a text that is not a time. Its field Text then
// holds that text.
type Time = parley.Time

// Client calls the API. It is safe for concurrent use, and so are its services.
type Client struct {
	Identity      *IdentityService      // opens visitor sessions
	Conversations *ConversationsService // starts, reads and closes conversations
	Messages      *MessagesService      // sends, streams, lists and rates messages
	Completions   *CompletionsService   // answers without a conversation
	Search        *SearchService        // searches the indexed content
	Projects      *ProjectsService      // reads the project and its questions and answers

	core    *core             // shared with the clients of other visitors
	visitor *transport.Client // sends the bearer token
}

// core is the part that a client shares with the clients of other visitors.
type core struct {
	api       *transport.Client // sends no credential
	key       string            // the publishable key, may be empty
	timeout   time.Duration
	streaming streaming
	baseURL   string
	store     parley.TokenStore // nil if each client opens its own sessions
	logger    *slog.Logger

	httpClient *http.Client // for the WebSocket of events
	userAgent  string
}

// service holds the fields that all services of a client need.
type service struct {
	core     *core
	api      *transport.Client // sends the bearer token
	optional *transport.Client // sends the bearer token if the client has one
	public   *transport.Client // sends the publishable key
	deviceID string            // of the visitor, may be empty
}

// NewClient returns a client for cfg. It makes no request. Its errors match ErrInvalidArgument and name the field.
func NewClient(cfg Config) (*Client, error) {
	if err := cfg.check(); err != nil {
		return nil, fmt.Errorf("siteassist: new client: %w", err)
	}
	api, err := transport.New(cfg.transport())
	if err != nil {
		return nil, fmt.Errorf("siteassist: new client: %w", err)
	}
	c := &core{
		api: api, key: cfg.PublishableKey, timeout: cfg.Timeout,
		baseURL: cfg.transport().BaseURL, store: cfg.TokenStore, logger: cfg.Logger,
		httpClient: cfg.HTTPClient, userAgent: cfg.UserAgent,
	}
	c.streaming = streaming{idle: cfg.StreamIdleTimeout, maxEvent: cfg.MaxEventSize}
	c.streaming.setDefaults()
	return c.client(c.bearer(cfg), cfg.DeviceID), nil
}

// ForVisitor returns a client for another visitor of the same project. That client opens a session of its own with the
// publishable key, which must be set. It shares connections, retry budget and settings with c. deviceID has 1 to 100
// characters. ForVisitor makes no request. Its errors match ErrInvalidArgument.
func (c *Client) ForVisitor(deviceID string) (*Client, error) {
	if c.core.key == "" {
		err := apierr.Invalid("PublishableKey", "is not set in Config, and a visitor session needs it")
		return nil, fmt.Errorf("siteassist: visitor: %w", err)
	}
	if err := checkDeviceID(deviceID); err != nil {
		return nil, fmt.Errorf("siteassist: visitor: %w", err)
	}
	return c.core.client(c.core.session(deviceID), deviceID), nil
}

// client returns the client of the visitor with the credential bearer.
func (c *core) client(bearer auth.Authorizer, deviceID string) *Client {
	s := &service{core: c, api: c.api.With(bearer), public: c.api.With(c.publishable()), deviceID: deviceID}
	s.optional = s.api // documented without a credential, but the vendor's widget sends its bearer token all the same
	if _, unset := bearer.(auth.Unset); unset {
		s.optional = c.api
	}
	return &Client{
		Identity:      (*IdentityService)(s),
		Conversations: (*ConversationsService)(s),
		Messages:      (*MessagesService)(s),
		Completions:   (*CompletionsService)(s),
		Search:        (*SearchService)(s),
		Projects:      (*ProjectsService)(s),
		core:          c,
		visitor:       s.api,
	}
}

// bearer returns the credential of the visitor's operations.
func (c *core) bearer(cfg Config) auth.Authorizer {
	switch {
	case cfg.Token != "":
		return auth.NewBearer(cfg.Token)
	case cfg.TokenSource != nil:
		return auth.NewTokenSource(cfg.TokenSource, cfg.Timeout, cfg.Logger)
	case cfg.DeviceID != "":
		return c.session(cfg.DeviceID)
	}
	return auth.Unset{Field: "Token, TokenSource or DeviceID"}
}

func (c *core) publishable() auth.Authorizer {
	if c.key == "" {
		return auth.Unset{Field: "PublishableKey"}
	}
	return auth.NewQuery(publishableKey, c.key)
}

func (cfg Config) transport() transport.Config {
	if cfg.BaseURL == "" {
		cfg.BaseURL = DefaultBaseURL
	}
	return transport.Config{
		Vendor: "siteassist", UserAgent: cfg.UserAgent,
		BaseURL: cfg.BaseURL, AllowInsecureHTTP: cfg.AllowInsecureHTTP, HTTPClient: cfg.HTTPClient,
		Timeout: cfg.Timeout, MaxRetries: cfg.MaxRetries, MaxRetryWait: cfg.MaxRetryWait,
		RetryNonIdempotent: cfg.RetryNonIdempotent, Logger: cfg.Logger, Hooks: cfg.Hooks,
		Secrets:  []string{cfg.Token, cfg.PublishableKey},
		NewError: newError, RetryHint: retryHint,
	}
}

func (cfg Config) check() error {
	switch {
	case cfg.Token != "" && cfg.TokenSource != nil:
		return apierr.Invalid("TokenSource", "must not be set beside Token")
	case cfg.Token == "" && cfg.TokenSource == nil && cfg.PublishableKey == "":
		return apierr.Invalid("at least one of Token, TokenSource and PublishableKey", "is required")
	case cfg.MaxEventSize < 0:
		return apierr.Invalid("MaxEventSize", "must not be negative")
	}
	if err := origin.CheckHeaderValue("Token", cfg.Token); err != nil {
		return err
	}
	return atMost("DeviceID", cfg.DeviceID, maxDeviceID)
}

// Format prints, for every verb, only which credentials are set. The base URL could hold a password, which NewClient
// refuses.
func (cfg Config) Format(state fmt.State, verb rune) { redact.Format(state, verb, cfg.text()) }

// LogValue logs the text that Format prints.
func (cfg Config) LogValue() slog.Value { return slog.StringValue(cfg.text()) }

func (cfg Config) text() string {
	var set []string
	for _, secret := range [...]struct {
		field string
		set   bool
	}{
		{"Token", cfg.Token != ""}, {"TokenSource", cfg.TokenSource != nil},
		{"PublishableKey", cfg.PublishableKey != ""},
	} {
		if secret.set {
			set = append(set, secret.field+": [redacted]")
		}
	}
	return "siteassist.Config{" + strings.Join(set, ", ") + "}"
}

// Format prints only the name of the type, for every verb.
func (c Client) Format(state fmt.State, verb rune) { redact.Format(state, verb, "siteassist.Client") }

// LogValue logs the text that Format prints.
func (c Client) LogValue() slog.Value { return slog.StringValue("siteassist.Client") }

// streaming holds the settings of a Config that concern streams.
type streaming struct {
	idle     time.Duration // zero or less means no limit
	maxEvent int64
}

func (s *streaming) setDefaults() {
	if s.idle == 0 {
		s.idle = defaultIdle
	}
	if s.maxEvent == 0 {
		s.maxEvent = sse.DefaultLimit
	}
}
