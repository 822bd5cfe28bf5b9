package parleyredis

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strconv"
	"time"

	"github.com/redis/go-redis/v9"
)

const (
	tailBlock = time.Second            // for which a Tail waits for chunks, before it looks at the lock
	tailPoll  = 100 * time.Millisecond // between the reads of a Tail that must not keep a connection waiting
	tailCount = 100                    // chunks of one read
)

// Tail yields the log of the lock that is held now, as uistream.Tailer says. If Redis has lost a part of the log, it
// ends with an error.
func (s *Store) Tail(ctx context.Context, user, id string) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		t := &tail{leaseNames: leaseNames{place: s.place(user, id)}, store: s}
		for t.next(ctx) {
			for _, chunk := range t.chunks {
				if !yield(chunk, nil) {
					return
				}
			}
		}
		if t.err != nil {
			yield(nil, t.err)
		}
	}
}

// tail is a Tail under way. It reads the chunks in the order of their numbers, and no number twice.
type tail struct {
	leaseNames
	store *Store

	read   int      // number of the last chunk that was read
	chunks [][]byte // those of the last read
	closed bool     // the log is complete, because the lock is lost
	ended  bool     // chunks are the last of the log
	err    error
}

// next reads chunks. It reports whether there may be some in t.chunks.
func (t *tail) next(ctx context.Context) bool {
	t.chunks = nil
	if t.err != nil || t.ended || t.holder == "" && !t.begin(ctx) {
		return false
	}
	if t.err = t.receive(ctx); t.err == nil && len(t.chunks) == 0 && !t.ended {
		t.err = t.look(ctx)
	}
	return t.err == nil || len(t.chunks) > 0
}

// begin finds the holder whose log is read. It reports whether there is one.
func (t *tail) begin(ctx context.Context) bool {
	t.holder, t.err = t.store.holder(ctx, t.place)
	return t.holder != "" && t.err == nil
}

// holder returns who has the lock, and "" if the conversation is not locked.
func (s *Store) holder(ctx context.Context, at place) (string, error) {
	holder, err := patiently(ctx, "read log", func(ctx context.Context) (string, error) {
		return s.client.Get(ctx, at.lock).Result()
	}, nil)
	if errors.Is(err, redis.Nil) {
		return "", nil
	}
	return holder, err
}

// look asks why no chunk came. The log ends here if the lock was lost before they were read.
func (t *tail) look(ctx context.Context) error {
	if t.closed {
		t.ended = true
		return t.checkLog(ctx)
	}
	holder, err := t.store.holder(ctx, t.place)
	if err != nil {
		return err
	}
	t.closed = holder != t.holder
	return t.checkLog(ctx)
}

// checkLog returns an error if the log has fewer chunks than were read.
func (t *tail) checkLog(ctx context.Context) error {
	length, err := patiently(ctx, "read log", func(ctx context.Context) (int64, error) {
		return t.store.client.XLen(ctx, t.logName()).Result()
	}, nil)
	if err == nil && length < int64(t.read) {
		return fmt.Errorf("parleyredis: read log: %w", errLogLost)
	}
	return err
}

// receive reads the chunks that follow. It waits for the first of them for a while, unless the log is closed.
func (t *tail) receive(ctx context.Context) error {
	entries, err := patiently(ctx, "read log", func(ctx context.Context) ([]redis.XMessage, error) {
		return t.store.readLog(ctx, t.logName(), t.read, !t.closed)
	}, nil)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if err := t.take(entry); err != nil {
			return fmt.Errorf("parleyredis: read log: %w", err)
		}
	}
	return nil
}

// take adds an entry of the stream to the chunks.
func (t *tail) take(entry redis.XMessage) error {
	if count, ok := entry.Values["end"].(string); ok {
		t.ended = true
		if count != strconv.Itoa(t.read) {
			return errLogLost
		}
		return nil
	}
	stored, ok := entry.Values["chunk"].(string)
	if number := strconv.Itoa(t.read+1) + "-1"; !ok || entry.ID != number {
		return errLogLost
	}
	chunk, err := t.store.seal.open(t.logName(), []byte(stored))
	if err != nil {
		return err
	}
	t.read++
	t.chunks = append(t.chunks, chunk)
	return nil
}

// readLog reads the entries behind the chunk with a number. If wait is set, it waits for it for a while: with a
// connection that blocks, as long as there are not too many of them.
func (s *Store) readLog(ctx context.Context, name string, after int, wait bool) ([]redis.XMessage, error) {
	args := &redis.XReadArgs{Streams: []string{name, strconv.Itoa(after) + "-1"}, Count: tailCount, Block: -1}
	if wait {
		select {
		case s.blocks <- struct{}{}:
			defer func() { <-s.blocks }()
			args.Block = tailBlock
		default:
			pause(ctx, tailPoll)
		}
	}
	streams, err := s.client.XRead(ctx, args).Result()
	if errors.Is(err, redis.Nil) || err == nil && len(streams) == 0 {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return streams[0].Messages, nil
}
