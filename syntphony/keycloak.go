package syntphony

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"slices"
	"strings"

	"github.com/seed-127a5941/parley/internal/apierr"
	"github.com/seed-127a5941/parley/internal/auth"
	"github.com/seed-127a5941/parley/internal/origin"
	"github.com/seed-127a5941/parley/internal/redact"
	"github.com/seed-127a5941/parley/internal/transport"
)

// Keycloak says where the client's tokens come from: the token endpoint
// {URL}/auth/realms/{Realm}/protocol/openid-connect/token, or TokenURL. Printing it shows no secret.
type Keycloak struct {
	// URL is the server's, such as "https://keycloak-europe-admin.eva.bot"; one that ends in "/auth" is not given it
	// twice. Required unless TokenURL is set.
	URL string
	// Realm is the organization's name, not its UUID. Required unless TokenURL is set.
	Realm string
	// ClientID is that of the service account which comes with the environment. Required.
	ClientID string
	// ClientSecret goes to the token endpoint only. Required.
	ClientSecret string `json:"-"`
	// TokenURL is the token endpoint whole, for a server without the "/auth" prefix; "": made of URL and Realm.
	TokenURL string
}

// realmPath is below Keycloak's own path, which lost "/auth" in version 17: hence TokenURL.
const realmPath = "/auth/realms/{realm}/protocol/openid-connect/token"

// tokens returns the source that Config asks for.
func (c Config) tokens() (auth.Authorizer, error) {
	if c.TokenSource != nil {
		return auth.NewTokenSource(c.TokenSource, c.Timeout), nil
	}
	if err := c.Keycloak.check(); err != nil {
		return nil, err
	}
	endpoint, err := newTokenEndpoint(c)
	if err != nil {
		return nil, err
	}
	return auth.NewKeycloak(auth.KeycloakConfig{
		ClientID: c.Keycloak.ClientID, ClientSecret: c.Keycloak.ClientSecret,
		Endpoint: endpoint.post, Timeout: c.Timeout,
	}), nil
}

func (k Keycloak) check() error {
	switch {
	case k.TokenURL == "" && k.URL == "":
		return apierr.Required("Keycloak.URL")
	case k.TokenURL == "" && k.Realm == "":
		return apierr.Required("Keycloak.Realm")
	case k.TokenURL == "" && (k.Realm == "." || k.Realm == ".."):
		return apierr.Invalid("Keycloak.Realm", "must not be %q, which is not one path segment", k.Realm)
	case k.ClientID == "":
		return apierr.Required("Keycloak.ClientID")
	case k.ClientSecret == "":
		return apierr.Required("Keycloak.ClientSecret")
	}
	return nil
}

// tokenEndpoint sends token requests as calls of their own, so that they are limited, retried and reported like others.
type tokenEndpoint struct {
	fetching   *transport.Client
	refreshing *transport.Client // without retries: with rotation on, a second use ends the session
	fetch      transport.Operation
	refresh    transport.Operation
	ids        []string
}

func newTokenEndpoint(c Config) (*tokenEndpoint, error) {
	base, path, err := c.Keycloak.endpoint(c.AllowInsecureHTTP)
	if err != nil {
		return nil, err
	}
	e := &tokenEndpoint{
		fetch:   transport.Operation{Name: "fetch token", Method: "POST", Path: path, Idempotent: true},
		refresh: transport.Operation{Name: "refresh token", Method: "POST", Path: path},
	}
	if path == realmPath {
		e.ids = []string{c.Keycloak.Realm}
	}
	settings := c.transport()
	settings.BaseURL, settings.NewError = base, newTokenError
	if e.fetching, err = transport.New(settings); err != nil {
		return nil, err
	}
	settings.MaxRetries = -1
	e.refreshing, err = transport.New(settings)
	return e, err
}

