package auth

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/redact"
)

// TokenRequest is a request to a token endpoint.
type TokenRequest struct {
	Form       url.Values
	Idempotent bool     // whether it may be sent more than once
	Secrets    []string // the members of Form that no error may show
}

// TokenResponse is the response of a token endpoint, whatever its status.
type TokenResponse struct {
	StatusCode int
	Body       []byte
	// Fail makes the vendor's error of the response. The causes explain it.
	Fail func(causes ...error) error
}

// TokenEndpoint posts a form. It returns an error if it got no response.
type TokenEndpoint func(context.Context, TokenRequest) (*TokenResponse, error)

// KeycloakConfig holds the settings of a Keycloak credential.
type KeycloakConfig struct {
	ClientID, ClientSecret string
	Endpoint               TokenEndpoint
	Timeout                time.Duration // limits a fetch with all its requests; zero or less means 60 s
	// Store shares the tokens with other replicas. Nil means that they are the client's own.
	Store  *Store
	Logger *slog.Logger // logs a panic that no caller waits to be told; nil disables logging
}

// Keycloak is the credential of a service account. It fetches its first token with the grant client_credentials. Later
// it uses the grant refresh_token if Keycloak issued a refresh token.
type Keycloak struct {
	*Tokens
	config KeycloakConfig
}

// NewKeycloak returns the credential for cfg.
func NewKeycloak(cfg KeycloakConfig) *Keycloak {
	k := &Keycloak{config: cfg}
	k.Tokens = NewTokens(TokensConfig{Fetcher: k.fetch, Timeout: cfg.Timeout, Store: cfg.Store, Logger: cfg.Logger})
	return k
}

// Redact replaces the client secret and every access token. A refresh token goes to the token endpoint only.
func (k *Keycloak) Redact(text string) string {
	return redact.Secret(k.Tokens.Redact(text), k.config.ClientSecret)
}

// fetch gets a token with the refresh token, or with client_credentials if there is no refresh token or it fails.
func (k *Keycloak) fetch(ctx context.Context, refreshToken string) (Token, error) {
	granted, err := k.refresh(ctx, refreshToken)
	if granted == nil && err == nil {
		granted, err = k.request(ctx, TokenRequest{
			Form: url.Values{"grant_type": {"client_credentials"}}, Idempotent: true,
		})
	}
	if err != nil {
		return Token{}, err
	}
	token := NewToken(granted.accessToken, granted.life)
	token.RefreshToken = granted.refreshToken
	if granted.refreshLife > 0 {
		token.RefreshExpiry = time.Now().Add(granted.refreshLife)
	}
	return token, nil
}

// refresh returns nil and no error if there is no refresh token, or if its request failed. The caller then tries
// client_credentials. If Keycloak refuses the client itself, refresh returns the error, because client_credentials
// would fail too.
func (k *Keycloak) refresh(ctx context.Context, refreshToken string) (*grant, error) {
	if refreshToken == "" {
		return nil, nil
	}
	ctx, cancel := withHalf(ctx, k.timeout) // leaves time for client_credentials
	defer cancel()
	granted, err := k.request(ctx, TokenRequest{
		Form:    url.Values{"grant_type": {"refresh_token"}, "refresh_token": {refreshToken}},
		Secrets: []string{refreshToken},
	})
	if err != nil && !errors.Is(err, ErrConfiguration) {
		return nil, nil
	}
	return granted, err
}

// request posts r with the client's credentials in its form.
func (k *Keycloak) request(ctx context.Context, r TokenRequest) (*grant, error) {
	r.Form.Set("client_id", k.config.ClientID)
	r.Form.Set("client_secret", k.config.ClientSecret)
	r.Secrets = append(r.Secrets, k.config.ClientSecret)
	response, err := k.config.Endpoint(ctx, r)
	if err != nil {
		return nil, err
	}
	granted := parseGrant(response.Body)
	switch {
	case response.StatusCode/100 == 2:
		if err := granted.validate(); err != nil {
			return nil, response.Fail(parley.ErrDecode, err)
		}
		return &granted, nil
	case granted.refusesClient(response.StatusCode):
		return nil, response.Fail(ErrConfiguration)
	}
	return nil, response.Fail()
}

// ErrConfiguration is a cause of the error when Keycloak refuses the client itself.
var ErrConfiguration = errors.New("the token endpoint refuses the client: " +
	"check client id and secret, and that the client has a service account")

// refusesClient reports whether Keycloak refused the client and not just one of its tokens. Status and error code
// decide, never error_description, whose texts change between versions.
func (g *grant) refusesClient(status int) bool {
	return status == http.StatusUnauthorized || g.errorCode == "invalid_client" || g.errorCode == "unauthorized_client"
}

// validate says why a 2xx response cannot be used, without quoting it.
func (g *grant) validate() error {
	switch {
	case g.errorCode != "":
		return errors.New("it holds an error in place of a token: " + safeCode(g.errorCode))
	case g.accessToken == "":
		return errors.New("it holds no access_token")
	}
	return nil
}
