package auth

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"golang.org/x/oauth2"

	"github.com/seed-127a5941/parley/internal/apierr"
)

var errNoToken = errors.New("it returned no token")

// NewTokenSource returns the credential of a caller's own oauth2.TokenSource. A token is kept until its Expiry; without
// one the source is asked for each call. After a 401 it is asked again, and the call sent again if the token changed.
func NewTokenSource(source oauth2.TokenSource, timeout time.Duration) *Tokens {
	asked := &asked{source: source}
	t := NewTokens(asked.fetch, timeout)
	t.onlyNew = true
	return t
}

// asked bounds the wait for a source, which takes no context: one that outlasts the wait is not asked a second time
// beside it, what it brings in the end serves the next wait.
type asked struct {
	source oauth2.TokenSource

	mu      sync.Mutex
	pending *answer // nil: the source is not being asked
}

type answer struct {
	done  chan struct{}
	token *oauth2.Token
	err   error
}

func (a *asked) fetch(ctx context.Context) (Grant, error) {
	pending := a.ask()
	select {
	case <-pending.done:
	case <-ctx.Done():
		return Grant{}, fmt.Errorf("TokenSource: no answer yet: %w", ctx.Err())
	}
	a.mu.Lock()
	a.pending = nil
	a.mu.Unlock()
	switch {
	case pending.err != nil:
		return Grant{}, fmt.Errorf("TokenSource: %w", presentable(pending.err))
	case pending.token == nil || pending.token.AccessToken == "":
		return Grant{}, fmt.Errorf("TokenSource: %w", errNoToken)
	}
	end := pending.token.Expiry
	if end.IsZero() {
		end = time.Now() // serves the callers who wait now
	}
	return Grant{Token: pending.token.AccessToken, Renew: end, End: end}, nil
}

func (a *asked) ask() *answer {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.pending == nil {
		p := &answer{done: make(chan struct{})}
		a.pending = p
		go func() {
			defer close(p.done)
			p.token, p.err = a.source.Token()
		}()
	}
	return a.pending
}

// presentable replaces errors that show what a token endpoint said, or a URL with its query.
func presentable(err error) error {
	if refusal, ok := errors.AsType[*oauth2.RetrieveError](err); ok {
		return refused(refusal)
	}
	return apierr.WithoutURL(err)
}

// refused names status and error code of a refusal, and nothing else that it holds.
func refused(e *oauth2.RetrieveError) error {
	status := 0
	if e.Response != nil {
		status = e.Response.StatusCode
	}
	return fmt.Errorf("the token endpoint answered %d %s", status, codeOf(e))
}

// codeOf returns the error code if it looks as RFC 6749 section 5.2 has them. Anything else might echo a secret.
func codeOf(e *oauth2.RetrieveError) string {
	for _, r := range e.ErrorCode {
		if (r < 'a' || r > 'z') && r != '_' {
			return "without an error code"
		}
	}
	if e.ErrorCode == "" || len(e.ErrorCode) > 40 {
		return "without an error code"
	}
	return e.ErrorCode
}
