package siteassist

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"log/slog"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/lenient"
	"github.com/seed-127a5941/parley/internal/redact"
	"github.com/seed-127a5941/parley/internal/sse"
	"github.com/seed-127a5941/parley/internal/transport"
)

const (
	mediaEvents = "text/event-stream"
	mediaText   = "text/plain"

	done = "[DONE]" // the AI SDK's last event; whether the vendor sends it is not documented

	maxDrain     = 64 << 10 // of what follows the end of the answer
	maxDrainTime = time.Second
	maxKeptBody  = 1 << 20 // of a reply that is no stream
)

// Stream is an answer that is read while it is made. Range over Chunks once, or call Text, or Close it: each frees the
// connection, and a Stream that gets none of them holds it. Its methods are safe for concurrent use; printing it shows
// nothing of it. No goroutine stands behind it.
type Stream struct {
	state *streamState // behind a pointer, so that no copy of a Stream prints it
}

type streamState struct {
	ctx    context.Context // the caller's: its end explains that of the body
	reply  *transport.Response
	body   *idleBody
	events *sse.Decoder
	queued bool
	taken  atomic.Bool
}

// openStream sends call. The content type of the reply decides what it is: the vendor answers a request for a stream with
// text/plain when a human agent handles the conversation.
func openStream(ctx context.Context, api *transport.Client, call transport.Call, set streaming) (*Stream, error) {
	call.Stream = true
	call.Accept = mediaEvents + ", " + mediaText
	reply, err := api.Do(ctx, call)
	if err != nil {
		return nil, err
	}
	s := &streamState{ctx: ctx, reply: reply, body: newIdleBody(reply.Stream, set.idle)}
	switch mediaType(reply.Header) {
	case mediaEvents:
		s.events = sse.NewDecoder(s.body, set.maxEvent)
	case mediaText:
		s.queued = true
		s.drain()
	default:
		return nil, s.noStream()
	}
	return &Stream{state: s}, nil
}

// mediaType returns the content type without its parameters, in lower case.
func mediaType(header http.Header) string {
	name, _, _ := strings.Cut(header.Get("Content-Type"), ";")
	return strings.ToLower(strings.TrimSpace(name))
}

// noStream is the error of a reply that is neither stream nor notice; it keeps the body, which may be a whole answer.
func (s *streamState) noStream() error {
	body, _ := io.ReadAll(io.LimitReader(s.body, maxKeptBody))
	s.close()
	kind := mediaType(s.reply.Header)
	if kind == "" {
		kind = "unknown"
	}
	return withBody(s.reply.Fail(parley.ErrDecode, fmt.Errorf("the reply is no event stream but of type %s", kind)), body)
}

func withBody(err error, body []byte) error {
	if e, ok := errors.AsType[*Error](err); ok {
		e.Body = body
	}
	return err
}

// Queued reports that the message waits for a human agent: there is no answer to read, it appears among the messages of
// the conversation later. Chunks yields nothing then, and Text returns "".
func (s *Stream) Queued() bool { return s.state.queued }

// Close frees the connection. A loop over Chunks that still runs ends with ErrClosed. It may be called at any time and
// more than once, and returns nil.
func (s *Stream) Close() error {
	s.state.close()
	return nil
}

func (s *streamState) close() { s.body.end(errClosed) }

// Format prints no more than the name of the type, whatever the verb.
func (s Stream) Format(state fmt.State, verb rune) { redact.Format(state, verb, "siteassist.Stream") }

// LogValue logs what Format prints.
func (s Stream) LogValue() slog.Value { return slog.StringValue("siteassist.Stream") }

// Text reads the stream to its end and returns the text of all text-delta chunks, in order, with nothing inserted. If the
// answer is not whole, it returns what came of it together with the error that Chunks yields: do not take that for the
// answer.
func (s *Stream) Text() (string, error) {
	var b strings.Builder
	for chunk, err := range s.Chunks() {
		if err != nil {
			return b.String(), err
		}
		if delta, ok := chunk.(*TextDeltaChunk); ok {
			b.WriteString(delta.Delta)
		}
	}
	return b.String(), nil
}

