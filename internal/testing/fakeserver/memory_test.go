package fakeserver

import (
	"context"
	"net"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestMemory_DialEndsWithItsContextAndWithTheListener(t *testing.T) {
	m := NewMemory()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := m.DialContext(ctx, "tcp", "vendor.example:443")
	require.ErrorIs(t, err, context.Canceled)
	require.NoError(t, m.Close())
	require.NoError(t, m.Close())
	_, err = m.DialContext(t.Context(), "tcp", "vendor.example:443")
	require.ErrorIs(t, err, net.ErrClosed)
	_, err = m.Accept()
	require.ErrorIs(t, err, net.ErrClosed)
	assert.Equal(t, "memory", m.Addr().String())
	assert.Equal(t, "memory", m.Addr().Network())
}
