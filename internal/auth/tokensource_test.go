package auth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/oauth2"
)

// ownSource is a caller's token source.
type ownSource func() (*oauth2.Token, error)

func (f ownSource) Token() (*oauth2.Token, error) { return f() }

// counted returns a source whose tokens are numbered by name and live as long as life. A life of 0 means no Expiry.
func counted(calls *int, name func(int) string, life time.Duration) oauth2.TokenSource {
	return ownSource(func() (*oauth2.Token, error) {
		*calls++
		token := &oauth2.Token{AccessToken: name(*calls), TokenType: "bearer"}
		if life > 0 {
			token.Expiry = time.Now().Add(life)
		}
		return token, nil
	})
}

func numbered(n int) string { return fmt.Sprint("own-", n) }

func TestTokenSource_KeptUntilItsExpiry(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls := 0
		tokens := NewTokenSource(counted(&calls, numbered, time.Minute), 0, nil)
		require.Equal(t, "Bearer own-1", mustToken(t, tokens))
		time.Sleep(time.Minute - time.Millisecond)
		require.Equal(t, "Bearer own-1", mustToken(t, tokens))
		time.Sleep(time.Millisecond)
		require.Equal(t, "Bearer own-2", mustToken(t, tokens))
		assert.Equal(t, 2, calls)
	})
}

func TestTokenSource_WithoutExpiryIsAskedForEachCall(t *testing.T) {
	calls := 0
	tokens := NewTokenSource(counted(&calls, numbered, 0), 0, nil)
	for n := 1; n <= 5; n++ {
		require.Equal(t, "Bearer "+numbered(n), mustToken(t, tokens))
	}
}

func TestTokenSource_TokensOfCallsUnderWayStaySecret(t *testing.T) {
	calls := 0
	tokens := NewTokenSource(counted(&calls, numbered, 0), 0, nil)
	for range 1000 {
		mustToken(t, tokens)
	}
	for n := 1; n <= 1000; n++ { // no token is too old
		require.Equal(t, "[redacted] is unknown", tokens.Redact(numbered(n)+" is unknown"))
	}
	assert.Equal(t, "own-", tokens.Redact("own-"))
	static := NewTokenSource(oauth2.StaticTokenSource(&oauth2.Token{AccessToken: "same"}), 0, nil)
	for range 3 {
		mustToken(t, static)
	}
	assert.Equal(t, "the [redacted]", static.Redact("the same"))
	assert.Len(t, static.sent.hashes, 1)
}

func TestTokenSource_SentAgainOnlyWithAnotherToken(t *testing.T) {
	calls := 0
	tokens := NewTokenSource(counted(&calls, func(int) string { return "same" }, time.Hour), 0, nil)
	again, err := refuse(t.Context(), tokens, mustToken(t, tokens))
	require.NoError(t, err)
	assert.False(t, again)
	assert.Equal(t, 2, calls)

	calls = 0
	tokens = NewTokenSource(counted(&calls, numbered, time.Hour), 0, nil)
	again, err = refuse(t.Context(), tokens, mustToken(t, tokens))
	require.NoError(t, err)
	assert.True(t, again)
	assert.Equal(t, 2, calls)
}

// If a source hangs, its callers leave at their deadline and the fetch at its own. The source is never called twice at
// a time, and its late result is used.
func TestTokenSource_ThatHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		calls := 0
		tokens := NewTokenSource(ownSource(func() (*oauth2.Token, error) {
			mu.Lock()
			defer mu.Unlock()
			calls++
			time.Sleep(10 * time.Second)
			return &oauth2.Token{AccessToken: "late", Expiry: time.Now().Add(time.Hour)}, nil
		}), 4*time.Second, nil)
		_, err := token(t.Context(), tokens)
		require.ErrorContains(t, err, "has not returned yet")
		time.Sleep(time.Second)
		_, err = token(t.Context(), tokens)
		require.ErrorContains(t, err, "has not returned yet")
		time.Sleep(time.Second)
		assert.Equal(t, "Bearer late", mustToken(t, tokens))
		assert.Equal(t, 1, calls)
	})
}

// A fetch ends once, whether the source or the end of the wait comes first.
func TestTokenSource_ThatReturnsWhenTheWaitEnds(t *testing.T) {
	for range 50 {
		synctest.Test(t, func(t *testing.T) {
			tokens := NewTokenSource(ownSource(func() (*oauth2.Token, error) {
				time.Sleep(4 * time.Second)
				return &oauth2.Token{AccessToken: "own", Expiry: time.Now().Add(time.Hour)}, nil
			}), 4*time.Second, nil)
			if header, err := token(t.Context(), tokens); err != nil {
				assert.ErrorContains(t, err, "has not returned yet")
			} else {
				assert.Equal(t, "Bearer own", header)
			}
		})
	}
}

