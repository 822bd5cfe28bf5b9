package parleyredis

import (
	"bytes"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley"
)

func TestOptions_ThatCannotBe(t *testing.T) {
	client := connect(t, "127.0.0.1:1")
	cluster := redis.NewClusterClient(&redis.ClusterOptions{Addrs: []string{"127.0.0.1:1"}, RouteByLatency: true})
	defer cluster.Close()
	for text, make := range map[string]func() error{
		"a redis client is required": func() error { _, err := NewStore(nil, Options{}); return err },
		"reads from replicas":        func() error { _, err := NewStore(cluster, Options{}); return err },
		"Options.Prefix":             func() error { _, err := NewStore(client, Options{Prefix: "a{b"}); return err },
		"Options.TTL":                func() error { _, err := NewTokenStore(client, Options{TTL: -1}); return err },
		"Options.Keys[1]: it has 3 bytes and not 32": func() error {
			_, err := NewTokenStore(client, Options{Keys: [][]byte{secretKey(1), []byte("abc")}})
			return err
		},
	} {
		err := make()
		require.ErrorIs(t, err, parley.ErrInvalidArgument, text)
		assert.ErrorContains(t, err, text)
	}
	primaries := redis.NewClusterClient(&redis.ClusterOptions{Addrs: []string{"127.0.0.1:1"}})
	defer primaries.Close()
	_, err := NewStore(primaries, Options{Prefix: "bot:", TTL: time.Hour})
	assert.NoError(t, err)
}

func TestOptions_ShowNoKey(t *testing.T) {
	opts := Options{Prefix: "bot:", Keys: [][]byte{[]byte("0123456789abcdef0123456789abcdef")}, TTL: time.Hour}
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("start", "options", opts)
	printed := fmt.Sprintf("%v %+v %#v %x %q", opts, opts, opts, opts, opts)
	for _, text := range []string{printed, log.String()} {
		assert.Contains(t, text, "bot:")
		assert.NotContains(t, text, "0123456789")
		assert.NotContains(t, text, "3031323334")
		assert.NotContains(t, text, "0x30")
	}
}
