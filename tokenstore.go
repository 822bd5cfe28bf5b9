package parley

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"strconv"
	"time"
)

// TokenStore shares tokens and visitor sessions between the replicas of a service, so that they do not each fetch their
// own and do not end each other's sessions. Set it as Config.TokenStore of package syntphony or siteassist.
//
// A store that fails costs a fetch of the client's own, never the call. The client's context for each use of the store
// ends after 2 seconds, and the client then goes on without the store. A store must be safe for concurrent use.
//
// A key is printable ASCII of at most 200 bytes that does not change between versions and holds no secret: the vendor,
// then a hash of token URL and client id (Syntphony) or of base URL, publishable key and device id (SiteAssist).
//
// A TokenStore may also implement TokenLocker. A stored refresh token is used only under that lock, because a server
// that rotates refresh tokens ends the session when one is used twice.
type TokenStore interface {
	// Load returns the token that is stored under key, or the zero Token if the store has no such key. It may return
	// one whose access token has expired.
	Load(ctx context.Context, key string) (Token, error)
	// Save stores token under key and keeps it until the later of token.Expiry and token.RefreshExpiry. If token.Expiry
	// is zero, as it is for visitor sessions, the store decides how long to keep it. 30 days is sensible.
	Save(ctx context.Context, key string, token Token) error
	// Delete removes the token under key, but only while the stored one has the access token of refused.
	Delete(ctx context.Context, key string, refused Token) error
}

// TokenLocker is a lock between replicas that a TokenStore may implement. One replica then fetches a token while the
// others wait for the lock and call Load.
type TokenLocker interface {
	// Lock waits for the lock of key until ctx ends. The caller frees the lock by unlock. Otherwise it ends after ttl.
	// The client itself uses no shared refresh token once ttl has passed. If unlock is called after that, it must not
	// free a lock that another replica holds by then.
	Lock(ctx context.Context, key string, ttl time.Duration) (unlock func(), err error)
}

// Token is a token or visitor session in a TokenStore. Its JSON holds the secrets and reads back as the same Token.
// Printing and logging it shows neither of the tokens. Do not log a slice or struct of Tokens with slog's JSON handler,
// which encodes them.
type Token struct {
	// AccessToken is the bearer token or session token.
	AccessToken string `json:"accessToken"`
	// RefreshToken gets the next access token. It is "" if the server did not give one.
	RefreshToken string `json:"refreshToken,omitempty"`
	// Expiry is the end of the access token's life. It is zero if the server did not name it.
	Expiry time.Time `json:"expiry,omitzero"`
	// RefreshExpiry is the end of the refresh token's life. It is zero if the server did not name it.
	RefreshExpiry time.Time `json:"refreshExpiry,omitzero"`
}

// Format prints, for every verb, the expiry and whether the token and the refresh token are set.
func (t Token) Format(state fmt.State, verb rune) {
	text := t.text()
	if verb == 'q' {
		text = strconv.Quote(text)
	}
	_, _ = io.WriteString(state, text)
}

// LogValue logs the text that Format prints.
func (t Token) LogValue() slog.Value { return slog.StringValue(t.text()) }

func (t Token) text() string {
	return fmt.Sprintf("parley.Token{AccessToken: %s, RefreshToken: %s, Expiry: %s}",
		redacted(t.AccessToken), redacted(t.RefreshToken), t.Expiry.Format(time.RFC3339))
}

// redacted returns a text that stands for a secret and says only whether it is set.
func redacted(secret string) string {
	if secret == "" {
		return `""`
	}
	return "[redacted]"
}
