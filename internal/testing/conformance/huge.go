package conformance

import (
	"bytes"
	"net/http"
	"runtime"
	"strconv"
	"sync/atomic"
	"testing"

	"github.com/seed-127a5941/parley"
)

const (
	mega = 1 << 20
	// hugeBody is far beyond any limit.
	hugeBody = 300 * mega
	// replyLimit and errorLimit are the most that is read of a success and of an error.
	replyLimit, errorLimit = 32 * mega, mega
	// inFlight is the most that sockets and buffers may hold of a body that is no longer read. A busy machine is slow
	// to close.
	inFlight = 64 * mega
)

// huge answers every operation with a body of 300 MB, and verifies how much of it is read and kept. A body of unknown
// length is read up to the limit. That takes time, so only one operation in eight gets such a body. A sample is one
// operation for each kind of body.
func (s *subject[C]) huge(t *testing.T) {
	each, eighth := 1, 8
	if s.sample {
		each, eighth = len(s.Operations), len(s.Operations)
	}
	t.Run("success", func(t *testing.T) { s.hugeReplies(t, eighth, 200, false) })
	t.Run("announced success", func(t *testing.T) { s.hugeReplies(t, each, 200, true) })
	t.Run("error", func(t *testing.T) { s.hugeReplies(t, each, 500, false) })
}

func (s *subject[C]) hugeReplies(t *testing.T, step, status int, announce bool) {
	before := liveHeap()
	kept := make([]error, 0, len(s.Operations)) // as a caller does that collects errors
	for i := 0; i < len(s.Operations); i += step {
		op := &s.Operations[i]
		var written atomic.Int64
		trial := s.try(t, op, func(x *exchange) { written.Store(x.flood(status, announce)) }, nil)
		kept = append(kept, trial.err)
		s.verify(trial, hugeWant(&op.Spec, status))
		limit := int64(replyLimit)
		if status != http.StatusOK || announce {
			limit = errorLimit
		}
		if n := written.Load(); n > limit+inFlight {
			trial.Errorf("took %d MiB of a reply", n/mega)
		}
		if answer := s.Answer(trial.err); answer != nil && len(answer.Body) > errorLimit {
			trial.Errorf("keeps %d bytes of a reply", len(answer.Body))
		}
	}
	if grown := liveHeap() - before; grown > int64(len(kept))*errorLimit*9/8+8*mega {
		t.Errorf("live heap grew by %d MiB for %d errors", grown/mega, len(kept))
	}
	runtime.KeepAlive(kept)
}

func hugeWant(spec *Spec, status int) want {
	if status != http.StatusOK {
		w := answered(spec, status, "")
		w.anyBody = true
		return w
	}
	w := useless(spec, status, "", parley.ErrResponseTooLarge)
	w.anyBody = true
	return w
}

// flood sends 300 MB, or as much of it as the client takes, and returns how much that was.
func (x *exchange) flood(status int, announce bool) int64 {
	start := `{"id":"`
	if x.trial.spec.Stream {
		start = "data: {\"type\":\""
	}
	if announce {
		x.ResponseWriter.Header().Set("Content-Length", strconv.Itoa(hugeBody))
	}
	x.answer(status, x.trial.spec.contentType(), start)
	piece := bytes.Repeat([]byte("x"), 1<<18)
	n := int64(len(start))
	for n < hugeBody {
		m, err := x.ResponseWriter.Write(piece[:min(int64(len(piece)), hugeBody-n)])
		n += int64(m)
		if err != nil {
			break
		}
	}
	return n
}

// liveHeap returns the size of the heap after a garbage collection.
func liveHeap() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
