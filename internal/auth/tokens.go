package auth

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/seed-127a5941/parley/internal/apierr"
	"github.com/seed-127a5941/parley/internal/callopts"
	"github.com/seed-127a5941/parley/internal/origin"
	"github.com/seed-127a5941/parley/internal/redact"
)

// The figures of a token's life.
const (
	defaultFetchTimeout = 60 * time.Second // limits a fetch where Config.Timeout sets no limit
	assumedLife         = 60 * time.Second // of a token whose server names no life
	refreshMargin       = 10 * time.Second // a token is refreshed at least so long before it expires
	failurePause        = time.Second      // between a failed fetch and the next one
	refusalPause        = time.Second      // between two fetches that refused tokens cause
)

// Token is a token as a Fetcher returns it.
type Token struct {
	AccessToken string
	// RefreshAt is the time from which the next token is fetched while this one still serves. Zero means that the token
	// is fetched anew only after a server refused it.
	RefreshAt time.Time
	// Expiry is the time from which the token serves no more. Zero means that it serves until a server refuses it. A
	// token that has expired already serves the calls that waited for it, and no other.
	Expiry time.Time
	// RefreshToken gets the next token, once. It is empty if the server issued none.
	RefreshToken string
	// RefreshExpiry is the end of the refresh token's life. It is zero if it is unknown.
	RefreshExpiry time.Time
}

// NewToken returns the Token that was received now and lives as long as its server said. A life of zero or less stands
// for 60 s. The token is refreshed ahead of its expiry by 10 s or a tenth of its life, but by half of its life at most.
func NewToken(accessToken string, life time.Duration) Token {
	if life <= 0 {
		life = assumedLife
	}
	now := time.Now()
	ahead := min(max(refreshMargin, life/10), life/2)
	return Token{AccessToken: accessToken, RefreshAt: now.Add(life - ahead), Expiry: now.Add(life)}
}

// Fetcher gets a token, with refreshToken unless that is empty. One goroutine calls it at a time, and its ctx is not
// that of a caller. A refresh token is passed once, whatever becomes of it, because with rotation a second use ends
// the session.
type Fetcher func(ctx context.Context, refreshToken string) (Token, error)

// Tokens is the credential of a bearer token that is fetched and refreshed. However many calls need a token, one fetch
// runs at a time, on a goroutine of its own, so that a caller that leaves fails no other. While a token lives, no call
// waits for the fetch of the next one.
type Tokens struct {
	fetcher Fetcher
	timeout time.Duration
	shared  *Store       // nil if the tokens are this client's own
	logger  *slog.Logger // nil disables logging
	// onlyChanged keeps a call from being sent again with the token that was refused.
	onlyChanged bool
	sent        sentTokens

	mu          sync.Mutex
	current     *bearer
	running     *fetch
	failure     error     // of the last fetch, nil if it succeeded
	notBefore   time.Time // the earliest start of the next fetch after a failure
	lastRefusal time.Time // when a refused token was last invalidated

	refreshToken  string    // of the last fetch; empty if the server issued none or the Store has it
	refreshExpiry time.Time // zero if it is unknown
	refused       []string  // the last tokens that were refused, which the Store may still hold
	undeleted     []string  // those of them that are to be deleted from the Store
}

// bearer is a token in use.
type bearer struct {
	Token
	header []string // all requests share it, because net/http clones a header before changing it
}

// fetch is a run of the Fetcher. Once done is closed, token and err are set.
type fetch struct {
	done  chan struct{}
	token *bearer
	err   error
}

// TokensConfig holds the settings of Tokens.
type TokensConfig struct {
	Fetcher Fetcher
	Timeout time.Duration // limits a fetch; zero or less means 60 s
	Store   *Store        // shares the tokens with other replicas; nil means that they are the client's own
	Logger  *slog.Logger  // is told of a panic for which no caller waited; nil disables logging
}

// NewTokens returns the credential whose tokens cfg.Fetcher gets.
func NewTokens(cfg TokensConfig) *Tokens {
	if cfg.Timeout <= 0 {
		cfg.Timeout = defaultFetchTimeout
	}
	return &Tokens{fetcher: cfg.Fetcher, timeout: cfg.Timeout, shared: cfg.Store, logger: cfg.Logger}
}

// Authorize sets the Authorization header.
func (t *Tokens) Authorize(ctx context.Context, req *http.Request) (string, error) {
	token, err := t.get(ctx)
	if err != nil {
		return "", err
	}
	req.Header["Authorization"] = token.header
	return token.AccessToken, nil
}

// Token returns the token to send now. It waits until ctx ends for a token that lives.
func (t *Tokens) Token(ctx context.Context) (string, error) {
	token, err := t.get(ctx)
	if err != nil {
		return "", err
	}
	return token.AccessToken, nil
}

