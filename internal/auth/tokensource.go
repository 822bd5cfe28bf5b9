package auth

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/oauth2"

	"github.com/seed-127a5941/parley/internal/redact"
)

var errNoToken = errors.New("it returned no token")

// NewTokenSource returns the credential of a caller's own oauth2.TokenSource. A token is kept until its Expiry.
// Without an Expiry, the source is asked for each call. After a 401 the source is asked again, and the call is sent
// again if the token changed.
func NewTokenSource(source oauth2.TokenSource, timeout time.Duration) *Tokens {
	t := NewTokens(TokensConfig{Fetcher: (&sourceFetcher{source: source}).fetch, Timeout: timeout})
	t.onlyChanged = true
	return t
}

// sourceFetcher limits the wait for a source, which takes no context. If a source outlasts the fetch that asked it, it
// is not asked a second time beside that: the next fetch waits for its token too.
type sourceFetcher struct {
	source oauth2.TokenSource

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
			return call.result()
		}
	}
}

// ask returns the call that is under way, or starts one. joined says that an earlier fetch started it.
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

// stillServes reports whether the fetch that began then can use the result of a call that an earlier fetch started. An
// error or a token from before is out of date, unless the token says that it lives. A panic is told, however late.
func (c *sourceCall) stillServes(began time.Time) bool {
	if _, ok := c.err.(*panicError); ok { //nolint:errorlint // made by run, and wrapped by nobody
		return true
	}
	if c.err == nil && c.token != nil && !c.token.Expiry.IsZero() {
		return time.Now().Before(c.token.Expiry)
	}
	return !c.ended.Before(began)
}

func (c *sourceCall) result() (Token, error) {
	switch {
	case c.err != nil:
		return Token{}, fmt.Errorf("TokenSource: %w", withoutSecrets(c.err))
	case c.token == nil || c.token.AccessToken == "":
		return Token{}, fmt.Errorf("TokenSource: %w", errNoToken)
	}
	expiry := c.token.Expiry
	if expiry.IsZero() {
		expiry = time.Now() // it serves the callers who wait now
	}
	return Token{AccessToken: c.token.AccessToken, RefreshAt: expiry, Expiry: expiry}, nil
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

// safeCode returns an error code that looks as RFC 6749 section 5.2 has them. Anything else might quote a secret.
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
