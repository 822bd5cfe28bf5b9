package parleyredis

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/seed-127a5941/parley"
)

const (
	defaultPrefix = "parley:"
	defaultTTL    = 30 * 24 * time.Hour
)

// Options are those of NewTokenStore and NewStore. The zero value is valid. Printing and logging it shows no key.
type Options struct {
	// Prefix begins the name of every key in Redis. "" means "parley:". It must not contain a brace, because Redis
	// Cluster reads braces.
	Prefix string
	// Keys encrypt the stored values, with AES-256-GCM. Each of them is 32 random bytes. The first encrypts, and all of
	// them decrypt, so a new key is put first once every replica has it in another place. It is an error to load a
	// value that the keys do not decrypt. Without keys the values are plain text.
	Keys [][]byte
	// TTL is the time for which a conversation is kept after it was last saved, and a token whose end is not known.
	// Zero means 30 days.
	TTL time.Duration
}

// Format prints the options without the keys, for every verb.
func (o Options) Format(state fmt.State, _ rune) { _, _ = io.WriteString(state, o.text()) }

// LogValue logs what Format prints.
func (o Options) LogValue() slog.Value { return slog.StringValue(o.text()) }

func (o Options) text() string {
	return fmt.Sprintf("parleyredis.Options{Prefix: %q, Keys: [%d redacted], TTL: %s}", o.Prefix, len(o.Keys), o.TTL)
}

// settings are validated Options.
type settings struct {
	client redis.UniversalClient
	prefix string
	ttl    time.Duration
	seal   *sealer
}

// settings validates o. The error matches parley.ErrInvalidArgument.
func (o Options) settings(client redis.UniversalClient) (settings, error) {
	s := settings{client: client, prefix: o.Prefix, ttl: o.TTL}
	if s.prefix == "" {
		s.prefix = defaultPrefix
	}
	if s.ttl == 0 {
		s.ttl = defaultTTL
	}
	seal, err := newSealer(o.Keys)
	s.seal = seal
	switch {
	case client == nil:
		err = errors.New("a redis client is required")
	case readsReplicas(client):
		err = errors.New("the redis client reads from replicas, which may not have the latest")
	case strings.ContainsAny(s.prefix, "{}"):
		err = errors.New("Options.Prefix: it must not contain a brace")
	case s.ttl < time.Second:
		err = errors.New("Options.TTL: it must be a second at least")
	}
	if err != nil {
		return settings{}, fmt.Errorf("parleyredis: %w: %w", parley.ErrInvalidArgument, err)
	}
	return s, nil
}

// readsReplicas reports whether client sends reads to replicas.
func readsReplicas(client redis.UniversalClient) bool {
	cluster, ok := client.(*redis.ClusterClient)
	if !ok {
		return false
	}
	options := cluster.Options()
	return options.ReadOnly || options.RouteByLatency || options.RouteRandomly
}
