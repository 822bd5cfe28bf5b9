package parleyredis

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley"
)

const tokenKey = "syntphony:0123456789abcdef"

func tokenOf(access string, life, refresh time.Duration) parley.Token {
	token := parley.Token{AccessToken: access}
	if life != 0 {
		token.Expiry = time.Now().Add(life)
	}
	if refresh != 0 {
		token.RefreshToken, token.RefreshExpiry = "refresh-"+access, time.Now().Add(refresh)
	}
	return token
}

func TestTokenStore_KeepsATokenForItsLife(t *testing.T) {
	for name, tt := range map[string]struct {
		token parley.Token
		want  time.Duration
	}{
		"access token":                  {tokenOf("a", time.Minute, 0), time.Minute},
		"refresh token lives longer":    {tokenOf("a", time.Minute, time.Hour), time.Hour},
		"refresh token ends earlier":    {tokenOf("a", time.Hour, time.Minute), time.Hour},
		"no end is known":               {tokenOf("a", 0, 0), defaultTTL},
		"no end, a short refresh token": {tokenOf("a", 0, time.Hour), defaultTTL},
		"no end, a long refresh token":  {tokenOf("a", 0, 2*defaultTTL), 2 * defaultTTL},
		"ended":                         {tokenOf("a", -time.Minute, 0), 0},
	} {
		t.Run(name, func(t *testing.T) {
			backends(t, func(t *testing.T, addr string) {
				client := connect(t, addr)
				store := newTokenStore(t, client, Options{})
				require.NoError(t, store.Save(t.Context(), tokenKey, tokenOf("former", time.Hour, 0)))
				require.NoError(t, store.Save(t.Context(), tokenKey, tt.token))
				loaded, err := store.Load(t.Context(), tokenKey)
				require.NoError(t, err)
				if tt.want == 0 {
					assert.Zero(t, loaded)
					return
				}
				assert.Equal(t, tt.token.AccessToken, loaded.AccessToken)
				assert.Equal(t, tt.token.RefreshToken, loaded.RefreshToken)
				assert.True(t, tt.token.Expiry.Equal(loaded.Expiry))
				ttl := client.PTTL(t.Context(), store.name(tokenKey)).Val()
				assert.InDelta(t, tt.want.Seconds(), ttl.Seconds(), 10)
			})
		})
	}
}

func TestTokenStore_DeletesTheRefusedTokenOnly(t *testing.T) {
	for name, opts := range map[string]Options{"plain": {}, "encrypted": {Keys: [][]byte{secretKey(1)}}} {
		t.Run(name, func(t *testing.T) {
			backends(t, func(t *testing.T, addr string) {
				store := newTokenStore(t, connect(t, addr), opts)
				require.NoError(t, store.Delete(t.Context(), tokenKey, parley.Token{AccessToken: "first"}))
				require.NoError(t, store.Save(t.Context(), tokenKey, tokenOf("second", time.Hour, 0)))
				require.NoError(t, store.Delete(t.Context(), tokenKey, parley.Token{AccessToken: "first"}))
				loaded, err := store.Load(t.Context(), tokenKey)
				require.NoError(t, err)
				assert.Equal(t, "second", loaded.AccessToken)
				require.NoError(t, store.Delete(t.Context(), tokenKey, parley.Token{AccessToken: "second"}))
				loaded, err = store.Load(t.Context(), tokenKey)
				require.NoError(t, err)
				assert.Zero(t, loaded)
			})
		})
	}
}

func TestTokenStore_EncryptsTokens(t *testing.T) {
	client := connect(t, mini(t).Addr())
	store := newTokenStore(t, client, Options{Keys: [][]byte{secretKey(1)}})
	require.NoError(t, store.Save(t.Context(), tokenKey, tokenOf("access-secret", time.Hour, 2*time.Hour)))
	stored := client.Get(t.Context(), store.name(tokenKey)).Val()
	assert.NotContains(t, stored, "secret")

	_, err := newTokenStore(t, client, Options{}).Load(t.Context(), tokenKey)
	assert.ErrorIs(t, err, errNoKey)
	_, err = newTokenStore(t, client, Options{Keys: [][]byte{secretKey(2)}}).Load(t.Context(), tokenKey)
	assert.ErrorIs(t, err, errNoKey)
	require.NoError(t, newTokenStore(t, client, Options{}).Save(t.Context(), tokenKey, tokenOf("plain", time.Hour, 0)))
	_, err = store.Load(t.Context(), tokenKey)
	assert.ErrorIs(t, err, errPlain)
}

func TestTokenStore_ErrorsShowNoSecret(t *testing.T) {
	server := mini(t)
	client := connect(t, server.Addr())
	store := newTokenStore(t, client, Options{})
	token := tokenOf("access-secret", time.Hour, 0)
	for _, damaged := range []string{"access-secret", strings.Repeat("x", tagSize) + `p{"accessToken":"access-secret`} {
		require.NoError(t, client.Set(t.Context(), store.name(tokenKey), damaged, 0).Err())
		_, err := store.Load(t.Context(), tokenKey)
		require.ErrorIs(t, err, errInvalid)
		assert.NotContains(t, err.Error(), "secret")
	}
	server.SetError("ERR unknown command 'SET', with args beginning with: 'access-secret'")
	_, loadErr := store.Load(t.Context(), tokenKey)
	_, lockErr := store.Lock(t.Context(), tokenKey, time.Second)
	for _, err := range []error{
		loadErr, lockErr, store.Save(t.Context(), tokenKey, token), store.Delete(t.Context(), tokenKey, token),
	} {
		require.Error(t, err)
		assert.Contains(t, err.Error(), "redis responded: ERR unknown command")
		assert.NotContains(t, err.Error(), "secret")
		assert.NotContains(t, err.Error(), tokenKey)
	}
	token.Expiry = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)
	err := store.Save(t.Context(), tokenKey, token)
	require.Error(t, err, "JSON has no such year")
	assert.NotContains(t, err.Error(), "secret")
}
