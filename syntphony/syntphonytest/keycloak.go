package syntphonytest

import (
	"crypto/rand"
	"math"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/seed-127a5941/parley/internal/testing/fakeserver"
)

// Tokens says which tokens Keycloak issues.
type Tokens struct {
	// Life is how long an access token lives. Zero means 300 seconds.
	Life time.Duration
	// NoExpiresIn leaves expires_in out of the responses.
	NoExpiresIn bool
	// Refresh issues refresh tokens with client_credentials, which Keycloak does not since version 12.
	Refresh bool
	// RefreshLife is how long a refresh token lives. Zero means 1800 seconds.
	RefreshLife time.Duration
	// Rotate revokes a refresh token on use. A second use then ends the session, with its newest refresh token.
	Rotate bool
}

// keycloak is the token endpoint.
type keycloak struct {
	mu      sync.Mutex
	rules   Tokens
	access  map[string]time.Time // the end of each token's life
	refresh map[string]*session
}

// session is the session to which refresh tokens belong.
type session struct {
	id     string
	newest string
	end    time.Time // of the newest refresh token
	gone   bool
}

func newKeycloak() *keycloak {
	return &keycloak{access: map[string]time.Time{}, refresh: map[string]*session{}}
}

// SetTokens sets which tokens are issued from now on.
func (s *Server) SetTokens(t Tokens) {
	s.keycloak.mu.Lock()
	defer s.keycloak.mu.Unlock()
	s.keycloak.rules = t
}

// RevokeTokens revokes every token that was issued so far, refresh tokens included.
func (s *Server) RevokeTokens() {
	s.keycloak.mu.Lock()
	defer s.keycloak.mu.Unlock()
	clear(s.keycloak.access)
	for _, session := range s.keycloak.refresh {
		session.gone = true
	}
}

// valid reports whether the broker accepts the token.
func (k *keycloak) valid(token string) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	end, ok := k.access[token]
	return ok && time.Now().Before(end)
}

func (k *keycloak) serve(w http.ResponseWriter, r *http.Request) {
	if r.ParseForm() != nil || r.Header.Get("Content-Type") != "application/x-www-form-urlencoded" {
		refuse(w, 400, "invalid_request", "Missing form parameter")
		return
	}
	form := r.PostForm
	switch {
	case form.Get("client_id") == "":
		refuse(w, 400, "invalid_client", "Missing client_id parameter")
	case form.Get("client_id") != clientID, form.Get("client_secret") != clientSecret:
		refuse(w, 401, "unauthorized_client", "Invalid client or Invalid client credentials")
	case form.Get("grant_type") == "client_credentials":
		k.begin(w)
	case form.Get("grant_type") == "refresh_token":
		k.renew(w, form)
	default:
		refuse(w, 400, "unsupported_grant_type", "Unsupported grant_type")
	}
}

func refuse(w http.ResponseWriter, status int, code, description string) {
	fakeserver.JSON(w, status, map[string]string{"error": code, "error_description": description})
}

func (k *keycloak) begin(w http.ResponseWriter) {
	k.mu.Lock()
	defer k.mu.Unlock()
	var started *session
	if k.rules.Refresh {
		started = &session{id: rand.Text()}
	}
	k.issue(w, started)
}

func (k *keycloak) renew(w http.ResponseWriter, form url.Values) {
	k.mu.Lock()
	defer k.mu.Unlock()
	token := form.Get("refresh_token")
	known := k.refresh[token]
	switch {
	case token == "":
		refuse(w, 400, "invalid_request", "No refresh token")
	case known == nil:
		refuse(w, 400, "invalid_grant", "Invalid refresh token")
	case known.gone:
		refuse(w, 400, "invalid_grant", "Session not active")
	case k.rules.Rotate && token != known.newest:
		known.gone = true
		refuse(w, 400, "invalid_grant", "Maximum allowed refresh token reuse exceeded")
	case !time.Now().Before(known.end):
		refuse(w, 400, "invalid_grant", "Token is not active")
	default:
		k.issue(w, known)
	}
}

// issue responds with a new access token, and with a refresh token unless its session is nil.
func (k *keycloak) issue(w http.ResponseWriter, of *session) {
	life := orDefault(k.rules.Life, 300*time.Second)
	token := "fake-access-" + rand.Text()
	k.access[token] = time.Now().Add(life)
	answer := map[string]any{
		"access_token": token, "token_type": "Bearer", "not-before-policy": 0, "scope": "", "refresh_expires_in": 0,
	}
	if !k.rules.NoExpiresIn {
		answer["expires_in"] = wholeSeconds(life)
	}
	if of != nil {
		refreshLife := orDefault(k.rules.RefreshLife, 1800*time.Second)
		of.newest, of.end = "fake-refresh-"+rand.Text(), time.Now().Add(refreshLife)
		k.refresh[of.newest] = of
		answer["refresh_token"], answer["refresh_expires_in"] = of.newest, wholeSeconds(refreshLife)
		answer["session_state"] = of.id
	}
	fakeserver.JSON(w, http.StatusOK, answer)
}

// wholeSeconds rounds up, because 0 would mean that Keycloak does not know the life of the token.
func wholeSeconds(d time.Duration) int { return int(math.Ceil(d.Seconds())) }

func orDefault(d, otherwise time.Duration) time.Duration {
	if d == 0 {
		return otherwise
	}
	return d
}
