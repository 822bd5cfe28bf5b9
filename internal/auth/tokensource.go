package auth

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"sync"
	"time"

	"golang.org/x/oauth2"

	"github.com/seed-127a5941/parley/internal/apierr"
	"github.com/seed-127a5941/parley/internal/redact"
)

var errNoToken = errors.New("it returned no token")

// NewTokenSource returns the credential of a user's own oauth2.TokenSource. A token is used until its Expiry. The
// source is called again ahead of that, by the time that NewToken states, while the token still serves. If it then
// returns the same token, as an oauth2.ReuseTokenSource may, it is called again after a part of the time that is left.
// If a token has no Expiry, the source is called for each call, unless it is known to return the same token for ever.
// After a 401 the source is called again, and the call is sent again if the token changed. logger logs a panic of the
// source, and nil disables logging.
func NewTokenSource(source oauth2.TokenSource, timeout time.Duration, logger *slog.Logger) *Tokens {
	t := NewTokens(TokensConfig{Timeout: timeout, Logger: logger})
	t.launch = (&sourceCaller{source: source, repeats: repeats(source), tokens: t}).launch
	t.onlyChanged = true
	return t
}

// repeats reports whether source, once it has returned a token without Expiry, returns that token for ever. This holds
// for two types of oauth2. Another source without Expiry has to be called for each call, on a goroutine of its own,
// because it may block.
func repeats(source oauth2.TokenSource) bool {
	switch reflect.TypeOf(source) {
	case reflect.TypeOf(oauth2.StaticTokenSource(nil)), reflect.TypeOf(oauth2.ReuseTokenSource(nil, nil)):
		return true
	}
	return false
}

// sourceCaller calls a source for the fetches of tokens. A source takes no context, so each call of it has a goroutine
// of its own, and a fetch that has waited long enough ends without it. The source is not called a second time beside a
// call that has not returned. The next fetch waits for that call too.
type sourceCaller struct {
	source  oauth2.TokenSource
	repeats bool // the source repeats a token without Expiry for ever
	tokens  *Tokens

	mu      sync.Mutex
	calling bool          // the source has not returned yet
	waiting *sourceFetch  // gets the result of the call; nil if it has given up
	late    *sourceResult // came after its fetch had given up, and is for the next one; may be nil
}

// sourceFetch is a fetch that waits for the source.
type sourceFetch struct {
	*fetch
	began  time.Time
	joined bool        // an earlier fetch had the source called
	timer  *time.Timer // ends the wait
}

// sourceResult is the result of a call of the source.
type sourceResult struct {
	token *oauth2.Token
	err   error
	ended time.Time
}

// launch calls the source for f, unless an earlier call has not returned or has left a late result.
func (s *sourceCaller) launch(_ context.Context, f *fetch) {
	s.mu.Lock()
	defer s.mu.Unlock()
	waiting := &sourceFetch{fetch: f, began: time.Now(), joined: s.calling || s.late != nil}
	waiting.timer = time.AfterFunc(s.tokens.timeout, func() { s.giveUp(waiting) })
	s.waiting = waiting
	switch {
	case s.calling:
	case s.late != nil:
		go s.deliver(s.late)
	default:
		go s.call()
	}
	s.calling, s.late = true, nil
}

// giveUp ends the fetch f if the source has not returned yet.
func (s *sourceCaller) giveUp(f *sourceFetch) {
	s.mu.Lock()
	waits := s.waiting == f
	if waits {
		s.waiting = nil
	}
	s.mu.Unlock()
	if waits {
		s.tokens.finish(context.Background(), f.fetch, Token{},
			fmt.Errorf("TokenSource has not returned yet: %w", context.DeadlineExceeded))
	}
}

func (s *sourceCaller) call() {
	result := &sourceResult{err: errAborted}
	defer func() {
		if value := recover(); value != nil {
			result.err = newPanicError("TokenSource", value)
		}
		result.ended = time.Now()
		s.deliver(result)
	}()
	result.token, result.err = s.source.Token()
}

// deliver ends the fetch that waits for the result. If the result is out of date for it, the source is called again.
func (s *sourceCaller) deliver(result *sourceResult) {
	s.mu.Lock()
	f := s.waiting
	switch {
	case f == nil:
		s.calling, s.late = false, result
	case f.joined && !result.stillServes(f.began):
		f.joined = false
		f = nil
		go s.call()
	default:
		s.calling, s.waiting = false, nil
	}
	s.mu.Unlock()
	if f != nil {
		f.timer.Stop()
		token, err := s.convert(result)
		s.tokens.finish(context.Background(), f.fetch, token, err)
	}
}

// stillServes reports whether a fetch that began at began can use the result of a call that an earlier fetch started.
// An error or a token from before that time is out of date, unless the token has an expiry that is still to come. A
// panic is reported, however late.
func (r *sourceResult) stillServes(began time.Time) bool {
	if _, ok := r.err.(*apierr.PanicError); ok { //nolint:errorlint // made by call, and never wrapped
		return true
	}
	if r.err == nil && r.token != nil && !r.token.Expiry.IsZero() {
		return time.Now().Before(r.token.Expiry)
	}
	return !r.ended.Before(began)
}

func (s *sourceCaller) convert(r *sourceResult) (Token, error) {
	switch {
	case r.err != nil:
		return Token{}, fmt.Errorf("TokenSource: %w", withoutSecrets(r.err))
	case r.token == nil || r.token.AccessToken == "":
		return Token{}, fmt.Errorf("TokenSource: %w", errNoToken)
	case !r.token.Expiry.IsZero():
		return untilExpiry(r.token), nil
	case s.repeats:
		return Token{AccessToken: r.token.AccessToken}, nil
	}
	now := time.Now()
	return Token{AccessToken: r.token.AccessToken, RefreshAt: now, Expiry: now}, nil // for the callers that wait now
}

// untilExpiry returns the Token for one that a source returned with an Expiry. Near its end the source is not called
// ahead of time, because a source that repeats its token until it expires would be called in ever shorter intervals.
func untilExpiry(token *oauth2.Token) Token {
	const nearEnd = 20 * time.Millisecond
	t := Token{AccessToken: token.AccessToken, RefreshAt: token.Expiry, Expiry: token.Expiry}
	if left := time.Until(token.Expiry); left > nearEnd {
		t.RefreshAt = NewToken(token.AccessToken, left).RefreshAt
	}
	return t
}

// withoutSecrets replaces errors that show a token endpoint's response, or a URL with its query.
func withoutSecrets(err error) error {
	if refusal, ok := errors.AsType[*oauth2.RetrieveError](err); ok {
		status := 0
		if refusal.Response != nil {
			status = refusal.Response.StatusCode
		}
		return fmt.Errorf("the token endpoint responded with %d %s", status, safeCode(refusal.ErrorCode))
	}
	return redact.WithoutURLs(err)
}

// safeCode returns code if it has the form of RFC 6749 section 5.2. Any other code might quote a secret.
func safeCode(code string) string {
	for _, r := range code {
		if (r < 'a' || r > 'z') && r != '_' {
			return "without an error code"
		}
	}
	if code == "" || len(code) > 40 {
		return "without an error code"
	}
	return code
}
