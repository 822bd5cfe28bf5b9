package auth

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/seed-127a5941/parley/internal/apierr"
	"github.com/seed-127a5941/parley/internal/callopts"
	"github.com/seed-127a5941/parley/internal/origin"
	"github.com/seed-127a5941/parley/internal/redact"
)

// These figures govern the life of a token.
const (
	defaultFetchTimeout = 60 * time.Second // limits a fetch if TokensConfig.Timeout is zero or less
	assumedLife         = 60 * time.Second // of a token whose server does not name its life
	refreshMargin       = 10 * time.Second // a token is refreshed at least this long before it expires
	failurePause        = time.Second      // between a failed fetch and the next one
	refusalPause        = time.Second      // between two fetches that refused tokens cause
)

// Token is a token as a Fetcher returns it. NewToken makes its times from the lifetime that the server names, with a
// monotonic reading, so that setting the system clock does not change when a token expires. A time that a TokenSource
// names, or that replicas share in a Store, is compared with the system clock if it has no such reading.
type Token struct {
	AccessToken string
	// RefreshAt is the time from which the next token is fetched while this one still serves. Zero means that the token
	// is fetched anew only after a server refused it.
	RefreshAt time.Time
	// Expiry is the time from which the token is no longer used. Zero means that it is used until a server refuses it.
	// A token that has already expired is used only for the calls that waited for it.
	Expiry time.Time
	// RefreshToken gets the next token, once. It is empty if the server did not issue one.
	RefreshToken string
	// RefreshExpiry is the end of the refresh token's life. It is zero if it is unknown.
	RefreshExpiry time.Time
}

// NewToken returns the Token for an access token that was received now and expires after life. A life of zero or less
// means 60 s. The token is refreshed before it expires: by 10 s or a tenth of its life, whichever is longer, but by
// half of its life at most.
func NewToken(accessToken string, life time.Duration) Token {
	if life <= 0 {
		life = assumedLife
	}
	now := time.Now()
	ahead := min(max(refreshMargin, life/10), life/2)
	return Token{AccessToken: accessToken, RefreshAt: now.Add(life - ahead), Expiry: now.Add(life)}
}

// Fetcher gets a token, by means of refreshToken unless that is empty. One goroutine calls it at a time, and ctx is not
// that of a caller. Each refresh token is passed only once, even if the fetch fails, because with rotation a second use
// ends the session.
type Fetcher func(ctx context.Context, refreshToken string) (Token, error)

// Tokens is a bearer token that is fetched and refreshed. However many calls need a token, only one fetch runs at a
// time. It runs on a goroutine of its own, so that a caller that stops waiting does not fail the others. While the
// current token is valid, no call waits for the fetch of the next one, nor for a lock.
type Tokens struct {
	// launch starts a fetch, which ends by finish. It is called while mu is held.
	launch  func(context.Context, *fetch)
	fetcher Fetcher // nil for a TokenSource
	timeout time.Duration
	shared  *Store       // nil if the tokens are this client's own
	logger  *slog.Logger // nil disables logging
	// onlyChanged means that a call is sent again after a 401 only if the token has changed.
	onlyChanged bool
	sent        sentTokens
	// current is the token in use, or nil before the first and after a 401. Calls load it without mu, which guards each
	// change of it.
	current atomic.Pointer[bearer]

	mu          sync.Mutex
	running     *fetch
	failure     error     // of the last fetch, nil if it succeeded
	notBefore   time.Time // the earliest start of the next fetch after a failure
	lastRefusal time.Time // when a refused token was last invalidated

	refreshToken  string    // of the last fetch; empty if the server did not issue it or the Store holds it
	refreshExpiry time.Time // zero if it is unknown
	refused       []string  // the last tokens that were refused, which the Store may still hold
	undeleted     []string  // those of refused that still have to be deleted from the Store
}

// bearer is a token in use. It is not changed, because calls share it without a lock.
type bearer struct {
	Token
	header []string // all requests share it, because net/http clones a header before changing it
}

// fetch is a run of the Fetcher, or a wait for a TokenSource. Once done is closed, token and err are set.
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
	Logger  *slog.Logger  // logs a panic that no caller waits to be told; nil disables logging
}

