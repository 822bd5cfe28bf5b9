package auth

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/seed-127a5941/parley/internal/apierr"
	"github.com/seed-127a5941/parley/internal/origin"
)

// The figures of a token's life.
const (
	fetchTimeout  = 60 * time.Second // of a fetch, where Timeout sets no bound
	assumedLife   = 60 * time.Second // of a token whose server names none
	renewMargin   = 10 * time.Second // at least so long before its end a token is renewed
	failurePause  = time.Second      // after a failed fetch
	rejectedPause = time.Second      // between two renewals that a 401 forces
	keptTokens    = 16               // that were in use before, to be masked
)

// Grant is what a fetch brings: a token, and how long it serves.
type Grant struct {
	Token string
	// Renew is the time from which a new token is fetched; zero: once a server answers 401.
	Renew time.Time
	// End is the time until which the token serves while its renewal fails; not after Renew: it does not.
	End time.Time
}

// Living is the Grant of a token that was received now and lives as long as its server said; 0 or less: 60 s. It is
// renewed ahead of its end by 10 s or a tenth of its life, but never by more than half of it.
func Living(token string, life time.Duration) Grant {
	if life <= 0 {
		life = assumedLife
	}
	now := time.Now()
	ahead := min(max(renewMargin, life/10), life/2)
	return Grant{Token: token, Renew: now.Add(life - ahead), End: now.Add(life)}
}

// Fetch gets a token. It is called by one goroutine at a time; its ctx is no caller's.
type Fetch func(ctx context.Context) (Grant, error)

// Tokens is the credential of a bearer token that is fetched and renewed. However many calls need one, one fetch runs
// at a time, apart from all of them: a caller that leaves fails nobody.
type Tokens struct {
	fetch   Fetch
	timeout time.Duration
	// onlyNew keeps a call from being sent again with the token that was refused.
	onlyNew bool

	mu       sync.Mutex
	current  *bearer
	former   []string // the last tokens before current, which a server may still echo; at most keptTokens
	flight   *flight
	failure  error     // of the last fetch; nil: it succeeded
	resume   time.Time // no fetch before it
	rejected time.Time // when a 401 last forced a renewal
}

// bearer is a token in use.
type bearer struct {
	Grant
	header []string // shared by all requests: net/http clones headers before it changes them
}

// flight is a fetch under way; done is closed once token and err are set.
type flight struct {
	done  chan struct{}
	token *bearer
	err   error
}

// NewTokens returns the credential whose tokens fetch gets, each fetch within timeout (0 or less: 60 s).
func NewTokens(fetch Fetch, timeout time.Duration) *Tokens {
	if timeout <= 0 {
		timeout = fetchTimeout
	}
	return &Tokens{fetch: fetch, timeout: timeout}
}

// Authorize sets the Authorization header, after waiting for a token if there is none that serves. It returns the token.
func (t *Tokens) Authorize(ctx context.Context, req *http.Request) (string, error) {
	token, err := t.get(ctx)
	if err != nil {
		return "", err
	}
	req.Header["Authorization"] = token.header
	return token.Token, nil
}

// Renew drops the token used if it is still the current one, and waits for another.
func (t *Tokens) Renew(ctx context.Context, used string) (bool, error) {
	t.mu.Lock()
	if t.current != nil {
		if t.current.Token != used {
			t.mu.Unlock()
			return true, nil
		}
		if !t.drop() {
			t.mu.Unlock()
			return false, nil
		}
	}
	t.mu.Unlock()
	token, err := t.get(ctx)
	if err != nil {
		return false, err
	}
	return !t.onlyNew || token.Token != used, nil
}

// drop forgets the current token, unless a 401 did so less than a second ago. It joins a fetch that is under way.
func (t *Tokens) drop() bool {
	now := time.Now()
	if t.flight == nil {
		if now.Sub(t.rejected) < rejectedPause {
			return false
		}
		t.rejected = now
	}
	t.retire("")
	t.current = nil
	return true
}

// retire notes that next takes the place of the current token.
func (t *Tokens) retire(next string) {
	if t.current == nil || t.current.Token == next {
		return
	}
	t.former = append(t.former, t.current.Token)
	t.former = t.former[max(0, len(t.former)-keptTokens):]
}

// get returns a token that serves. It waits for the fetch that brings one, or until ctx ends.
func (t *Tokens) get(ctx context.Context) (*bearer, error) {
	t.mu.Lock()
	now := time.Now()
	if t.current != nil && !t.current.due(now) {
		defer t.mu.Unlock()
		return t.current, nil
	}
	if t.flight == nil && t.failure != nil && now.Before(t.resume) {
		defer t.mu.Unlock()
		return t.fallback(now, t.failure)
	}
	if t.flight == nil {
		t.flight = &flight{done: make(chan struct{})}
		go t.run(t.flight)
	}
	f := t.flight
	t.mu.Unlock()
	return f.wait(ctx)
}

func (f *flight) wait(ctx context.Context) (*bearer, error) {
	select {
	case <-f.done:
		return f.token, f.err
	case <-ctx.Done():
		return nil, fmt.Errorf("wait for a token: %w", ctx.Err())
	}
}

// run fetches within a context of its own.
func (t *Tokens) run(f *flight) {
	ctx, cancel := context.WithTimeout(context.Background(), t.timeout)
	defer cancel()
	grant, err := t.fetch(ctx)
	if err == nil {
		err = origin.CheckHeaderValue("token", grant.Token)
	}
	if err == nil && grant.Token == "" {
		err = apierr.Invalid("token", "must not be empty")
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.land(f, grant, err)
}

// land adopts what the fetch brought.
func (t *Tokens) land(f *flight, grant Grant, err error) {
	now := time.Now()
	t.flight, t.failure = nil, err
	if err != nil {
		t.resume = now.Add(failurePause)
		f.token, f.err = t.fallback(now, err)
	} else {
		t.adopt(grant)
		f.token = t.current
	}
	close(f.done)
}

func (t *Tokens) adopt(grant Grant) {
	t.retire(grant.Token)
	t.current = &bearer{Grant: grant, header: []string{"Bearer " + grant.Token}}
}

// fallback returns the current token while it lives, although it is due and could not be renewed.
func (t *Tokens) fallback(now time.Time, err error) (*bearer, error) {
	if t.current != nil && now.Before(t.current.End) {
		return t.current, nil
	}
	return nil, err
}

// due reports whether the token is to be renewed.
func (b *bearer) due(now time.Time) bool {
	return !b.Renew.IsZero() && !now.Before(b.Renew)
}

// Secrets lists the current token and the last ones before it: the calls that use them may still be under way.
func (t *Tokens) Secrets() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	secrets := slices.Clone(t.former)
	if t.current != nil {
		secrets = append(secrets, t.current.Token)
	}
	return secrets
}
