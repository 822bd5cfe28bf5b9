package transport

import (
	"net/http"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// closable notices when somebody empties the user's pool.
type closable struct {
	http.RoundTripper
	closed atomic.Bool
}

func (c *closable) CloseIdleConnections() { c.closed.Store(true) }

func TestDo_LeavesTheUsersClientAlone(t *testing.T) {
	base, _ := counted(t, status(500))
	pool := &http.Transport{DisableKeepAlives: true}
	user := &http.Client{Transport: &closable{RoundTripper: pool}, CheckRedirect: func(*http.Request, []*http.Request) error { panic("not asked") }}
	before := *user
	require.Error(t, use(t, newTestClient(t, base, func(cfg *Config) { cfg.HTTPClient = user }), get))
	assert.False(t, user.Transport.(*closable).closed.Load(), "CloseIdleConnections was called")
	assert.Equal(t, before.Transport, user.Transport)
	assert.NotNil(t, user.CheckRedirect)
}

func TestSharedPool_IsOneForAllClients(t *testing.T) {
	_, a := attemptClient(nil)
	_, b := attemptClient(nil)
	assert.Same(t, a, b)
	_, own := attemptClient(&http.Client{})
	assert.Same(t, http.DefaultTransport, own)
}
