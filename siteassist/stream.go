package siteassist

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"log/slog"
	"net/http"
	"sync/atomic"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/redact"
	"github.com/seed-127a5941/parley/internal/transport"
)

// Stream is an answer that is read while it is made. Range over Chunks once, call Text, or call Close. Each of them
// frees the connection. A Stream on which no such method is called keeps its connection. The methods are safe for
// concurrent use. Printing a Stream shows only its type. No goroutine runs while the stream is open.
type Stream struct {
	state *streamState // behind a pointer, so that no copy of a Stream prints it
}

// streamState has either an answer or a notice.
type streamState struct {
	header http.Header
	answer *answerReader // nil if the message is queued
	notice string
	taken  atomic.Bool // Chunks was called
}

var errReadBefore = fmt.Errorf("siteassist: %w: the stream was read before", parley.ErrClosed)

// openStream sends call. The content type of the response decides whether it is an answer, because the vendor responds
// with text/plain if a human agent handles the conversation. mayQueue says that this can happen.
func openStream(
	ctx context.Context, api *transport.Client, call transport.Call, set streaming, mayQueue bool,
) (*Stream, error) {
	call.StreamType = mediaEvents
	call.Accept = mediaEvents
	if mayQueue {
		call.Accept += ", " + mediaText
	}
	return transport.Decode(ctx, api, call, func(reply *transport.Response) (*Stream, error) {
		s := &streamState{header: reply.Header}
		if reply.Stream != nil {
			s.answer = newAnswerReader(ctx, reply, set)
			return &Stream{state: s}, nil
		}
		notice, isNotice := readNotice(reply)
		if !mayQueue || !isNotice {
			return nil, reply.Fail(parley.ErrDecode, notExpected(reply, mediaEvents))
		}
		s.notice = notice
		return &Stream{state: s}, nil
	})
}

// notExpected returns the error of a response with another content type than want. An empty content type is called
// unknown.
func notExpected(reply *transport.Response, want string) error {
	kind := transport.MediaType(reply.Header)
	if kind == "" {
		kind = "an unknown content type"
	}
	return fmt.Errorf("%s where %s was expected", redact.OneLine(kind), want)
}

// Queued reports that the message waits for a human agent. In that case the stream holds no answer: Chunks yields no
// chunk, Text returns "", and Messages.List finds the agent's answer later.
func (s *Stream) Queued() bool { return s.state.answer == nil }

// Notice returns the text with which the vendor confirms a queued message, such as "Message sent". It is empty if the
// message is not queued.
func (s *Stream) Notice() string { return s.state.notice }

// Header returns a copy of the header of the response.
func (s *Stream) Header() http.Header { return s.state.header.Clone() }

// FinishReason returns why the model ended the answer, as far as the stream was read. It is empty before the first
// *FinishChunk, and if the vendor gives no reason. If the stream holds several answers, it is the last reason, or the
// first one of FinishReasonLength, FinishReasonContentFilter and FinishReasonError. With these three, Text returns no
// error although the model ended before it had finished its answer.
func (s *Stream) FinishReason() FinishReason {
	if s.Queued() {
		return ""
	}
	return s.state.answer.message.reason()
}

// Message returns a copy of the part of the answer that was read so far: its text, reasoning, tool calls, sources and
// files. It may be called in a loop over Chunks, and after Chunks or Text ended. Only the error of Chunks or Text tells
// whether the answer is whole. The message is empty if no chunk was read yet or if the message is queued.
func (s *Stream) Message() *StreamedMessage {
	if s.Queued() {
		return new(StreamedMessage)
	}
	return s.state.answer.message.snapshot()
}

// Close frees the connection. A loop over Chunks that still runs yields no further chunk and ends with an error that
// matches ErrClosed. Close may be called at any time and more than once. It returns nil.
func (s *Stream) Close() error {
	if s.Queued() {
		return nil
	}
	body := s.state.answer.body
	if body.end(errClosed); !s.state.taken.Load() {
		body.close() // otherwise the loop closes it
	}
	return nil
}

// Format prints only the name of the type, for every verb.
func (s Stream) Format(state fmt.State, verb rune) { redact.Format(state, verb, "siteassist.Stream") }

// LogValue logs the text that Format prints.
func (s Stream) LogValue() slog.Value { return slog.StringValue("siteassist.Stream") }

// Text reads the stream to its end and returns the text of all text-delta chunks, in order, without separators. If the
// answer is not whole, it returns the text that came together with the error that Chunks yields. Do not take that text
// for the answer. Check FinishReason to see whether the model ended the answer early.
func (s *Stream) Text() (string, error) {
	var failure error
	for _, err := range s.Chunks() {
		failure = err
	}
	if errors.Is(failure, errReadBefore) {
		return "", failure
	}
	return s.Message().Text, failure
}

// Chunks returns the chunks as they arrive. It can be ranged over once. Leaving the loop closes the stream.
//
// The answer is whole at the event [DONE], and at a *FinishChunk that no further part follows. Servers that merge
// several answers into one stream send a *FinishChunk for each, and all of them are yielded. If the server sends
// neither [DONE] nor any other event for 3 seconds after a *FinishChunk, the loop ends.
//
// If a character was cut in two, it is yielded with the delta of its second half. If that half does not come before the
// text ends, a delta chunk with U+FFFD is yielded. Its Raw is nil.
//
// If the answer is not whole, the loop ends with an error, which is yielded once. The error matches ErrTruncated if the
// body ends earlier (because it was closed, reset, or silent for Config.StreamIdleTimeout), if ctx ends, and after an
// *AbortChunk. An error chunk, and an error that the server wrote into the stream in another form, become an *Error
// that matches ErrAnswerFailed. The error matches ErrDecode if an event is not a chunk or the stream cannot be
// decompressed, ErrResponseTooLarge if an event exceeds Config.MaxEventSize, and ErrClosed after Close.
func (s *Stream) Chunks() iter.Seq2[Chunk, error] {
	return func(yield func(Chunk, error) bool) {
		if s.state.taken.Swap(true) {
			yield(nil, errReadBefore)
			return
		}
		if s.Queued() {
			return
		}
		if err := s.state.answer.run(yield); err != nil {
			yield(nil, err)
		}
	}
}
