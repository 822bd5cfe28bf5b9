package uistream

import (
	"context"
	"encoding/json"
	"errors"
	"iter"

	"github.com/seed-127a5941/parley/chat"
)

// ErrLocked means that another holder has the lock of a conversation. Store.Lock returns it at once instead of
// waiting. Lease.Save and Lease.Append return it once their lease is lost or was unlocked.
var ErrLocked = errors.New("uistream: the conversation is locked by another holder")

// Record is a conversation in a Store. It can be marshalled as JSON and read back. A Store never looks into
// it. A Record that was passed to Save or came from Load is not changed afterwards, so a Store in memory need not copy
// it.
type Record struct {
	// State continues the conversation. It is nil before the first turn.
	State chat.State `json:"state,omitempty"`
	// Data is the handler's own: which turn is under way, how the last one ended, and its answer. It holds what user
	// and agent said, and it is at most a few MiB long. It is nil before the first turn.
	Data json.RawMessage `json:"data,omitempty"`
}

// Store keeps the Records of conversations, one for each pair of a user and an id. The same id of another user is
// another conversation. Users are any non-empty UTF-8, such as e-mail addresses; ids consist of letters, digits, "-"
// and "_" and are at most 64 bytes long. Keys that join the two must keep "a" and "b:c" apart from "a:b" and "c".
//
// Replicas of a program that share a Store share conversations. A Store is safe for concurrent use. Package storetest
// tests whether an implementation keeps these promises.
type Store interface {
	// Load returns the Record that was saved last. A conversation that was never saved, and one that the Store has
	// forgotten because of its age, is the zero Record and no error. After Lock it returns what the former holder of
	// the lock saved last.
	Load(ctx context.Context, user, id string) (Record, error)
	// Lock locks a conversation that may be new. If another holder has the lock it returns ErrLocked at once. ctx
	// bounds the call only: the Lease lives on when ctx ends. The log of the Lease is empty.
	Lock(ctx context.Context, user, id string) (Lease, error)
}

// Lease is a lock that is held. Its methods are safe for concurrent use.
//
// Beside the Record a Lease has a log, which begins empty and is gone with the Lease. It has the beginning of the
// answer under way for the readers of other replicas. A Store that is no Tailer may discard it.
type Lease interface {
	// Context ends when the lock is lost or was unlocked. Its cause then matches ErrLocked or context.Canceled. A Store
	// whose locks expire by themselves renews the lock, and if it cannot, it ends the Context at least two seconds
	// before another holder can get the lock. So a request that the Context bounds is over by then.
	Context() context.Context
	// Save replaces the Record. It matches ErrLocked, and the Record stays as it was, once the lock is lost, even if
	// it is free. Save is decided by the Store and not by the clock of the caller, so a holder that was
	// suspended cannot overwrite the Record of the next one. If Save fails for another reason, the Record may have been
	// replaced or not.
	Save(ctx context.Context, r Record) error
	// Append adds chunks to the log, all of them or not one, in their order. The Store may keep them after Append has
	// returned. It matches ErrLocked once the lock is lost.
	Append(ctx context.Context, chunks ...[]byte) error
	// Unlock gives the lock back, ends the Context and discards the log. It returns within seconds, whatever the state
	// of the Store is. If it cannot reach the Store, the lock must expire by itself. It may be called more than once.
	Unlock()
}

// Tailer is implemented by a Store whose logs can be read by other replicas. Without it they see an answer when it is
// whole.
type Tailer interface {
	// Tail yields the chunks that were appended under the Lease that is held now, from the first on, and then each one
	// as it is appended, with the boundaries that it had in Append. It ends without an error when that Lease was
	// unlocked or is lost, after it has yielded all chunks that were appended before. It never goes on with the log of
	// the next Lease. If the lock is free, it ends at once. It ends with the cause of ctx's end as error when ctx
	// ends, and with another error when the Store fails. Leaving the loop frees everything. Any number of Tails may
	// run.
	Tail(ctx context.Context, user, id string) iter.Seq2[[]byte, error]
}
