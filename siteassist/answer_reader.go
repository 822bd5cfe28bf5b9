package siteassist

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/lenient"
	"github.com/seed-127a5941/parley/internal/sse"
	"github.com/seed-127a5941/parley/internal/transport"
)

// done is the AI SDK's last event. Whether the vendor sends it is not documented.
const done = "[DONE]"

// errEnd ends the loop over an answer that came whole.
var errEnd = errors.New("the answer is whole")

// answerReader reads the chunks of an answer from an event stream and tells whether the answer is whole. Only the loop
// over the stream may use it, except for message.
type answerReader struct {
	ctx    context.Context // of the caller; if it ended, it explains the end of the body
	reply  *transport.Response
	body   *streamBody
	events *sse.Decoder
	plain  plainDecoder
	halves surrogateHalves
	queue  []Chunk // decoded, but not yet returned by next
	atEnd  bool    // the answer is whole, and no further event is read

	// finished reports that a finish chunk came and that no part has followed it. Servers that merge several answers
	// send a finish chunk for each, so the answer goes on if another part follows.
	finished bool
	message  messageBuilder
}

func newAnswerReader(ctx context.Context, reply *transport.Response, set streaming) *answerReader {
	r := &answerReader{ctx: ctx, reply: reply}
	r.body = newStreamBody(reply.Stream, set.idle, r.inEvent)
	r.events = sse.NewDecoder(r.body, set.maxEvent)
	return r
}

// run yields chunks until the answer ends, the caller leaves the loop, or an error occurs.
func (r *answerReader) run(yield func(Chunk, error) bool) (failure error) {
	defer func() { r.body.release(failure) }()
	for {
		chunk, err := r.next()
		if errors.Is(err, errEnd) {
			r.body.handBack()
			return nil
		}
		if err != nil {
			return err
		}
		if !yield(chunk, nil) {
			r.leave()
			return nil
		}
		if _, aborted := chunk.(*AbortChunk); aborted {
			return r.reply.Fail(fmt.Errorf("%w: the answer was aborted", parley.ErrTruncated))
		}
	}
}

// leave ends the stream when the caller leaves the loop. If the answer was whole, the connection is kept for reuse.
func (r *answerReader) leave() {
	if r.finished {
		r.body.handBack()
	}
}

// next returns the next chunk, or errEnd after a whole answer.
func (r *answerReader) next() (Chunk, error) {
	for {
		if cause := r.body.cause(); errors.Is(cause, parley.ErrClosed) {
			return nil, r.truncated(cause) // the loop does not yield chunks that came before the cause either
		}
		if chunk := r.dequeue(); chunk != nil {
			r.message.add(chunk)
			return chunk, nil
		}
		if r.atEnd {
			return nil, errEnd
		}
		chunk, err := r.read()
		switch {
		case errors.Is(err, errEnd):
			if said, failed := errorLine(r.events.Stray()); failed {
				return nil, r.failed(said)
			}
			r.atEnd, r.queue = true, r.halves.lost(nil)
		case err != nil:
			return nil, err
		case chunk != nil:
			if lost := r.halves.lost(chunk); len(lost) > 0 {
				r.queue = append(lost, chunk)
				continue
			}
			r.message.add(chunk)
			return chunk, nil
		}
	}
}

// dequeue returns the next chunk of the queue, or nil.
func (r *answerReader) dequeue() Chunk {
	if len(r.queue) == 0 {
		return nil
	}
	chunk := r.queue[0]
	r.queue = r.queue[1:]
	return chunk
}

// read returns the chunk of the next event. It returns nil and no error for an event that is to be skipped.
func (r *answerReader) read() (Chunk, error) {
	event, err := r.events.Next()
	if err != nil {
		return nil, r.ended(err)
	}
	return r.decode(event)
}

// decode returns the chunk of event. It returns nil and no error for an event that is to be skipped.
func (r *answerReader) decode(event sse.Event) (Chunk, error) {
	data := bytes.TrimSpace(event.Data)
	switch {
	case string(event.Name) == typeError:
		return nil, r.failed(data)
	case len(data) == 0:
		return nil, nil
	case string(data) == done:
		return nil, errEnd
	}
	if typ, chunk := r.plain.decode(event.Data); chunk != nil {
		return r.accept(typ, chunk), nil
	}
	typ, _ := lenient.Type(data)
	switch {
	case string(typ) == typeError, typ == nil && failureMember(data) != nil:
		return nil, r.failed(data)
	case typ == nil && (event.Bare || isHeartbeat(event.Name)):
		return nil, nil
	}
	chunk, err := decodeChunk(typ, event.Data)
	if err != nil {
		return nil, r.failWith(data, parley.ErrDecode, err)
	}
	return r.accept(typ, chunk), nil
}

// accept notes the meaning of a chunk for the answer and completes its text. It returns the chunk.
func (r *answerReader) accept(typ []byte, chunk Chunk) Chunk {
	r.track(typ, chunk)
	r.halves.join(chunk)
	return chunk
}

// isHeartbeat reports whether name is a usual name of events that only keep a connection alive.
func isHeartbeat(name []byte) bool {
	switch string(name) {
	case "ping", "heartbeat", "keepalive", "keep-alive":
		return true
	}
	return false
}

// track keeps note of whether the answer has ended.
func (r *answerReader) track(typ []byte, chunk Chunk) {
	switch {
	case string(typ) == typeFinish:
		r.setFinished(true)
	case r.finished && opensAnswer(typ, chunk):
		r.setFinished(false)
	}
}

func (r *answerReader) setFinished(finished bool) {
	r.finished = finished
	r.body.setFinished(finished)
}

// opensAnswer reports whether a chunk that follows a finish chunk shows that the answer goes on, because it begins
// another answer or holds a part of one. Metadata, transient data and chunks of unknown types, such as heartbeats, show
// no such thing.
func opensAnswer(typ []byte, chunk Chunk) bool {
	if data, ok := chunk.(*DataChunk); ok {
		return !data.Transient
	}
	kind, _, _ := strings.Cut(string(typ), "-")
	switch kind {
	case "start", "text", "reasoning", "tool", "source", "file", "data":
		return true
	}
	return false
}

// inEvent reports whether the stream is inside an event whose end is still to come. [DONE] does not count, because it
// ends the answer even if the event is cut off.
func (r *answerReader) inEvent() bool {
	data, pending := r.events.Pending()
	return pending && (len(data) == 0 || !strings.HasPrefix(done, string(data)))
}

// isWhole reports whether the answer is whole if the body ends now.
func (r *answerReader) isWhole() bool {
	if data, pending := r.events.Pending(); pending && string(data) == done {
		return true
	}
	return r.finished && !r.inEvent()
}
