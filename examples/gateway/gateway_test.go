package main

import (
	"net/http"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestReady_FollowsRedis holds that a replica without its store asks for no requests, and asks again when the store is
// back.
func TestReady_FollowsRedis(t *testing.T) {
	port := freePort(t)
	store, address := spawnRedis(t, port)
	b := open(t, start(t, none, "-redis", address, "-key-file", keyFile(t)).url)
	status, text := b.get("/readyz")
	require.Equal(t, "200 ready\n", fmtStatus(status, text))
	store.signal(syscall.SIGKILL)
	<-store.done
	status, text = b.get("/readyz")
	assert.Equal(t, "503 redis does not answer\n", fmtStatus(status, text))
	status, _ = b.get("/healthz")
	assert.Equal(t, http.StatusOK, status, "a restart would not help")
	spawnRedis(t, port)
	assert.Eventually(t, func() bool {
		status, _ := b.get("/readyz")
		return status == http.StatusOK
	}, 30*time.Second, 20*time.Millisecond)
}
