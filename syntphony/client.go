package syntphony

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"golang.org/x/oauth2"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/auth"
	"github.com/seed-127a5941/parley/internal/redact"
	"github.com/seed-127a5941/parley/internal/transport"
)

// Attempt describes one request on the wire after it ended. Hooks.OnAttempt gets it.
type Attempt = parley.Attempt

// Config says which agent a Client talks to, with whose credentials, and how it behaves. Printing a Config shows no
// secret. But do not print a struct of your own that keeps a Config in an unexported field: fmt does not call methods
// on unexported fields, so the secrets would show.
type Config struct {
	// OrgID is the organization's UUID. Required, and the token must have access to it.
	OrgID string
	// EnvID is the environment's UUID. Required, and the token must have access to it.
	EnvID string
	// BotID is the UUID of the bot, the virtual agent. Required, and the token must have access to it.
	BotID string
	// ChannelID is the channel's UUID, which is not its name. Required.
	ChannelID string
	// APIKey is sent as API-KEY. The administrator of the environment has it. Required.
	APIKey string `json:"-"`
	// Locale is the language of the agent as the Cockpit spells it, such as "en-US". A Caller or a Satisfaction may
	// name another.
	Locale string
	// Keycloak says where tokens come from. Required unless TokenSource is set.
	Keycloak Keycloak
	// TokenSource replaces Keycloak. Its token is used until its Expiry. The source is called again ahead of that, by
	// 10 seconds or a tenth of the token's life, whichever is longer, but by half of its life at most. No call waits
	// for it then. If a token has no Expiry, the source is called for each call. An oauth2.StaticTokenSource or
	// oauth2.ReuseTokenSource would repeat that token and is not called for each. After a 401 the source is called
	// again. It may block, because it runs on a goroutine of its own, and a call that waits for it returns when its ctx
	// ends.
	TokenSource oauth2.TokenSource `json:"-"`
	// TokenStore shares Keycloak's tokens with the other replicas of a service. Nil means that each client fetches its
	// own. It cannot be set beside TokenSource.
	TokenStore parley.TokenStore `json:"-"`

	// BaseURL is the URL of the broker, such as "https://api-europe-instance1.eva.bot/eva-broker". It may carry a path,
	// but no query, fragment or user info. Required.
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

// Client holds a service for each group of operations. It is safe for concurrent use, and so are its services.
type Client struct {
	// Conversations sends single turns, for callers that keep session code and context themselves. NewSession keeps
	// them for the caller.
	Conversations *ConversationsService
	// Answers rates answers.
	Answers *AnswersService
}

// broker holds the fields that the services share.
type broker struct {
	api                    *transport.Client
	org, env, bot, channel string
	locale                 string
}

// NewClient validates cfg and returns a client. Its errors match ErrInvalidArgument and name the field. It makes no
// request. The first call fetches the first token.
func NewClient(cfg Config) (*Client, error) {
	b, err := newBroker(cfg)
	if err != nil {
		return nil, fmt.Errorf("syntphony: new client: %w", err)
	}
	return &Client{Conversations: &ConversationsService{broker: b}, Answers: &AnswersService{broker: b}}, nil
}

func newBroker(cfg Config) (*broker, error) {
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	cfg.Hooks.WrapTransport = wrapOnce(cfg.Hooks.WrapTransport)
	tokens, err := cfg.tokens()
	if err != nil {
		return nil, err
	}
	settings := cfg.transport()
	settings.BaseURL = cfg.BaseURL
	settings.FailedAfterAccept = func(status int) bool { return answerFailure(status) != nil }
	settings.Authorizer = &brokerCredential{Authorizer: tokens, key: []string{cfg.APIKey}}
	api, err := transport.New(settings)
	if err != nil {
		return nil, err
	}
	return &broker{
		api: api, org: cfg.OrgID, env: cfg.EnvID, bot: cfg.BotID, channel: cfg.ChannelID, locale: cfg.Locale,
	}, nil
}

// wrapOnce returns a func that calls wrap the first time and returns the same RoundTripper ever after. A client has two
// transports on the same connections, one for the broker and one for the token endpoint, and WrapTransport is to be
// called once per client.
func wrapOnce(wrap func(http.RoundTripper) http.RoundTripper) func(http.RoundTripper) http.RoundTripper {
	if wrap == nil {
		return nil
	}
	var wrapped http.RoundTripper
	return func(base http.RoundTripper) http.RoundTripper {
		if wrapped == nil {
			wrapped = wrap(base)
		}
		return wrapped
	}
}

// transport returns the settings that the broker and the token endpoint share.
func (c Config) transport() transport.Config {
	return transport.Config{
		Vendor: "syntphony", UserAgent: c.UserAgent,
		AllowInsecureHTTP: c.AllowInsecureHTTP, HTTPClient: c.HTTPClient,
		Timeout: c.Timeout, MaxRetries: c.MaxRetries, MaxRetryWait: c.MaxRetryWait,
		RetryNonIdempotent: c.RetryNonIdempotent, Logger: c.Logger, Hooks: c.Hooks,
		Secrets:  []string{c.APIKey, c.Keycloak.ClientSecret},
		NewError: newError,

		CredentialHeaders: []string{"Api-Key"},
	}
}

// brokerCredential is the bearer token together with the API key.
type brokerCredential struct {
	auth.Authorizer
	key []string
}

// Authorize sets both headers.
func (b *brokerCredential) Authorize(ctx context.Context, req *http.Request) (string, error) {
	req.Header["Api-Key"] = b.key
	token, err := b.Authorizer.Authorize(ctx, req)
	return token, transport.Nested("cannot fetch a token", err)
}

// Refresh replaces the bearer token that was refused.
func (b *brokerCredential) Refresh(ctx context.Context, used string) (bool, error) {
	again, err := b.Authorizer.Refresh(ctx, used)
	return again, transport.Nested("cannot fetch a token", err)
}

// Format prints, for every verb, only the agent's ids and which secrets are set.
func (c Config) Format(state fmt.State, verb rune) { redact.Format(state, verb, c.text()) }

// LogValue logs the text that Format prints.
func (c Config) LogValue() slog.Value { return slog.StringValue(c.text()) }

func (c Config) text() string {
	source := c.Keycloak.text()
	if c.TokenSource != nil {
		source = "TokenSource: " + redacted
	}
	return fmt.Sprintf("syntphony.Config{OrgID: %s, EnvID: %s, BotID: %s, ChannelID: %s, APIKey: %s, %s}",
		c.OrgID, c.EnvID, c.BotID, c.ChannelID, shown(c.APIKey), source)
}

// redacted replaces a secret that is set.
const redacted = "[redacted]"

func shown(secret string) string {
	if secret == "" {
		return "not set"
	}
	return redacted
}

// Format prints only the name of the type, for every verb.
func (c Client) Format(state fmt.State, verb rune) { redact.Format(state, verb, "syntphony.Client") }

// LogValue logs the text that Format prints.
func (c Client) LogValue() slog.Value { return slog.StringValue("syntphony.Client") }
