package auth

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// server is a token server whose tokens are numbered.
type server struct {
	life    time.Duration
	takes   time.Duration
	fail    error
	fetches []time.Time
	active  atomic.Int32
}

func (s *server) fetch(ctx context.Context, _ string) (Token, error) {
	if s.active.Add(1) > 1 {
		panic("two fetches at a time")
	}
	defer s.active.Add(-1)
	s.fetches = append(s.fetches, time.Now())
	n := len(s.fetches)
	select {
	case <-time.After(s.takes):
	case <-ctx.Done():
		return Token{}, ctx.Err()
	}
	if s.fail != nil {
		return Token{}, s.fail
	}
	return NewToken(fmt.Sprintf("token-%d", n), s.life), nil
}

func newTokens(fetch Fetcher, timeout time.Duration) *Tokens {
	return NewTokens(TokensConfig{Fetcher: fetch, Timeout: timeout})
}

func sharedTokens(fetch Fetcher, store *Store) *Tokens {
	return NewTokens(TokensConfig{Fetcher: fetch, Store: store})
}

func request() *http.Request { return &http.Request{Header: http.Header{}} }

// token authorizes a request and returns the token that the request then carries.
func token(ctx context.Context, a Authorizer) (string, error) {
	req := request()
	used, err := a.Authorize(ctx, req)
	header := req.Header.Get("Authorization")
	if header != "" && header != "Bearer "+used {
		panic("the record of the token is not what the request carries")
	}
	return header, err
}

func mustToken(t *testing.T, a Authorizer) string {
	t.Helper()
	header, err := token(t.Context(), a)
	require.NoError(t, err)
	return header
}

// nextToken calls until the fetch that the first call may have started is done.
func nextToken(t *testing.T, a Authorizer) string {
	t.Helper()
	mustToken(t, a)
	synctest.Wait()
	return mustToken(t, a)
}

// refuse reports a 401 for a call that was sent with header.
func refuse(ctx context.Context, a Authorizer, header string) (bool, error) {
	return a.Refresh(ctx, strings.TrimPrefix(header, "Bearer "))
}
