package main

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/internal/testing/redisserver"
)

// TestReady_FollowsRedis holds that a replica without its store asks for no requests and says nothing to a vendor, and
// serves again when the store is back.
func TestReady_FollowsRedis(t *testing.T) {
	server, env := slowSite(t, 0)
	store := redisserver.Test(t)
	r := start(t, func(name string) string { return env[name] }, "-redis", store.Addr(), "-key-file", keyFile(t))
	b := open(t, r.url)
	status, text := b.get("/readyz")
	require.Equal(t, "200 ready\n", fmtStatus(status, text))
	require.NoError(t, store.Kill())
	status, text = b.get("/readyz")
	assert.Equal(t, "503 redis does not answer\n", fmtStatus(status, text))
	status, _ = b.get("/healthz")
	assert.Equal(t, http.StatusOK, status, "a restart would not help")
	response, text := b.do(http.MethodPost, "/api/siteassist", message("c-1", "m-1", "Hello"),
		"Content-Type", "application/json")
	assert.Equal(t, http.StatusServiceUnavailable, response.StatusCode)
	assert.Equal(t, "The assistant is not available at the moment. Please try again later.", text)
	assert.Zero(t, said(server, "Hello"))
	require.NoError(t, store.Restart())
	assert.Eventually(t, func() bool {
		status, _ := b.get("/readyz")
		return status == http.StatusOK
	}, 30*time.Second, 20*time.Millisecond)
	assert.Eventually(t, func() bool {
		response := b.stream(t.Context(), http.MethodPost, "/api/siteassist", message("c-1", "m-1", "Hello"))
		defer response.Body.Close()
		return response.StatusCode == http.StatusOK && read(t, response.Body, nil).whole
	}, 30*time.Second, 20*time.Millisecond)
	assert.Equal(t, 1, said(server, "Hello"))
	assert.NotContains(t, r.log.String(), "\nredis:", "the lines of go-redis are no JSON")
}

// TestRedis_URLAndDemo starts the fakes beside a Redis that knows a user with a password.
func TestRedis_URLAndDemo(t *testing.T) {
	address := redisserver.Test(t, "--user", "gateway", "on", ">secret", "~*", "&*", "+@all").Addr()
	for password, want := range map[string]string{
		"secret": "200 ready\n", "wrong-secret": "503 redis does not answer\n",
	} {
		url := fmt.Sprintf("redis://gateway:%s@%s/0", password, address)
		r := start(t, none, "-redis", url, "-key-file", keyFile(t), "-demo")
		b := open(t, r.url)
		status, text := b.get("/readyz")
		assert.Equal(t, want, fmtStatus(status, text))
		if status == http.StatusOK {
			assert.True(t, b.say("raia", "c-1", "m-1", "Hello").whole)
		}
		assert.NotContains(t, r.log.String(), "secret")
	}
}

// TestRedis_AwayForAMomentCostsNoAnswer kills a Redis that persists in the middle of an answer, and starts it again.
func TestRedis_AwayForAMomentCostsNoAnswer(t *testing.T) {
	server, env := slowSite(t, 100*time.Millisecond)
	store := redisserver.Test(t, "--appendonly", "yes", "--appendfsync", "always")
	r := start(t, func(name string) string { return env[name] }, "-redis", store.Addr(), "-key-file", keyFile(t))
	b := open(t, r.url)
	a := b.midway("siteassist", "c-1", "m-1", "Hello", func() {
		require.NoError(t, store.Kill())
		require.NoError(t, store.Restart())
	})
	assert.True(t, a.whole)
	assert.Equal(t, "one two three four five six seven eight nine ten", a.text)
	again := b.say("siteassist", "c-1", "m-1", "Hello")
	assert.Equal(t, a.text, again.text, "a repeat gets the stored answer")
	assert.Equal(t, 1, said(server, "Hello"))
}
