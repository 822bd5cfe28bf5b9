package parleyredis

import (
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestScripts_RunTwiceAndLate runs each script as go-redis may run it.
func TestScripts_RunTwiceAndLate(t *testing.T) {
	backends(t, func(t *testing.T, addr string) {
		client := connect(t, addr)
		run := func(script *redis.Script, keys []string, args ...any) int {
			t.Helper()
			n, err := script.Run(t.Context(), client, keys, args...).Int()
			require.NoError(t, err)
			return n
		}
		record, log := []string{"{a}lease", "{a}record"}, []string{"{a}lease", "{a}log"}
		length := func() int64 { return client.XLen(t.Context(), "{a}log").Val() }

		assert.Equal(t, 1, run(takeLock, record[:1], "ann", 10_000))
		assert.Equal(t, 1, run(takeLock, record[:1], "ann", 10_000), "the reply was lost")
		assert.Equal(t, 0, run(takeLock, record[:1], "bob", 10_000))

		assert.Equal(t, 1, run(saveRecord, record, "ann", 1, "first", 60_000))
		assert.Equal(t, 1, run(saveRecord, record, "ann", 10, "tenth", 60_000))
		assert.Equal(t, 1, run(saveRecord, record, "ann", 9, "ninth", 60_000), "it came late")
		assert.Equal(t, 0, run(saveRecord, record, "bob", 1, "bob's", 60_000))
		assert.Equal(t, "tenth", client.HGet(t.Context(), "{a}record", "record").Val())

		assert.Equal(t, 1, run(appendLog, log, "ann", 1, 60_000, "one", "two"))
		assert.Equal(t, 1, run(appendLog, log, "ann", 1, 60_000, "one", "two"))
		assert.EqualValues(t, 2, length())
		assert.Equal(t, 1, run(appendLog, log, "ann", 2, 60_000, "two", "three"))
		assert.EqualValues(t, 3, length())
		assert.Equal(t, 0, run(appendLog, log, "bob", 4, 60_000, "four"))
		assert.EqualValues(t, 3, length())

		assert.Equal(t, 0, run(renewLease, log, "bob", 90_000, 90_000))
		assert.Equal(t, 1, run(renewLease, log, "ann", 90_000, 90_000))
		assert.Greater(t, client.PTTL(t.Context(), "{a}lease").Val(), time.Minute)

		assert.Equal(t, 0, run(unlockLease, log, "bob", 1000))
		assert.Equal(t, 1, run(unlockLease, log, "ann", 1000))
		assert.Equal(t, 0, run(unlockLease, log, "ann", 1000))
		assert.EqualValues(t, 4, length(), "the end is in the log once")
		assert.Equal(t, 0, run(saveRecord, record, "ann", 11, "eleventh", 60_000))

		assert.Equal(t, 1, run(takeLock, record[:1], "bob", 10_000))
		other := []string{"{a}lease", "{a}other"}
		assert.Equal(t, 2, run(appendLog, other, "bob", 2, 60_000, "two"), "the first is missing")
		for _, key := range client.Keys(t.Context(), "*").Val() {
			assert.Positive(t, client.PTTL(t.Context(), key).Val(), "%s does not expire", key)
		}
	})
}
