package chaos

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestProxies_CutConnections(t *testing.T) {
	server := gatewayOf(t, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, strings.Repeat("x", 20_000))
	})
	p := newProxies(nil)
	defer p.close()
	for _, n := range networks {
		base, err := p.open(server.address()+"/path", n.toxics)
		require.NoError(t, err)
		assert.True(t, strings.HasSuffix(base, "/path"))
		response, err := http.Get(base)
		require.NoError(t, err, n.name)
		_, err = io.Copy(io.Discard, response.Body)
		_ = response.Body.Close()
		assert.Equal(t, n.name == "cut", err != nil, n.name)
	}
	_, err := p.open("::", nil)
	assert.Error(t, err)
}

func TestNetworks_AreThoseOfTenUsers(t *testing.T) {
	sum := 0
	for _, n := range networks {
		sum += n.share
	}
	assert.Equal(t, 10, sum)
}
