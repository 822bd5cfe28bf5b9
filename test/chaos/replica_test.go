package chaos

import (
	"io"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// shell returns a replica that is a script.
func shell(script string) *replica {
	return &replica{name: "A", command: []string{"/bin/sh", "-c", script}, log: io.Discard}
}

func TestReplica_StartsAndEnds(t *testing.T) {
	r := shell("echo gateway: http://127.0.0.1:1; exec sleep 100")
	require.NoError(t, r.start())
	assert.Equal(t, "http://127.0.0.1:1", r.address())
	r.kill()
	assert.Empty(t, r.address())
	require.NoError(t, r.start())
	require.NoError(t, r.terminate())
	assert.Empty(t, r.address())
	assert.NoError(t, r.terminate(), "it has ended")
	assert.ErrorContains(t, shell("exit 1").start(), "has ended at its start")
}

func TestReplica_Metrics(t *testing.T) {
	r := gatewayOf(t, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "# HELP go_goroutines x\ngo_goroutines 12\ngo_memstats_heap_inuse_bytes 2.5e+06\n")
	})
	values, err := r.metrics(t.Context())
	require.NoError(t, err)
	assert.Equal(t, map[string]float64{"go_goroutines": 12, "go_memstats_heap_inuse_bytes": 2.5e6}, values)
	_, err = new(replica).metrics(t.Context())
	assert.Error(t, err)
}
