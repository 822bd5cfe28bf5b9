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

	"github.com/seed-127a5941/parley/internal/redact"
)

var errNoToken = errors.New("it returned no token")

// NewTokenSource returns the credential of a user's own oauth2.TokenSource. A token is used until its Expiry. The
// source is called again as long before as NewToken says, while the token still serves. If it then returns the same
// token, as an oauth2.ReuseTokenSource does, it is called again after a part of the time that is left. If a token has
// no Expiry, the source is called for each call, unless it is known to return the same token for ever. After a 401 the
// source is called again, and the call is sent again if the token changed. logger logs a panic of the source, and nil
// disables logging.
func NewTokenSource(source oauth2.TokenSource, timeout time.Duration, logger *slog.Logger) *Tokens {
	fetcher := &sourceFetcher{source: source, repeats: repeats(source)}
	t := NewTokens(TokensConfig{Fetcher: fetcher.fetch, Timeout: timeout, Logger: logger})
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

// sourceFetcher bounds the wait for a source, which takes no context. If a call of the source outlasts its fetch, the
// source is not called a second time beside it. The next fetch waits for that call too.
type sourceFetcher struct {
	source  oauth2.TokenSource
	repeats bool // the source repeats a token without Expiry for ever

	mu      sync.Mutex
	pending *sourceCall // nil while the source is not being called
}

// sourceCall is one call of Token of the source. Once done is closed, token, err and ended are set.
type sourceCall struct {
	done  chan struct{}
	token *oauth2.Token
	err   error
	ended time.Time
}

func (s *sourceFetcher) fetch(ctx context.Context, _ string) (Token, error) {
	for began := time.Now(); ; {
		call, joined := s.ask()
		select {
		case <-call.done:
		case <-ctx.Done():
			return Token{}, fmt.Errorf("TokenSource has not returned yet: %w", ctx.Err())
		}
		s.forget()
		if !joined || call.stillServes(began) {
			return s.result(call)
		}
	}
}

// ask returns the running call of the source, or starts one. joined reports whether an earlier fetch started it.
func (s *sourceFetcher) ask() (call *sourceCall, joined bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.pending != nil {
		return s.pending, true
	}
	s.pending = &sourceCall{done: make(chan struct{})}
	go s.pending.run(s.source)
	return s.pending, false
}

func (s *sourceFetcher) forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pending = nil
}

func (c *sourceCall) run(source oauth2.TokenSource) {
	c.err = errAborted
	defer func() {
		if value := recover(); value != nil {
			c.err = newPanicError("TokenSource", value)
		}
		c.ended = time.Now()
		close(c.done)
	}()
	c.token, c.err = source.Token()
}

// stillServes reports whether a fetch that began at began can use the result of a call that an earlier fetch started.
// An error or a token from before that time is out of date, unless the token has an expiry that is still to come. A
// panic is reported, however late.
func (c *sourceCall) stillServes(began time.Time) bool {
	if _, ok := c.err.(*panicError); ok { //nolint:errorlint // made by run, and never wrapped
		return true
	}
	if c.err == nil && c.token != nil && !c.token.Expiry.IsZero() {
		return time.Now().Before(c.token.Expiry)
	}
	return !c.ended.Before(began)
}

func (s *sourceFetcher) result(c *sourceCall) (Token, error) {
	switch {
	case c.err != nil:
		return Token{}, fmt.Errorf("TokenSource: %w", withoutSecrets(c.err))
	case c.token == nil || c.token.AccessToken == "":
		return Token{}, fmt.Errorf("TokenSource: %w", errNoToken)
	case !c.token.Expiry.IsZero():
		return untilExpiry(c.token), nil
	case s.repeats:
		return Token{AccessToken: c.token.AccessToken}, nil
	}
	now := time.Now()
	return Token{AccessToken: c.token.AccessToken, RefreshAt: now, Expiry: now}, nil // for the callers that wait now
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
