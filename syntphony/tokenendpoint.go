package syntphony

import (
	"context"
	"errors"
	"net/url"
	"strings"

	"github.com/seed-127a5941/parley/internal/auth"
	"github.com/seed-127a5941/parley/internal/redact"
	"github.com/seed-127a5941/parley/internal/transport"
)

// tokenEndpoint sends token requests as calls of their own, so that they are limited, retried and reported like others.
type tokenEndpoint struct {
	fetching *transport.Client
	// refreshing makes no retries, because with rotation a second use of a refresh token ends the session.
	refreshing *transport.Client
	fetch      transport.Operation
	refresh    transport.Operation
	ids        []string
	url        string // the whole URL of the token endpoint
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
	e.url = base + path
	if path == realmPath {
		e.ids = []string{c.Keycloak.Realm}
		e.url = base + strings.Replace(path, "{realm}", url.PathEscape(c.Keycloak.Realm), 1)
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

// post is the auth.TokenEndpoint for both grants of Keycloak.
func (e *tokenEndpoint) post(ctx context.Context, r auth.TokenRequest) (*auth.TokenResponse, error) {
	client, operation := e.refreshing, &e.refresh
	if r.Idempotent {
		client, operation = e.fetching, &e.fetch
	}
	response, err := client.Do(ctx, transport.Call{
		Operation: operation, IDs: e.ids, Form: r.Form, Authorizer: formSecrets{secrets: r.Secrets},
		HalveTimeLeft: r.Idempotent, // a refresh is one attempt, and its ctx already has only half of the time
	})
	if err == nil {
		return &auth.TokenResponse{StatusCode: response.StatusCode, Body: response.Body, Fail: response.Fail}, nil
	}
	refusal, ok := errors.AsType[*Error](err)
	if !ok || refusal.StatusCode/100 == 2 {
		return nil, err
	}
	return &auth.TokenResponse{StatusCode: refusal.StatusCode, Body: refusal.Body, Fail: refusal.with}, nil
}

// formSecrets is the credential of a token request. It adds no credential to the request, because the form holds the
// secrets. It redacts them in texts.
type formSecrets struct {
	auth.None
	secrets []string
}

// Redact replaces the secrets in text.
func (s formSecrets) Redact(text string) string {
	for _, secret := range s.secrets {
		text = redact.Secret(text, secret)
	}
	return text
}
