package syntphony

import (
	"fmt"
	"log/slog"
	"net/url"
	"strings"

	"github.com/seed-127a5941/parley/internal/apierr"
	"github.com/seed-127a5941/parley/internal/auth"
	"github.com/seed-127a5941/parley/internal/origin"
	"github.com/seed-127a5941/parley/internal/redact"
)

// Keycloak names the token endpoint and the client's credentials. The endpoint is
// {URL}/auth/realms/{Realm}/protocol/openid-connect/token, or TokenURL. Printing it shows no secret.
type Keycloak struct {
	// URL is the URL of the server, such as "https://keycloak-europe-admin.eva.bot". An "/auth" at its end is not added
	// twice. It is required unless TokenURL is set.
	URL string
	// Realm is the organization's name, not its UUID. It is required unless TokenURL is set.
	Realm string
	// ClientID is the id of the service account that comes with the environment. It is required.
	ClientID string
	// ClientSecret is sent to the token endpoint only. It is required.
	ClientSecret string `json:"-"`
	// TokenURL is the whole URL of the token endpoint, for a server without the "/auth" prefix. If it is empty, the URL
	// is made from URL and Realm.
	TokenURL string
}

// realmPath begins with "/auth", which Keycloak dropped in version 17. Newer servers need TokenURL.
const realmPath = "/auth/realms/{realm}/protocol/openid-connect/token"

// tokens returns the credential that Config asks for.
func (c Config) tokens() (auth.Authorizer, error) {
	if c.TokenSource != nil {
		return auth.NewTokenSource(c.TokenSource, c.Timeout, c.Logger), nil
	}
	if err := c.Keycloak.validate(); err != nil {
		return nil, err
	}
	endpoint, err := newTokenEndpoint(c)
	if err != nil {
		return nil, err
	}
	return auth.NewKeycloak(auth.KeycloakConfig{
		ClientID: c.Keycloak.ClientID, ClientSecret: c.Keycloak.ClientSecret,
		Endpoint: endpoint.post, Timeout: c.Timeout, Logger: c.Logger,
		Store: auth.NewStore(c.TokenStore, auth.StoreKey("syntphony", endpoint.url, c.Keycloak.ClientID), c.Logger),
	}), nil
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

// Format prints, for every verb, the token endpoint and the client id, without the secret.
func (k Keycloak) Format(state fmt.State, verb rune) { redact.Format(state, verb, k.text()) }

// LogValue logs the text that Format prints.
func (k Keycloak) LogValue() slog.Value { return slog.StringValue(k.text()) }

func (k Keycloak) text() string {
	return fmt.Sprintf("syntphony.Keycloak{Realm: %s, ClientID: %s, ClientSecret: %s}",
		k.Realm, k.ClientID, shown(k.ClientSecret))
}
