package memnet

import (
	"net"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestListener_AddressIsTakenUntilItCloses(t *testing.T) {
	n := New()
	l, err := n.Listen(host)
	require.NoError(t, err)
	assert.Equal(t, host, l.Addr().String())
	assert.Equal(t, "tcp", l.Addr().Network())
	_, err = n.Listen(host)
	require.ErrorIs(t, err, syscall.EADDRINUSE)

	client, err := n.DialContext(t.Context(), "tcp", host)
	require.NoError(t, err)
	require.NoError(t, l.Close())
	require.NoError(t, l.Close())
	_, err = client.Read(make([]byte, 1))
	assert.ErrorIs(t, err, syscall.ECONNRESET, "nobody accepted it")
	require.NoError(t, client.Close())
	_, err = l.Accept()
	assert.ErrorIs(t, err, net.ErrClosed)
	_, err = n.DialContext(t.Context(), "tcp", host)
	assert.ErrorIs(t, err, syscall.ECONNREFUSED)

	l, err = n.Listen(host)
	require.NoError(t, err)
	require.NoError(t, l.Close())
}

func TestListener_CloseEndsAccept(t *testing.T) {
	l, err := New().Listen(host)
	require.NoError(t, err)
	ended := make(chan error)
	go func() { _, err := l.Accept(); ended <- err }()
	require.NoError(t, l.Close())
	assert.ErrorIs(t, <-ended, net.ErrClosed)
}

func TestListener_RefusesBehindAFullBacklog(t *testing.T) {
	n := New()
	l, err := n.Listen(host)
	require.NoError(t, err)
	for range backlog {
		conn, err := n.DialContext(t.Context(), "tcp", host)
		require.NoError(t, err)
		defer conn.Close()
	}
	_, err = n.DialContext(t.Context(), "tcp", host)
	assert.ErrorIs(t, err, syscall.ECONNREFUSED)
	require.NoError(t, l.Close())
}
