package aisera

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"golang.org/x/oauth2"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/apierr"
	"github.com/seed-127a5941/parley/internal/auth"
	"github.com/seed-127a5941/parley/internal/origin"
	"github.com/seed-127a5941/parley/internal/redact"
	"github.com/seed-127a5941/parley/internal/transport"
)

// hostSuffix follows the tenant's name in the documented host.
const hostSuffix = ".chatbot.aisera.cloud"

// Attempt describes one request on the wire after it ended. Hooks.OnAttempt gets it.
type Attempt = parley.Attempt

// Config says which tenant a Client talks to, with whose token, and how it behaves. Printing a Config shows no secret.
// Do not print a struct of your own that keeps a Config in an unexported field: fmt does not call methods on unexported
// fields, so the token would show.
type Config struct {
	// Tenant is the first label of the documented host: "acme" stands for https://acme.chatbot.aisera.cloud. It must be
	// one DNS label. It is required unless BaseURL is set.
	Tenant string
	// Token is the channel's bearer token. It is sent in the Authorization header over HTTP (inferred) and in each
	// frame over WebSocket. It is required unless TokenSource is set.
	Token string `json:"-"`
	// TokenSource replaces Token. Its token is used until its Expiry. The source is called again ahead of that, by 10
	// seconds or a tenth of the token's life, whichever is longer, but by half of its life at most. No call waits for
	// it then. If a token has no Expiry, the source is called for each call and each frame. An oauth2.StaticTokenSource
	// or oauth2.ReuseTokenSource would repeat that token and is not called for each. The source is called again after a
	// 401, and after a close code 1008 or 4401 of a WebSocket. It may block, because it runs on a goroutine of its own,
	// and a call that waits for it returns when its ctx ends.
	TokenSource oauth2.TokenSource `json:"-"`
	// ChannelID is the id of the API channel, which the vendor's samples send with every message. It is left out if it
	// is empty.
	ChannelID string
	// WebSocketURL is the address of the Conversation WebSocket. The vendor does not publish it and hands it out. It
	// may carry a path and a query. Only Dial needs it.
	WebSocketURL string `json:"-"`

	// BaseURL replaces the tenant's host. It may carry a path, but no query, fragment or user info.
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

// Client sends messages over HTTP (Send) and opens WebSocket connections (Dial). It is safe for concurrent use.
type Client struct {
	api       *transport.Client // sends the HTTP calls
	tokens    auth.TokenAuthorizer
	cfg       *Config     // a pointer, which fmt does not follow inside a struct
	webSocket *url.URL    // nil if it is not configured
	userAgent http.Header // of all handshakes; nil in a browser
	quotes    *quotes     // of the tokens in frames
}

// NewClient validates cfg and returns a client. Its errors match ErrInvalidArgument and name the field. It makes no
// request.
func NewClient(cfg Config) (*Client, error) {
	c, err := newClient(cfg)
	if err != nil {
		return nil, fmt.Errorf("aisera: new client: %w", err)
	}
	return c, nil
}

func newClient(cfg Config) (*Client, error) {
	if err := cfg.validate(); err != nil {
		return nil, err
	}
	webSocket, err := cfg.parseWebSocketURL()
	if err != nil {
		return nil, err
	}
	if cfg.BaseURL == "" {
		cfg.BaseURL = "https://" + cfg.Tenant + hostSuffix
	}
	tokens := cfg.tokens()
	api, err := transport.New(transport.Config{
		Vendor: "aisera", UserAgent: cfg.UserAgent,
		BaseURL: cfg.BaseURL, AllowInsecureHTTP: cfg.AllowInsecureHTTP, HTTPClient: cfg.HTTPClient,
		Timeout: cfg.Timeout, MaxRetries: cfg.MaxRetries, MaxRetryWait: cfg.MaxRetryWait,
		RetryNonIdempotent: cfg.RetryNonIdempotent, Logger: cfg.Logger, Hooks: cfg.Hooks,
		Authorizer: tokens, NewError: newError,
	})
	if err != nil {
		return nil, err
	}
	return &Client{
		api: api, tokens: tokens, cfg: &cfg, webSocket: webSocket, userAgent: cfg.userAgentHeader(),
		quotes: new(quotes),
	}, nil
}

func (c Config) tokens() auth.TokenAuthorizer {
	if c.TokenSource != nil {
		return auth.NewTokenSource(c.TokenSource, c.Timeout, c.Logger)
	}
	return auth.NewBearer(c.Token)
}

// parseWebSocketURL accepts a query, which other configured URLs must not have, because the vendor may hand out a URL
// with one.
func (c Config) parseWebSocketURL() (*url.URL, error) {
	if c.WebSocketURL == "" {
		return nil, nil
	}
	const field = "WebSocketURL"
	parsed, err := url.Parse(c.WebSocketURL)
	if err != nil {
		return nil, apierr.Invalid(field, "is not a URL")
	}
	query := parsed.RawQuery
	parsed.RawQuery, parsed.ForceQuery = "", false
	u, err := origin.ParseWebSocketURL(field, parsed.String(), c.AllowInsecureHTTP)
	if err != nil {
		return nil, err
	}
	u.RawQuery = query
	return u, nil
}

// redacted replaces a secret that is set.
const redacted = "[redacted]"

// Format prints, for every verb, only the tenant and the channel.
func (c Config) Format(state fmt.State, verb rune) { redact.Format(state, verb, c.text()) }

// LogValue logs the text that Format prints.
func (c Config) LogValue() slog.Value { return slog.StringValue(c.text()) }

func (c Config) text() string {
	token := "Token: not set"
	switch {
	case c.TokenSource != nil:
		token = "TokenSource: " + redacted
	case c.Token != "":
		token = "Token: " + redacted
	}
	return fmt.Sprintf("aisera.Config{Tenant: %s, ChannelID: %s, %s}", c.Tenant, c.ChannelID, token)
}

// Format prints only the name of the type, for every verb.
func (c Client) Format(state fmt.State, verb rune) { redact.Format(state, verb, "aisera.Client") }

// LogValue logs the text that Format prints.
func (c Client) LogValue() slog.Value { return slog.StringValue("aisera.Client") }
