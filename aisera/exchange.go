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
	nameAsk      = "ask"
	nameExchange = "exchange"
)

var (
	errLeft   = errors.New("the Exchange was left")
	errRanged = fmt.Errorf("%w: an Exchange can be ranged over once: it would send its message again",
		parley.ErrInvalidArgument)
	errStalled = errors.New("no frame was read for 10 s, because the buffer is full of frames that were not " +
		"received: " +
		"call Receive, or set DialOptions.OnUnsolicited")
)

// exchange is one message and the frames of its answer. Only the goroutine that ranges over it may use it.
type exchange struct {
	frames *queue.Queue[*Response]
	timer  *time.Timer // for the waits of next; nil before the first wait
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
	return c.s.exchange(ctx, nameExchange, m)
}

// Ask sends m and returns the final frame of the answer. Exchange yields the other frames too. Ask returns the same
// errors as Exchange. If the frame reports a failure (Mode Error or ExternalSystemError), Ask returns both the frame
// and its Err.
func (c *Conn) Ask(ctx context.Context, m Message) (*Response, error) {
	var last *Response
	for r, err := range c.s.exchange(ctx, nameAsk, m) {
		if err != nil {
			return nil, err
		}
		last = r
	}
	return last, last.callError()
}

func (s *connState) exchange(ctx context.Context, name string, m Message) iter.Seq2[*Response, error] {
	var ranged atomic.Bool
	return func(yield func(*Response, error) bool) {
		if ranged.Swap(true) {
			yield(nil, fmt.Errorf("aisera: %s: %w", name, errRanged))
			return
		}
		ctx, call := s.beginCall(ctx, name, name == nameExchange)
		defer call.end()
		x := &exchange{frames: s.buffer.NewQueue()}
		defer s.leave(x)
		err := s.begin(ctx, m, x)
		call.wrote(err)
		for err == nil {
			var r *Response
			if r, err = s.next(ctx, x); err != nil {
				break
			}
			call.received(r)
			if name == nameAsk && r.Final() {
				call.result.Err = r.callError()
			}
			if !yield(r, nil) || r.Final() {
				return
			}
		}
		yield(nil, call.fail(err))
	}
}

// begin sends the message of x. It returns an error instead if the buffer has been full for too long, because the
// reader could then not read the answer.
func (s *connState) begin(ctx context.Context, m Message, x *exchange) error {
	if s.ws.Held() >= patience {
		return notSent(errStalled)
	}
	_, err := s.write(ctx, m, x)
	return err
}

// next returns the next frame of the answer. Its errors match ErrDeliveryUnknown, because the message was written.
func (s *connState) next(ctx context.Context, x *exchange) (*Response, error) {
	r, err := s.await(ctx, x)
	if err == nil && r.invalid != nil {
		err = r.invalid
	}
	if err != nil && !errors.Is(err, parley.ErrDeliveryUnknown) {
		err = fmt.Errorf("%w: %w", err, parley.ErrDeliveryUnknown)
	}
	return r, err
}

// await waits for a frame of x until ctx ends, or until the reader has been waiting for room for as long as patience.
// The reader does not announce that it waits, so await checks again when the wait could have become too long.
func (s *connState) await(ctx context.Context, x *exchange) (*Response, error) {
	for {
		r, ok, err := x.frames.TryPop()
		if ok || err != nil {
			return r, err
		}
		held := s.ws.Held()
		if held >= patience {
			return nil, errStalled
		}
		select {
		case <-x.frames.Ready():
		case <-x.after(patience - held):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// after returns a channel that delivers after d. It returns the same channel each time.
func (x *exchange) after(d time.Duration) <-chan time.Time {
	if x.timer == nil {
		x.timer = time.NewTimer(d)
	} else {
		x.timer.Reset(d)
	}
	return x.timer.C
}

// leave detaches x from its caller. Its unread frames move to the inbox, and its late frames follow them there.
func (s *connState) leave(x *exchange) {
	if x.timer != nil {
		x.timer.Stop()
	}
	x.frames.MoveTo(s.inbox, errLeft)
	s.router.leave(x)
	s.wake()
}