// Refresh invalidates the token used if it is still the current one, and waits for another.
func (t *Tokens) Refresh(ctx context.Context, used string) (bool, error) {
	if !t.invalidate(used) {
		return false, nil
	}
	token, err := t.get(ctx)
	if err != nil {
		return false, err
	}
	return !t.onlyChanged || token.AccessToken != used, nil
}

// Invalidate drops token if it is still the current one.
func (t *Tokens) Invalidate(token string) { t.invalidate(token) }

// invalidate drops the current token if it is the one that was refused, and returns false if that must wait: refused
// tokens cause one fetch a second at most. A fetch that is under way serves the refused caller too.
func (t *Tokens) invalidate(refused string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.current == nil || t.current.AccessToken != refused {
		return true
	}
	if t.running == nil {
		now := time.Now()
		if now.Sub(t.lastRefusal) < refusalPause {
			return false
		}
		t.lastRefusal = now
	}
	t.rememberRefused(refused)
	t.current = nil
	return true
}

// get returns a token that lives. It waits for one if need be.
func (t *Tokens) get(ctx context.Context) (*bearer, error) {
	now := time.Now()
	t.mu.Lock()
	current := t.current
	if current != nil && !current.needsRefresh(now) {
		t.mu.Unlock()
		return current, nil
	}
	running, err := t.start(ctx, now)
	t.mu.Unlock()
	switch {
	case current != nil && current.lives(now):
		return current, nil
	case err != nil:
		return nil, err
	}
	return running.wait(ctx)
}

// start returns the fetch that is under way, or starts one. Within a second of a failed one it returns its error.
func (t *Tokens) start(ctx context.Context, now time.Time) (*fetch, error) {
	if t.running != nil {
		return t.running, nil
	}
	if t.failure != nil && now.Before(t.notBefore) {
		return nil, t.failure
	}
	t.running = &fetch{done: make(chan struct{})}
	// The fetch outlives the call that causes it and keeps the values of its ctx, so that its spans have a parent.
	go t.run(callopts.Without(context.WithoutCancel(ctx)), t.running)
	return t.running, nil
}

func (f *fetch) wait(ctx context.Context) (*bearer, error) {
	select {
	case <-f.done:
		return f.token, f.err
	case <-ctx.Done():
		return nil, fmt.Errorf("wait for a token: %w", ctx.Err())
	}
}

var errAborted = errors.New("the fetch of a token was aborted: runtime.Goexit was called")

// run calls the Fetcher. The code of the user that it reaches, such as a RoundTripper, may panic: that is the error of
// the callers that wait.
func (t *Tokens) run(ctx context.Context, f *fetch) {
	ctx, cancel := context.WithTimeout(ctx, t.timeout)
	defer cancel()
	var token Token
	err := errAborted
	defer func() {
		if value := recover(); value != nil {
			err = newPanicError("fetch of a token", value)
			t.logPanic(ctx, err)
		}
		t.complete(f, token, err)
	}()
	if token, err = t.obtain(ctx); err == nil {
		err = token.validate()
	}
}

// logPanic logs a panic, because no call may get it as its error: while a token lives, no call waits for the fetch.
func (t *Tokens) logPanic(ctx context.Context, err error) {
	if t.logger != nil {
		t.logger.LogAttrs(ctx, slog.LevelError, "panic", slog.String("error", redact.OneLine(t.Redact(err.Error()))))
	}
}

func (t *Token) validate() error {
	if t.AccessToken == "" {
		return apierr.Invalid("token", "must not be empty")
	}
	return validate(t.AccessToken)
}

// validate refuses a token that a header cannot carry.
func validate(token string) error { return origin.CheckHeaderValue("token", token) }

// complete stores the result of the fetch and releases the callers that wait for it.
func (t *Tokens) complete(f *fetch, token Token, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.running, t.failure = nil, nil
	if err != nil {
		f.err = &fetchError{err: err}
		t.failure, t.notBefore = f.err, time.Now().Add(failurePause)
	} else {
		f.token = t.store(token)
	}
	close(f.done)
}

// store makes token the current one.
func (t *Tokens) store(token Token) *bearer {
	if t.current == nil || t.current.AccessToken != token.AccessToken {
		t.sent.add(token.AccessToken)
	}
	t.refreshToken, t.refreshExpiry = token.RefreshToken, token.RefreshExpiry
	t.current = &bearer{Token: token, header: []string{"Bearer " + token.AccessToken}}
	return t.current
}

// needsRefresh reports whether the next token is to be fetched.
func (b *bearer) needsRefresh(now time.Time) bool {
	return !b.RefreshAt.IsZero() && !now.Before(b.RefreshAt)
}

// lives reports whether the token still serves.
func (b *bearer) lives(now time.Time) bool {
	return b.Expiry.IsZero() || now.Before(b.Expiry)
}

// Redact replaces every token that this client has ever sent.
func (t *Tokens) Redact(text string) string { return t.sent.redact(text) }
