package aisera

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync/atomic"
	"time"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/queue"
)

const (
	nameAsk      = "aisera: ask"
	nameExchange = "aisera: exchange"
)

var (
	errLeft   = errors.New("the Exchange was left")
	errRanged = fmt.Errorf("%w: an Exchange can be ranged over once: it would send its message again",
		parley.ErrInvalidArgument)
	errStalled = errors.New("no frame was read for 10 s, because the buffer is full of frames that were not " +
		"received: call Receive, or set DialOptions.OnUnsolicited")
)

// exchange is one message and its answer, for a loop over an Exchange or for an Ask.
type exchange struct {
	pending pendingMessage
	frames  *queue.Queue[*Response] // the frames of the answer, for a loop; nil for an Ask
	// done gets a token when the reader has been waiting for room for too long. For an Ask it also gets one when final
	// or err is set.
	done chan struct{}

	// These fields are those of an Ask, which waits for the final frame only. The mutex of the router guards them.
	final    *Response
	err      error // why final will not come; nil as long as it may
	arrivals arrivals
	written  bool // the message was written
	// early holds the frames before the final one that came before the message was known to be written. They are not
	// part of the answer if it was not written after all. It is nil if no such frame came.
	early *queue.Queue[*Response]
}

// arrivals counts the frames of an answer.
type arrivals struct {
	first time.Time // when the first frame came
	bytes int64
}

// newExchange returns an exchange for a loop, or for an Ask if frames is nil.
func newExchange(frames *queue.Queue[*Response]) *exchange {
	x := &exchange{frames: frames, done: make(chan struct{}, 1)}
	x.pending.x, x.pending.asked = x, true
	return x
}

// deliver takes a frame of the answer. An Ask needs only the final one.
func (x *exchange) deliver(r *Response, buffer *queue.Buffer[*Response]) {
	if x.frames != nil {
		x.frames.Push(r)
		return
	}
	x.arrivals.add(r)
	switch {
	case r.Final():
		x.final = r
		signal(x.done)
	case !x.written:
		if x.early == nil {
			x.early = buffer.NewQueue()
		}
		x.early.Push(r)
	}
}

// markWritten makes an Ask forget its early frames, because its message was written.
func (x *exchange) markWritten() {
	x.written = true
	if x.early != nil {
		x.early.Drop()
	}
}

// giveBack moves the frames that x holds to inbox. If the message of x is written later, the answer is still to come.
func (x *exchange) giveBack(inbox *queue.Queue[*Response]) {
	for _, frames := range []*queue.Queue[*Response]{x.frames, x.early} {
		if frames != nil {
			frames.MoveItems(inbox)
		}
	}
	if x.final != nil {
		inbox.Push(x.final)
	}
	x.final, x.err, x.arrivals = nil, nil, arrivals{}
	select {
	case <-x.done:
	default:
	}
}

func (a *arrivals) add(r *Response) {
	if a.bytes == 0 {
		a.first = time.Now()
	}
	a.bytes += int64(len(r.Raw))
}

// end makes err the end of the answer, unless an Ask has its final frame.
func (x *exchange) end(err error) {
	if x.frames != nil {
		x.frames.End(err)
		return
	}
	if x.final == nil && x.err == nil {
		x.err = err
		signal(x.done)
	}
}

// stall is called when the reader has been waiting for room for too long. A loop decides by itself whether that matters
// to it, because it may have unread frames.
func (x *exchange) stall() {
	if x.frames == nil {
		x.end(errStalled)
	}
	signal(x.done)
}

// signal puts a token into a channel that has room for one.
func signal(token chan<- struct{}) {
	select {
	case token <- struct{}{}:
	default:
	}
}

// Exchange sends m when it is ranged over, and yields the frames of the answer. The final one comes last
// (Response.Final). If the server echoes request ids, these are the frames with the id of m. Otherwise all frames are
// taken in the order of the messages, except for Campaign, AskForApproval, LiveAgentTyping and frames without any
// member of a reply. All other frames go to Receive.
//
// Range over it once. The second time it sends no message and yields an error that matches ErrInvalidArgument. If the
// connection is lost, or ctx ends after m was written, it yields the frames that came and ends with an error that
// matches ErrDeliveryUnknown. It ends so too if unread frames have held up its own for 10 s, because the caller does
// not receive. An error that matches ErrNotSent says that no byte of m was written.
//
// When an Exchange is left, its late frames go to Receive, never to another Exchange. If the server echoes no request
// ids, this holds only for 30 s and until the connection is lost. A frame that comes later may be taken for the answer
// to the next message. The result of a flow may be taken for it too, if it comes after the frame that said that the
// flow goes on. A frame that is not a JSON object then counts as the final one, with an error that matches ErrDecode.
func (c *Conn) Exchange(ctx context.Context, m Message) iter.Seq2[*Response, error] {
	return c.s.exchange(ctx, m)
}