// Chunks returns the chunks as they arrive. It can be ranged over once; the loop ends after a finish chunk or the event
// [DONE], or with an error, which is yielded once: one that matches ErrTruncated when the body ends before that (closed,
// reset, or idle for StreamIdleTimeout), when ctx ends, and after an *AbortChunk; an *Error with its text in place of an
// error chunk; ErrDecode for an event that is no chunk; ErrResponseTooLarge; ErrClosed. Leaving the loop closes the
// stream.
func (s *Stream) Chunks() iter.Seq2[Chunk, error] {
	return func(yield func(Chunk, error) bool) {
		if s.state.taken.Swap(true) {
			yield(nil, fmt.Errorf("siteassist: %w: the stream was read before", parley.ErrClosed))
			return
		}
		if s.state.queued {
			return
		}
		defer s.state.close()
		if err := s.state.run(yield); err != nil {
			yield(nil, err)
		}
	}
}

// run yields chunks until the answer ends, the caller leaves or something fails.
func (s *streamState) run(yield func(Chunk, error) bool) error {
	for {
		data, err := s.events.Next()
		if err != nil {
			return s.broken(err)
		}
		if string(bytes.TrimSpace(data)) == done {
			s.drain()
			return nil
		}
		typ, _ := lenient.Type(data)
		chunk, err := decodeChunk(typ, data)
		if err != nil {
			return s.reply.Fail(parley.ErrDecode, err)
		}
		if string(typ) == typeError {
			return s.failed(chunk)
		}
		more := yield(chunk, nil)
		switch {
		case string(typ) == typeFinish:
			s.drain()
			return nil
		case !more:
			return nil
		case string(typ) == typeAbort:
			return s.reply.Fail(fmt.Errorf("%w: the answer was aborted", parley.ErrTruncated))
		}
	}
}

// failed is the error of an answer that the server gave up, with the text of its error chunk.
func (s *streamState) failed(chunk Chunk) error {
	text := "the answer failed"
	if failure, ok := chunk.(*ErrorChunk); ok && failure.ErrorText != "" {
		text = failure.ErrorText
	}
	return withBody(s.reply.Fail(chunkError(text)), *chunk.kept())
}

// broken is the error of a stream that ended before its answer did.
func (s *streamState) broken(err error) error {
	switch cause := s.body.cause(); {
	case errors.Is(err, parley.ErrResponseTooLarge):
		return s.reply.Fail(err)
	case cause != nil:
		return s.reply.Fail(parley.ErrTruncated, cause)
	case errors.Is(err, parley.ErrTruncated):
		return s.reply.Fail(err)
	case errors.Is(err, io.EOF):
		return s.reply.Fail(fmt.Errorf("%w: the body ended before the answer did", parley.ErrTruncated))
	case s.ctx.Err() != nil && !errors.Is(err, s.ctx.Err()):
		return s.reply.Fail(parley.ErrTruncated, s.ctx.Err(), err)
	}
	return s.reply.Fail(parley.ErrTruncated, err)
}

// drain reads what follows the end of the answer, so that the connection can serve another call, and closes the body.
func (s *streamState) drain() {
	timer := time.AfterFunc(maxDrainTime, s.close)
	defer timer.Stop()
	_, _ = io.CopyN(io.Discard, s.body, maxDrain)
	s.close()
}

var errClosed = fmt.Errorf("%w: the stream was closed", parley.ErrClosed)

// idleBody is a body whose reads end when no byte comes for a while. The time between reads does not count: a slow
// caller is no idle server.
type idleBody struct {
	body  io.ReadCloser
	limit time.Duration
	timer *time.Timer // nil: no limit
	ended atomic.Pointer[error]
}

func newIdleBody(body io.ReadCloser, limit time.Duration) *idleBody {
	b := &idleBody{body: body, limit: limit}
	if limit > 0 {
		b.timer = time.AfterFunc(limit, b.idle)
		b.timer.Stop()
	}
	return b
}

func (b *idleBody) idle() {
	b.end(fmt.Errorf("no byte came for %s", b.limit))
}

// Read reads from the body and closes it if nothing comes in time.
func (b *idleBody) Read(p []byte) (int, error) {
	if cause := b.cause(); cause != nil {
		return 0, cause
	}
	if b.timer == nil {
		return b.body.Read(p)
	}
	b.timer.Reset(b.limit)
	defer b.timer.Stop()
	return b.body.Read(p)
}

// end closes the body, which ends a read that waits, and keeps the first reason for it.
func (b *idleBody) end(cause error) {
	if b.ended.CompareAndSwap(nil, &cause) {
		_ = b.body.Close()
	}
}

// cause returns why the body was closed from our side; nil: it was not.
func (b *idleBody) cause() error {
	if cause := b.ended.Load(); cause != nil {
		return *cause
	}
	return nil
}