// NewTokens returns the credential whose tokens cfg.Fetcher gets.
func NewTokens(cfg TokensConfig) *Tokens {
	if cfg.Timeout <= 0 {
		cfg.Timeout = defaultFetchTimeout
	}
	t := &Tokens{fetcher: cfg.Fetcher, timeout: cfg.Timeout, shared: cfg.Store, logger: cfg.Logger}
	t.launch = t.launchFetcher
	return t
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

// Token returns the token to send now. If there is no valid token, it waits for one until ctx ends.
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

// invalidate drops the current token if it is the refused one. It returns true if get will then return another token,
// which is also so if the current one is another by now. It returns false if the last refusal was less than a second
// ago, because refused tokens cause at most one fetch a second. While a fetch is running, that limit does not apply.
func (t *Tokens) invalidate(refused string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if current := t.current.Load(); current == nil || current.AccessToken != refused {
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
	t.current.Store(nil)
	return true
}

// get returns the current token if it is valid. Otherwise it waits for the next one.
func (t *Tokens) get(ctx context.Context) (*bearer, error) {
	current, now := t.current.Load(), time.Now()
	if current == nil || !current.lives(now) {
		return t.await(ctx, now)
	}
	if current.needsRefresh(now) {
		t.refreshAhead(ctx, now)
	}
	return current, nil
}

// await waits for the running fetch, or for one that it starts, unless another call has got a token in the meantime.
func (t *Tokens) await(ctx context.Context, now time.Time) (*bearer, error) {
	t.mu.Lock()
	if current := t.current.Load(); current != nil && current.lives(now) {
		t.mu.Unlock()
		return current, nil
	}
	running, err := t.start(ctx, now)
	t.mu.Unlock()
	if err != nil {
		return nil, err
	}
	return running.wait(ctx)
}

// refreshAhead starts the fetch of the next token while the current one still serves. Of the calls that find at the
// same moment that the token needs it, one starts the fetch. The others do not even wait for the lock.
func (t *Tokens) refreshAhead(ctx context.Context, now time.Time) {
	if !t.mu.TryLock() {
		return
	}
	defer t.mu.Unlock()
	current := t.current.Load()
	if current == nil || !current.needsRefresh(now) {
		return
	}
	if _, err := t.start(ctx, now); err == nil {
		t.current.Store(current.refreshedAt(current.Expiry)) // the fetch is running, so that no call starts another
	}
}

// start returns the running fetch, or starts one. Within a second after a failed fetch it returns the error of that
// fetch.
func (t *Tokens) start(ctx context.Context, now time.Time) (*fetch, error) {
	if t.running != nil {
		return t.running, nil
	}
	if t.failure != nil && now.Before(t.notBefore) {
		return nil, t.failure
	}
	t.running = &fetch{done: make(chan struct{})}
	t.launch(ctx, t.running)
	return t.running, nil
}

// launchFetcher runs the Fetcher on a goroutine of its own. The fetch outlives the call that causes it. It keeps the
// values of the call's ctx, so that its spans have a parent.
func (t *Tokens) launchFetcher(ctx context.Context, f *fetch) {
	go t.run(callopts.Without(context.WithoutCancel(ctx)), f)
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

// run calls the Fetcher. Code of the user that the fetch calls, such as a RoundTripper, may panic. The callers that
// wait then get the panic as an error.
func (t *Tokens) run(ctx context.Context, f *fetch) {
	ctx, cancel := context.WithTimeout(ctx, t.timeout)
	defer cancel()
	var token Token
	err := errAborted
	defer func() {
		if value := recover(); value != nil {
			err = newPanicError("fetch of a token", value)
		}
		t.finish(ctx, f, token, err)
	}()
	token, err = t.obtain(ctx)
}

// finish ends a fetch with the token or the error that it got.
func (t *Tokens) finish(ctx context.Context, f *fetch, token Token, err error) {
	if err == nil {
		err = token.validate()
	} else if _, ok := errors.AsType[*apierr.PanicError](err); ok {
		t.logPanic(ctx, err)
	}
	t.complete(f, token, err)
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
	if err == nil {
		t.rememberSent(token.AccessToken)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.running, t.failure = nil, nil
	if err != nil {
		f.err = &fetchError{err: err}
		t.postpone(f.err)
	} else {
		f.token = t.store(token)
	}
	close(f.done)
}

// postpone puts the next fetch off after one that failed. While the current token lives, calls go on with it.
func (t *Tokens) postpone(failure error) {
	t.failure, t.notBefore = failure, time.Now().Add(failurePause)
	if current := t.current.Load(); current != nil {
		t.current.Store(current.refreshedAt(t.notBefore))
	}
}

// rememberSent has token redacted from now on. It does not need mu, which no call has to wait for while a long text is
// being redacted.
func (t *Tokens) rememberSent(token string) {
	if current := t.current.Load(); current == nil || current.AccessToken != token {
		t.sent.add(token)
	}
}

// store makes token the current one.
func (t *Tokens) store(token Token) *bearer {
	t.refreshToken, t.refreshExpiry = token.RefreshToken, token.RefreshExpiry
	next := &bearer{Token: token}
	if current := t.current.Load(); current != nil && current.AccessToken == token.AccessToken {
		next.header = current.header
	} else {
		next.header = []string{"Bearer " + token.AccessToken}
	}
	t.current.Store(next)
	return next
}

// refreshedAt returns the token with another time of its refresh.
func (b *bearer) refreshedAt(at time.Time) *bearer {
	next := *b
	next.RefreshAt = at
	return &next
}

// needsRefresh reports whether the next token is to be fetched.
func (b *bearer) needsRefresh(now time.Time) bool {
	return !b.RefreshAt.IsZero() && !now.Before(b.RefreshAt)
}

// lives reports whether the token has not expired.
func (b *bearer) lives(now time.Time) bool {
	return b.Expiry.IsZero() || now.Before(b.Expiry)
}

// Redact replaces every token that this client has ever sent.
func (t *Tokens) Redact(text string) string { return t.sent.redact(text) }