// Ask sends m and returns the final frame of the answer. Exchange yields the other frames too. Ask returns the same
// errors as Exchange. If the frame reports a failure (Mode Error or ExternalSystemError), Ask returns both the frame
// and its Err.
func (c *Conn) Ask(ctx context.Context, m Message) (*Response, error) {
	ctx, call := c.s.beginCall(ctx, nameAsk, false)
	defer call.end()
	r, err := c.s.ask(ctx, &m, &call)
	if err != nil {
		return nil, call.fail(err)
	}
	call.result.Err = r.callError()
	return r, call.result.Err
}

// ask sends m and waits for the final frame of its answer.
func (s *connState) ask(ctx context.Context, m *Message, call *frameCall) (*Response, error) {
	x := newExchange(nil)
	err := s.begin(ctx, m, x)
	call.wrote(err)
	if err != nil {
		s.router.abandon(x, s.inbox)
		s.wake()
		return nil, err
	}
	s.router.written(x)
	var left error
	select {
	case <-x.done:
	case <-ctx.Done():
		left = ctx.Err()
	}
	r, arrived, err := s.router.conclude(x, left)
	call.arrivals = arrived
	if err == nil {
		err = r.invalid
	}
	if err != nil {
		return nil, deliveryUnknown(err)
	}
	return r, nil
}

func (s *connState) exchange(ctx context.Context, m Message) iter.Seq2[*Response, error] {
	var ranged atomic.Bool
	return func(yield func(*Response, error) bool) {
		if ranged.Swap(true) {
			yield(nil, fmt.Errorf("%s: %w", nameExchange, errRanged))
			return
		}
		ctx, call := s.beginCall(ctx, nameExchange, true)
		defer call.end()
		x := newExchange(s.buffer.NewQueue())
		defer s.leave(x)
		err := s.begin(ctx, &m, x)
		call.wrote(err)
		for err == nil {
			var r *Response
			if r, err = s.next(ctx, x); err != nil {
				break
			}
			call.received(r)
			if !yield(r, nil) || r.Final() {
				return
			}
		}
		yield(nil, call.fail(err))
	}
}

// begin sends the message of x. It returns an error instead if the buffer has been full for too long, because the
// reader could then not read the answer.
func (s *connState) begin(ctx context.Context, m *Message, x *exchange) error {
	if s.ws.Stalled() {
		return notSent(errStalled)
	}
	_, err := s.write(ctx, m, &x.pending)
	return err
}

// next returns the next frame for a loop. Its errors match ErrDeliveryUnknown, because the message was written.
func (s *connState) next(ctx context.Context, x *exchange) (*Response, error) {
	r, err := s.await(ctx, x)
	if err == nil {
		err = r.invalid
	}
	return r, deliveryUnknown(err)
}

// deliveryUnknown makes err match ErrDeliveryUnknown. It returns nil if err is nil.
func deliveryUnknown(err error) error {
	if err == nil || errors.Is(err, parley.ErrDeliveryUnknown) {
		return err
	}
	return fmt.Errorf("%w: %w", err, parley.ErrDeliveryUnknown)
}

// await waits for a frame of a loop until ctx ends, or until the reader has been waiting for room for as long as
// patience.
func (s *connState) await(ctx context.Context, x *exchange) (*Response, error) {
	for {
		r, ok, err := x.frames.TryPop()
		if ok || err != nil {
			return r, err
		}
		if s.ws.Stalled() {
			return nil, errStalled
		}
		select {
		case <-x.frames.Ready():
		case <-x.done:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// leave detaches x from its loop. Its unread frames move to the inbox, and its late frames follow them there.
func (s *connState) leave(x *exchange) {
	x.frames.MoveTo(s.inbox, errLeft)
	s.router.leave(x)
	s.wake()
}
