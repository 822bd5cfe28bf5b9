package uistream

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"
	"time"
)

// chunkLog is the response of a turn as it is stored: deltas of one part are one.
type chunkLog struct {
	entries []*logEntry
	size    int
}

type logEntry struct {
	chunk
	delta strings.Builder
}

func (l *chunkLog) add(c chunk) {
	if c.Transient && c.Type != typeError {
		return
	}
	if n := len(l.entries); c.Delta != "" && n > 0 {
		if last := l.entries[n-1]; last.Type == c.Type && last.ID == c.ID {
			last.delta.WriteString(c.Delta)
			l.size += len(c.Delta)
			return
		}
	}
	if c.Type == typeDraft && l.replaceDraft(c) {
		return
	}
	e := &logEntry{chunk: c}
	e.delta.WriteString(c.Delta)
	l.size += len(encode(c))
	l.entries = append(l.entries, e)
}

// replaceDraft puts a draft in the place of the one before, as clients do. It reports false for the first.
func (l *chunkLog) replaceDraft(c chunk) bool {
	for _, e := range l.entries {
		if e.Type == c.Type && e.ID == c.ID {
			l.size += len(encode(c)) - len(encode(e.chunk))
			e.chunk = c
			return true
		}
	}
	return false
}

// chunks returns the response, or nil if it is too large to be stored.
func (l *chunkLog) chunks() []json.RawMessage {
	if l.size > maxStored {
		return nil
	}
	chunks := make([]json.RawMessage, 0, len(l.entries))
	for _, e := range l.entries {
		c := e.chunk
		c.Delta = e.delta.String()
		chunks = append(chunks, encode(c))
	}
	return chunks
}

// relayInterval is the longest time for which a chunk waits for others before it is passed on to other replicas.
const relayInterval = 100 * time.Millisecond

// relay passes the response on to readers of other replicas. Each entry of the log begins with its number, so that one
// that was appended twice, because the Store failed after it had appended it, is noticed. The first names the answer.
func (j *job) relay() {
	ctx := j.lease.Context()
	if !j.append(ctx, numbered(0, []byte(j.plan.turn.Answer))) {
		return
	}
	for next := 0; ; {
		chunks, state, grown := j.run.since(next)
		batch := make([][]byte, 0, len(chunks))
		for i, c := range chunks {
			batch = append(batch, numbered(next+i+1, c))
		}
		if len(batch) > 0 && !j.append(ctx, batch...) {
			return
		}
		next += len(chunks)
		if state != running {
			return
		}
		select {
		case <-grown:
		case <-ctx.Done():
			return
		}
		j.gather(ctx)
	}
}

// gather waits for more chunks to append at once, unless the run is over.
func (j *job) gather(ctx context.Context) {
	timer := time.NewTimer(relayInterval)
	defer timer.Stop()
	for {
		_, state, grown := j.run.since(0)
		if state != running {
			return
		}
		select {
		case <-timer.C:
			return
		case <-grown:
		case <-ctx.Done():
			return
		}
	}
}

// append appends to the log of the lease, more than once if the Store fails for a moment.
func (j *job) append(ctx context.Context, entries ...[]byte) bool {
	for wait := 50 * time.Millisecond; ctx.Err() == nil; wait *= 2 {
		err := j.lease.Append(ctx, entries...)
		if err == nil {
			return true
		}
		j.h.storeFailed(ctx, "append", err)
		if wait > time.Second {
			return false
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
		}
	}
	return false
}

func numbered(n int, chunk []byte) []byte {
	return append(strconv.AppendInt(make([]byte, 0, len(chunk)+8), int64(n), 10), append([]byte{' '}, chunk...)...)
}

// readNumbered takes an entry of a log apart.
func readNumbered(entry []byte) (n int, chunk []byte, ok bool) {
	number, rest, found := strings.Cut(string(entry), " ")
	n, err := strconv.Atoi(number)
	return n, []byte(rest), found && err == nil
}
