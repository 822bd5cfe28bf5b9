package chaos

import (
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestVendors_FailInBursts(t *testing.T) {
	p := newProxies(func(_, base string) string { return base })
	defer p.close()
	vendors, err := openVendors(p)
	require.NoError(t, err)
	for _, v := range vendors {
		defer v.server.Close()
		assert.NotEmpty(t, v.env)
		assert.Equal(t, v.name == "siteassist", v.fails("cut stream"))
		assert.True(t, v.fails("cut"))
		_, base, _ := strings.Cut(v.env[0], "=")
		for range v.burst(fail{Status: http.StatusTeapot}, rand.New(rand.NewPCG(1, 1))) {
			response, err := http.Post(base, "application/json", strings.NewReader("{}"))
			require.NoError(t, err)
			assert.Equal(t, http.StatusTeapot, response.StatusCode, v.name)
			_ = response.Body.Close()
		}
	}
	assert.Nil(t, vendors[0].revoke, "raia has no tokens")
	vendors[1].revoke()
}
