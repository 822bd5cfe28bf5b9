package auth

import (
	"context"
	"slices"
	"time"

	"github.com/seed-127a5941/parley"
)

// obtain gets the next token, from the Store if another replica has saved one, and otherwise from the Fetcher. If the
// Store fails, obtain does not use it again before the next fetch.
func (t *Tokens) obtain(ctx context.Context) (Token, error) {
	if t.shared == nil || !t.deleteRefused(ctx) {
		return t.fetcher(ctx, t.takeRefreshToken())
	}
	stored, ok := t.shared.load(ctx)
	if !ok {
		return t.fetcher(ctx, t.takeRefreshToken())
	}
	if token, ok := t.usable(stored); ok {
		return token, nil
	}
	began := time.Now()
	unlock := t.shared.lock(ctx, t.timeout)
	if unlock == nil {
		return t.fetchAndSave(ctx, t.takeRefreshToken())
	}
	defer unlock()
	if stored, ok = t.shared.load(ctx); ok { // another replica may have fetched while this one waited
		if token, ok := t.usable(stored); ok {
			return token, nil
		}
	}
	refreshToken := t.takeStoredRefreshToken(ctx, stored)
	if refreshToken == "" || time.Since(began) > t.timeout/2 { // the lock may end before the request does
		refreshToken = t.takeRefreshToken()
	}
	return t.fetchAndSave(ctx, refreshToken)
}

// deleteRefused removes the tokens that a server refused from the Store. It returns false if the Store failed.
func (t *Tokens) deleteRefused(ctx context.Context) bool {
	for _, refused := range t.takeUndeleted() {
		if !t.shared.delete(ctx, refused) {
			return false
		}
	}
	return true
}

// fetchAndSave calls the Fetcher and saves its token. A refresh token is stored only if the store has a lock to protect
// it. From then on this client does not use it on its own.
func (t *Tokens) fetchAndSave(ctx context.Context, refreshToken string) (Token, error) {
	token, err := t.fetcher(ctx, refreshToken)
	if err != nil || token.validate() != nil {
		return token, err
	}
	saved := parley.Token{AccessToken: token.AccessToken, Expiry: token.Expiry}
	if t.shared.locker != nil {
		saved.RefreshToken, saved.RefreshExpiry = token.RefreshToken, token.RefreshExpiry
		token.RefreshToken = "" // even if saving fails, because the store may hold it all the same
	}
	t.shared.save(ctx, saved)
	return token, nil
}

// usable returns the stored token as one of this client's. A token that a server refused, that has expired, or that
// this client is about to replace is not usable.
func (t *Tokens) usable(stored parley.Token) (Token, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	current := t.current.Load()
	switch {
	case stored.AccessToken == "", validate(stored.AccessToken) != nil, slices.Contains(t.refused, stored.AccessToken):
		return Token{}, false
	case current != nil && current.AccessToken == stored.AccessToken:
		return Token{}, false
	case stored.Expiry.IsZero():
		return Token{AccessToken: stored.AccessToken}, true
	}
	left := time.Until(stored.Expiry)
	return NewToken(stored.AccessToken, left), left > 0
}

// takeStoredRefreshToken returns the stored refresh token after removing it from the store, because with rotation its
// second use ends the session.
func (t *Tokens) takeStoredRefreshToken(ctx context.Context, stored parley.Token) string {
	token := stored.RefreshToken
	if token == "" || !stored.RefreshExpiry.IsZero() && !time.Now().Before(stored.RefreshExpiry) {
		return ""
	}
	stored.RefreshToken, stored.RefreshExpiry = "", time.Time{}
	if !t.shared.save(ctx, stored) {
		return ""
	}
	return token
}

// takeRefreshToken returns the refresh token of the last fetch, once, if it is still valid. It does not return one that
// was stored.
func (t *Tokens) takeRefreshToken() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	token := t.refreshToken
	t.refreshToken = ""
	if !t.refreshExpiry.IsZero() && !time.Now().Before(t.refreshExpiry) {
		return ""
	}
	return token
}

// rememberRefused records that the server refused token, so that it is deleted from the store and not loaded again. It
// keeps only the last few tokens, because older ones are no longer stored.
func (t *Tokens) rememberRefused(token string) {
	const kept = 8
	if t.shared == nil {
		return
	}
	t.refused = append(t.refused, token)
	t.refused = slices.Clone(t.refused[max(0, len(t.refused)-kept):])
	t.undeleted = append(t.undeleted, token)
	t.undeleted = slices.Clone(t.undeleted[max(0, len(t.undeleted)-kept):])
}

func (t *Tokens) takeUndeleted() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	undeleted := t.undeleted
	t.undeleted = nil
	return undeleted
}