// endpoint returns the base URL and the path template of token requests.
func (k Keycloak) endpoint(insecure bool) (base, path string, err error) {
	if k.TokenURL == "" {
		base = strings.TrimSuffix(strings.TrimRight(k.URL, "/"), "/auth")
		_, err = origin.ParseURL("Keycloak.URL", base, insecure)
		return base, realmPath, err
	}
	u, err := origin.ParseURL("Keycloak.TokenURL", k.TokenURL, insecure)
	if err != nil {
		return "", "", err
	}
	whole := u.EscapedPath()
	cut := strings.LastIndexByte(whole, '/')
	if cut < 0 || cut == len(whole)-1 {
		return "", "", apierr.Invalid("Keycloak.TokenURL", "must have a path that does not end in a slash")
	}
	if path, err = url.PathUnescape(whole[cut:]); err != nil || strings.Contains(path[1:], "/") {
		return "", "", apierr.Invalid("Keycloak.TokenURL", "must not end in an escaped slash")
	}
	return u.Scheme + "://" + u.Host + whole[:cut], path, nil
}

// post is the auth.TokenEndpoint of Keycloak's grants.
func (e *tokenEndpoint) post(ctx context.Context, r auth.TokenRequest) (*auth.TokenResponse, error) {
	client, operation := e.refreshing, &e.refresh
	if r.Idempotent {
		client, operation = e.fetching, &e.fetch
	}
	reply, err := client.Do(ctx, transport.Call{
		Operation: operation, IDs: e.ids, Content: form(r.Form.Encode()), Authorizer: formSecrets{secrets: r.Secrets},
	})
	if err == nil {
		return &auth.TokenResponse{StatusCode: reply.StatusCode, Body: reply.Body, Fail: reply.Fail}, nil
	}
	refusal, ok := errors.AsType[*Error](err)
	if !ok || refusal.StatusCode/100 == 2 {
		return nil, err
	}
	return &auth.TokenResponse{StatusCode: refusal.StatusCode, Body: refusal.Body, Fail: refusal.with}, nil
}

// with returns a copy of e that has further causes.
func (e *Error) with(causes ...error) error {
	copied := *e
	copied.causes = slices.Concat(e.causes, causes)
	return &copied
}

// newTokenError makes the Error of the token endpoint. Its body holds no token and no secret, not even one that the
// server quotes.
func newTokenError(f *apierr.ErrorResponse) error {
	if f.StatusCode/100 == 2 {
		f.Body = nil
	}
	f.Body = []byte(f.Redact(string(f.Body)))
	return newError(f)
}

// form is the body of a token request.
type form []byte

// ContentType is what RFC 6749 section 4.4.2 asks for.
func (form) ContentType() string { return "application/x-www-form-urlencoded" }

// Length is known.
func (f form) Length() int64 { return int64(len(f)) }

// Open returns the form once more.
func (f form) Open(context.Context) (io.ReadCloser, error) {
	return io.NopCloser(bytes.NewReader(f)), nil
}

// Replayable is true.
func (form) Replayable() bool { return true }

// Err is nil: memory does not fail.
func (form) Err() error { return nil }

// formSecrets is the credential of a token request: nothing in the header, and secrets in the form that no text may
// show.
type formSecrets struct {
	auth.None
	secrets []string
}

// Redact replaces them in text.
func (s formSecrets) Redact(text string) string {
	for _, secret := range s.secrets {
		text = redact.Secret(text, secret)
	}
	return text
}

// Format prints for every verb where tokens come from, without the secret.
func (k Keycloak) Format(state fmt.State, verb rune) { redact.Format(state, verb, k.text()) }

// LogValue logs what Format prints.
func (k Keycloak) LogValue() slog.Value { return slog.StringValue(k.text()) }

func (k Keycloak) text() string {
	return fmt.Sprintf("syntphony.Keycloak{Realm: %s, ClientID: %s, ClientSecret: %s}",
		k.Realm, k.ClientID, shown(k.ClientSecret))
}
