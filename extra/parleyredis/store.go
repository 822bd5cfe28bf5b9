package parleyredis

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/seed-127a5941/parley/chat/uistream"
)

// Store keeps conversations in Redis. Set it as Config.Store of package uistream. It implements uistream.Store and
// uistream.Tailer, and is safe for concurrent use.
//
// A command that does not reach Redis is repeated for 3 seconds, so a restart of Redis need not fail a turn.
type Store struct {
	settings
	blocks chan struct{} // holds one element for each Tail that keeps a connection waiting
}

var (
	_ uistream.Store  = (*Store)(nil)
	_ uistream.Tailer = (*Store)(nil)
)

// maxBlocks is the number of Tails that may keep a connection of the client's pool waiting at once. Others poll,
// because a pool without free connections would keep leases from being renewed.
const maxBlocks = 5

// NewStore returns a Store that uses client, which stays the caller's to close. It sends no command. The error matches
// parley.ErrInvalidArgument, also if the client reads from replicas, which may not have the latest.
func NewStore(client redis.UniversalClient, opts Options) (*Store, error) {
	s, err := opts.settings(client)
	if err != nil {
		return nil, err
	}
	return &Store{settings: s, blocks: make(chan struct{}, maxBlocks)}, nil
}

// place names the keys of a conversation. They have a hash tag in common, so a cluster keeps them in one slot.
type place struct {
	record string // a hash: the Record, and which Save of which holder it is from
	lock   string // a string: who has the lock
	log    string // begins the names of the streams, one for each holder
}

// place returns the names of the keys. They show neither the user nor the id.
func (s *Store) place(user, id string) place {
	sum := sha256.Sum256(fmt.Appendf(nil, "%d:%s,%s", len(user), user, id)) // the length keeps two pairs apart
	base := s.prefix + "chat:{" + hex.EncodeToString(sum[:16]) + "}:"
	return place{record: base + "record", lock: base + "lock", log: base + "log:"}
}

// Load returns the Record that was saved last, and the zero Record of a conversation that was not saved.
func (s *Store) Load(ctx context.Context, user, id string) (uistream.Record, error) {
	const op = "load conversation"
	at := s.place(user, id)
	stored, err := patiently(ctx, op, func(ctx context.Context) ([]byte, error) {
		return s.client.HGet(ctx, at.record, "record").Bytes()
	}, nil)
	if errors.Is(err, redis.Nil) {
		return uistream.Record{}, nil
	}
	if err != nil {
		return uistream.Record{}, err
	}
	var record uistream.Record
	raw, err := s.seal.open(at.record, stored)
	if err == nil && json.Unmarshal(raw, &record) != nil { // its error may quote the record
		err = errInvalid
	}
	if err != nil {
		return uistream.Record{}, fmt.Errorf("parleyredis: %s: %w", op, err)
	}
	return record, nil
}

// Lock locks a conversation for 10 seconds and renews the lock until Unlock. The error matches uistream.ErrLocked if
// another holder has the lock.
func (s *Store) Lock(ctx context.Context, user, id string) (uistream.Lease, error) {
	at, holder := s.place(user, id), rand.Text()
	var asked time.Time
	free := func(bool) { s.unlock(context.WithoutCancel(ctx), at, holder) }
	held, err := patiently(ctx, "lock conversation", func(ctx context.Context) (bool, error) {
		asked = time.Now()
		return takeLock.Run(ctx, s.client, []string{at.lock}, holder, leaseTime.Milliseconds()).Bool()
	}, free)
	if err != nil {
		return nil, err
	}
	if !held {
		return nil, fmt.Errorf("parleyredis: lock conversation: %w", uistream.ErrLocked)
	}
	return newLease(ctx, s, leaseNames{place: at, holder: holder}, asked), nil
}

// unlock gives a lock back. If Redis cannot be reached, the lock ends by itself.
func (s *Store) unlock(ctx context.Context, at place, holder string) {
	ctx, cancel := context.WithTimeout(ctx, afterTime)
	defer cancel()
	keys := []string{at.lock, at.log + holder}
	_, _ = patiently(ctx, "unlock conversation", func(ctx context.Context) (struct{}, error) {
		return struct{}{}, unlockLease.Run(ctx, s.client, keys, holder, logAfter.Milliseconds()).Err()
	}, nil)
}
