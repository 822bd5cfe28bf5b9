package auth

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
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

// counted returns a source whose tokens are numbered by name and live as long as life (0: no Expiry).
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
		tokens := NewTokenSource(counted(&calls, numbered, time.Minute), 0)
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
	tokens := NewTokenSource(counted(&calls, numbered, 0), 0)
	for n := 1; n <= 5; n++ {
		require.Equal(t, "Bearer "+numbered(n), mustToken(t, tokens))
	}
}

func TestTokenSource_TokensOfCallsUnderWayStaySecret(t *testing.T) {
	calls := 0
	tokens := NewTokenSource(counted(&calls, numbered, 0), 0)
	var want []string
	for n := 1; n <= keptTokens+5; n++ {
		mustToken(t, tokens)
		want = append(want, numbered(n))
		want = want[max(0, len(want)-keptTokens-1):]
		require.Equal(t, want, tokens.Secrets())
	}
	static := NewTokenSource(oauth2.StaticTokenSource(&oauth2.Token{AccessToken: "same"}), 0)
	for range 3 {
		mustToken(t, static)
	}
	assert.Equal(t, []string{"same"}, static.Secrets())
}

func TestTokenSource_SentAgainOnlyWithAnotherToken(t *testing.T) {
	calls := 0
	tokens := NewTokenSource(counted(&calls, func(int) string { return "same" }, time.Hour), 0)
	again, err := refuse(t.Context(), tokens, mustToken(t, tokens))
	require.NoError(t, err)
	assert.False(t, again)
	assert.Equal(t, 2, calls)

	calls = 0
	tokens = NewTokenSource(counted(&calls, numbered, time.Hour), 0)
	again, err = refuse(t.Context(), tokens, mustToken(t, tokens))
	require.NoError(t, err)
	assert.True(t, again)
	assert.Equal(t, 2, calls)
}

// A source that hangs is left by its callers at their deadline and by the fetch at its own, is never asked twice at a
// time, and what it brings in the end is used.
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
		}), 4*time.Second)
		_, err := token(t.Context(), tokens)
		require.ErrorContains(t, err, "no answer yet")
		time.Sleep(time.Second)
		_, err = token(t.Context(), tokens)
		require.ErrorContains(t, err, "no answer yet")
		time.Sleep(time.Second)
		assert.Equal(t, "Bearer late", mustToken(t, tokens))
		assert.Equal(t, 1, calls)
	})
}

func TestTokenSource_ErrorsShowNoSecret(t *testing.T) {
	const secret = "s3cr3t-value"
	own := errors.New("the vault is sealed")
	for want, err := range map[string]error{
		"TokenSource: the token endpoint answered 401 invalid_client": fmt.Errorf("own: %w", &oauth2.RetrieveError{
			Response: &http.Response{StatusCode: 401}, Body: []byte(secret), ErrorCode: "invalid_client", ErrorDescription: secret,
		}),
		"TokenSource: the token endpoint answered 0 without an error code": &oauth2.RetrieveError{Body: []byte(secret), ErrorCode: secret},
		"TokenSource: the vault is sealed":                                 &url.Error{Op: "Post", URL: "https://h/?k=" + secret, Err: own},
	} {
		tokens := NewTokenSource(ownSource(func() (*oauth2.Token, error) { return nil, err }), 0)
		_, got := token(t.Context(), tokens)
		require.EqualError(t, got, want)
		assertHidden(t, got, secret)
	}
	tokens := NewTokenSource(ownSource(func() (*oauth2.Token, error) { return nil, own }), 0)
	_, err := token(t.Context(), tokens)
	require.ErrorIs(t, err, own)
}

func TestTokenSource_NoToken(t *testing.T) {
	for _, none := range []*oauth2.Token{nil, {}} {
		tokens := NewTokenSource(ownSource(func() (*oauth2.Token, error) { return none, nil }), 0)
		_, err := token(t.Context(), tokens)
		require.ErrorIs(t, err, errNoToken)
	}
}

// assertHidden looks for secrets in every printed form of err and of all that it unwraps to.
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
