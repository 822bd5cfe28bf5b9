package parleyredis

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/seed-127a5941/parley"
)

// TokenStore keeps tokens in Redis. Set it as Config.TokenStore of package syntphony or siteassist. It implements
// parley.TokenStore and parley.TokenLocker, and is safe for concurrent use.
//
// It shows the key that the client chose in the name of the Redis key. That key holds no secret.
type TokenStore struct {
	settings
}

var (
	_ parley.TokenStore  = (*TokenStore)(nil)
	_ parley.TokenLocker = (*TokenStore)(nil)
)

// NewTokenStore returns a TokenStore that uses client, which stays the caller's to close. It sends no command. The
// error matches parley.ErrInvalidArgument.
func NewTokenStore(client redis.UniversalClient, opts Options) (*TokenStore, error) {
	s, err := opts.settings(client)
	if err != nil {
		return nil, err
	}
	return &TokenStore{settings: s}, nil
}

// tagSize is the length of an accessTag, which precedes a stored token so that Redis can compare it.
const tagSize = 22

// accessTag is a hash that tells access tokens apart.
func accessTag(token parley.Token) string {
	sum := sha256.Sum256([]byte(token.AccessToken))
	return base64.RawURLEncoding.EncodeToString(sum[:])[:tagSize]
}

// deleteToken removes the token of KEYS[1] if its tag is ARGV[1].
var deleteToken = redis.NewScript(`
local stored = redis.call('GET', KEYS[1])
if stored and string.sub(stored, 1, #ARGV[1]) == ARGV[1] then
	return redis.call('DEL', KEYS[1])
end
return 0`)

func (s *TokenStore) name(key string) string { return s.prefix + "token:" + key }

// Load returns the token that is stored under key. It returns the zero Token if the key has none.
func (s *TokenStore) Load(ctx context.Context, key string) (parley.Token, error) {
	const op = "load token"
	name := s.name(key)
	stored, err := call(ctx, op, func(ctx context.Context) ([]byte, error) {
		return s.client.Get(ctx, name).Bytes()
	}, nil)
	if errors.Is(err, redis.Nil) {
		return parley.Token{}, nil
	}
	if err != nil {
		return parley.Token{}, err
	}
	token, err := s.decode(name, stored)
	if err != nil {
		return parley.Token{}, fmt.Errorf("parleyredis: %s: %w", op, err)
	}
	return token, nil
}

func (s *TokenStore) decode(name string, stored []byte) (token parley.Token, err error) {
	if len(stored) < tagSize {
		return token, errInvalid
	}
	raw, err := s.seal.open(name, stored[tagSize:])
	if err != nil {
		return token, err
	}
	if json.Unmarshal(raw, &token) != nil { // its error may quote the token
		return parley.Token{}, errInvalid
	}
	return token, nil
}

// Save stores token under key until the later of token.Expiry and token.RefreshExpiry, and for Options.TTL at least if
// token.Expiry is zero. If that time has passed, it removes the stored token.
func (s *TokenStore) Save(ctx context.Context, key string, token parley.Token) error {
	raw, err := json.Marshal(token)
	if err != nil {
		return fmt.Errorf("parleyredis: save token: %w", err)
	}
	name, life := s.name(key), s.life(token)
	stored := append([]byte(accessTag(token)), s.seal.seal(name, raw)...)
	_, err = call(ctx, "save token", func(ctx context.Context) (struct{}, error) {
		if life <= 0 {
			return struct{}{}, s.client.Del(ctx, name).Err()
		}
		return struct{}{}, s.client.Set(ctx, name, stored, life).Err()
	}, nil)
	return err
}

// life returns how long token is kept, in whole milliseconds.
func (s *TokenStore) life(token parley.Token) time.Duration {
	end := token.Expiry
	if end.IsZero() {
		end = time.Now().Add(s.ttl)
	}
	if token.RefreshExpiry.After(end) {
		end = token.RefreshExpiry
	}
	return time.Until(end).Truncate(time.Millisecond)
}

// Delete removes the token under key while the stored one has the access token of refused.
func (s *TokenStore) Delete(ctx context.Context, key string, refused parley.Token) error {
	_, err := call(ctx, "delete token", func(ctx context.Context) (struct{}, error) {
		return struct{}{}, deleteToken.Run(ctx, s.client, []string{s.name(key)}, accessTag(refused)).Err()
	}, nil)
	return err
}
