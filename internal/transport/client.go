package transport

import (
	"net/url"
	"strings"

	"github.com/seed-127a5941/parley/internal/apierr"
	"github.com/seed-127a5941/parley/internal/auth"
	"github.com/seed-127a5941/parley/internal/origin"
)

// New validates cfg and returns a client for it. Its errors match ErrInvalidArgument and name the field.
func New(cfg Config) (*Client, error) {
	base, err := origin.ParseURL("BaseURL", cfg.BaseURL, cfg.AllowInsecureHTTP)
	if err != nil {
		return nil, err
	}
	if err := origin.CheckHeaderValue("UserAgent", cfg.UserAgent); err != nil {
		return nil, err
	}
	if cfg.MaxRetryWait < 0 {
		return nil, apierr.Invalid("MaxRetryWait", "must not be negative")
	}
	base.Path = strings.TrimSuffix(base.Path, "/")
	base.RawPath = strings.TrimSuffix(base.RawPath, "/")
	cfg.setDefaults()
	s := &settings{
		Config:    cfg,
		base:      base,
		budget:    newBudget(cfg.MaxRetries),
		agent:     []string{UserAgent(cfg.UserAgent)},
		operation: cfg.Vendor + ": ",
		server:    origin.HostPort(base),
	}
	s.http, s.transport = attemptClient(cfg.HTTPClient)
	if wrap := cfg.Hooks.WrapTransport; wrap != nil {
		if wrapped := wrap(s.transport); wrapped != nil {
			s.transport = wrapped
		}
	}
	return &Client{settings: s, authorizer: cfg.Authorizer}, nil
}

func (cfg *Config) setDefaults() {
	if cfg.Timeout == 0 {
		cfg.Timeout = defaultTimeout
	}
	cfg.Timeout = max(cfg.Timeout, 0)
	switch {
	case cfg.MaxRetries == 0:
		cfg.MaxRetries = defaultMaxRetries
	case cfg.MaxRetries < 0:
		cfg.MaxRetries = 0
	case cfg.MaxRetries > mostRetries:
		cfg.MaxRetries = mostRetries
	}
	if cfg.MaxRetryWait == 0 {
		cfg.MaxRetryWait = defaultMaxRetryWait
	}
	if cfg.Authorizer == nil {
		cfg.Authorizer = auth.None{}
	}
}

// URL returns the address of a path below the base URL, without a query. raw is the escaped form of path. It may be ""
// if both are the same.
func (c *Client) URL(path, raw string) url.URL { return c.urlOf(c.settings.base.Path+path, raw) }

// urlOf is URL for a path that begins with that of the base URL.
func (c *Client) urlOf(path, raw string) url.URL {
	base := c.settings.base
	target := *base
	target.Path = path
	if raw != "" || base.RawPath != "" {
		if raw == "" {
			raw = (&url.URL{Path: path[len(base.Path):]}).EscapedPath()
		}
		target.RawPath = base.EscapedPath() + raw
	}
	return target
}

// Server returns the host and port of the base URL.
func (c *Client) Server() string { return c.settings.server }

// With returns a client that differs only in its credential. Connections, budget and settings are shared.
func (c *Client) With(source auth.Authorizer) *Client {
	return &Client{settings: c.settings, authorizer: source}
}

// Version is the version of the SDK, which is sent in the User-Agent header. It is the latest release in CHANGELOG.md,
// or the first one if there is no release yet.
const Version = "0.1.0"

// UserAgent returns the value of the User-Agent header: the user's product, if it is not empty, and then the SDK.
func UserAgent(product string) string {
	if product == "" {
		return "parley/" + Version
	}
	return product + " parley/" + Version
}