// A result that comes after its callers have given up is used for later callers until it expires, and no longer.
func TestTokenSource_LateTokenServesWhileItLives(t *testing.T) {
	late := errors.New("late")
	for name, c := range map[string]struct {
		life  time.Duration // from the return of the source; zero means no Expiry
		err   error
		pause time.Duration // until the next call
		want  string
		calls int
	}{
		"lives":                     {life: time.Hour, pause: 30 * time.Minute, want: "Bearer own-1", calls: 1},
		"expired":                   {life: time.Hour, pause: 2 * time.Hour, want: "Bearer own-2", calls: 2},
		"no Expiry":                 {pause: time.Hour, want: "Bearer own-2", calls: 2},
		"failed":                    {err: late, pause: time.Hour, want: "Bearer own-2", calls: 2},
		"expired while it was late": {life: -time.Second, pause: 2 * time.Second, want: "Bearer own-2", calls: 2},
		"arrives, without Expiry":   {pause: 2 * time.Second, want: "Bearer own-1", calls: 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				calls := 0
				tokens := NewTokenSource(ownSource(func() (*oauth2.Token, error) {
					calls++
					token := &oauth2.Token{AccessToken: numbered(calls), Expiry: time.Now().Add(24 * time.Hour)}
					if calls > 1 {
						return token, nil
					}
					time.Sleep(20 * time.Second)
					token.Expiry = time.Time{}
					if c.life != 0 {
						token.Expiry = time.Now().Add(c.life)
					}
					return token, c.err
				}), 15*time.Second, nil)
				_, err := token(t.Context(), tokens)
				require.ErrorIs(t, err, context.DeadlineExceeded)
				time.Sleep(c.pause)
				assert.Equal(t, c.want, mustToken(t, tokens))
				assert.Equal(t, c.calls, calls)
			})
		})
	}
}

// A source whose clock is behind returns tokens that have already expired. They are used for the callers that waited.
func TestTokenSource_ExpiredOnArrivalServesThoseWhoWait(t *testing.T) {
	calls := 0
	tokens := NewTokenSource(ownSource(func() (*oauth2.Token, error) {
		calls++
		return &oauth2.Token{AccessToken: numbered(calls), Expiry: time.Now().Add(-time.Minute)}, nil
	}), 0, nil)
	for n := 1; n <= 3; n++ {
		require.Equal(t, "Bearer "+numbered(n), mustToken(t, tokens))
	}
}

func TestTokenSource_PanicIsTheErrorOfThoseWhoWait(t *testing.T) {
	tokens := NewTokenSource(ownSource(func() (*oauth2.Token, error) { panic("boom") }), 0, nil)
	_, err := token(t.Context(), tokens)
	require.EqualError(t, err, "TokenSource: panic in the TokenSource: boom")
	tokens = NewTokenSource(ownSource(func() (*oauth2.Token, error) { runtime.Goexit(); return nil, nil }), 0, nil)
	_, err = token(t.Context(), tokens)
	require.EqualError(t, err, "TokenSource: "+errAborted.Error())
}

// A panic after its callers have left is reported to the next caller.
func TestTokenSource_LatePanicIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tokens := NewTokenSource(ownSource(func() (*oauth2.Token, error) {
			time.Sleep(time.Minute)
			panic("boom")
		}), 10*time.Second, nil)
		_, err := token(t.Context(), tokens)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		time.Sleep(time.Hour)
		_, err = token(t.Context(), tokens)
		require.ErrorContains(t, err, "boom")
	})
}

func TestTokenSource_ErrorsShowNoSecret(t *testing.T) {
	const secret = "s3cr3t-value"
	own := errors.New("the vault is sealed")
	for want, err := range map[string]error{
		"TokenSource: the token endpoint responded with 401 invalid_client": fmt.Errorf("own: %w",
			&oauth2.RetrieveError{
				Response: &http.Response{StatusCode: 401}, Body: []byte(secret), ErrorCode: "invalid_client",
				ErrorDescription: secret,
			}),
		"TokenSource: the token endpoint responded with 0 without an error code": &oauth2.RetrieveError{
			Body: []byte(secret), ErrorCode: secret,
		},
		"TokenSource: the vault is sealed": &url.Error{Op: "Post", URL: "https://h/?k=" + secret, Err: own},
	} {
		tokens := NewTokenSource(ownSource(func() (*oauth2.Token, error) { return nil, err }), 0, nil)
		_, got := token(t.Context(), tokens)
		require.EqualError(t, got, want)
		assertHidden(t, got, secret)
	}
	tokens := NewTokenSource(ownSource(func() (*oauth2.Token, error) { return nil, own }), 0, nil)
	_, err := token(t.Context(), tokens)
	require.ErrorIs(t, err, own)
}

func TestTokenSource_NoToken(t *testing.T) {
	for _, none := range []*oauth2.Token{nil, {}} {
		tokens := NewTokenSource(ownSource(func() (*oauth2.Token, error) { return none, nil }), 0, nil)
		_, err := token(t.Context(), tokens)
		require.ErrorIs(t, err, errNoToken)
	}
}

// assertHidden looks for secrets in every printed form of err and of all errors that it wraps.
func assertHidden(t testing.TB, err error, secrets ...string) {
	t.Helper()
	if err == nil {
		return
	}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x"} {
		text := fmt.Sprintf(verb, err)
		for _, secret := range secrets {
			assert.NotContains(t, text, secret, verb)
		}
	}
	switch inner := err.(type) {
	case interface{ Unwrap() error }:
		assertHidden(t, inner.Unwrap(), secrets...)
	case interface{ Unwrap() []error }:
		for _, err := range inner.Unwrap() {
			assertHidden(t, err, secrets...)
		}
	}
}
