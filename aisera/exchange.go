package aisera

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync"
	"sync/atomic"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/queue"
)

var (
	errLeft   = errors.New("the Exchange was left")
	errRanged = fmt.Errorf("%w: an Exchange can be ranged over once: it would send its message again",
		parley.ErrInvalidArgument)
)

// exchange is one message and the frames of its answer.
type exchange struct {
	frames  *queue.Queue[*Response]
	leaving sync.Mutex // held while what is left unread moves on
}

// Exchange says m, when it is ranged over, and yields the frames of the answer, the final one last (Response.Final). From a
// server that echoes request ids these are the frames with m's; from one that does not, all frames in the order of the
// messages, but for Campaign, AskForApproval and LiveAgentTyping. What else comes goes to Receive.
//
// Range over it once: a second time it sends nothing and yields an error that matches ErrInvalidArgument. It ends with an
// error that matches ErrDeliveryUnknown when the connection is lost or ctx ends after m was written, having yielded what
// came. So it does after 10 s in which frames that nobody receives held up its own. An Exchange that is left keeps its
// place: its late frames go to Receive, never to another Exchange. A frame that is no JSON object counts as the final one,
// with an error that matches ErrDecode.
func (c *Conn) Exchange(ctx context.Context, m Message) iter.Seq2[*Response, error] {
	return c.s.exchange(ctx, "exchange", m)
}

// Ask says m and returns the final frame of the answer; Exchange yields the others too. Its errors are those of Exchange.
// Where the frame says that something failed (Mode Error or ExternalSystemError), both the frame and its Err are returned.
func (c *Conn) Ask(ctx context.Context, m Message) (*Response, error) {
	var last *Response
	for r, err := range c.s.exchange(ctx, "ask", m) {
		if err != nil {
			return nil, err
		}
		last = r
	}
	return last, last.callError()
}

func (s *session) exchange(ctx context.Context, name string, m Message) iter.Seq2[*Response, error] {
	var ranged atomic.Bool
	return func(yield func(*Response, error) bool) {
		if ranged.Swap(true) {
			yield(nil, fmt.Errorf("aisera: %s: %w", name, errRanged))
			return
		}
		x := &exchange{frames: queue.NewQueue[*Response](bufferedFrames)}
		if err := s.begin(ctx, m, x); err != nil {
			yield(nil, fmt.Errorf("aisera: %s: %w", name, err))
			return
		}
		defer s.leave(x)
		for {
			r, err := x.next(ctx)
			if err != nil {
				yield(nil, fmt.Errorf("aisera: %s: %w", name, err))
				return
			}
			if !yield(r, nil) || r.Final() {
				return
			}
		}
	}
}

func (s *session) begin(ctx context.Context, m Message, x *exchange) error {
	if s.router.isStarved() {
		return errStarved
	}
	_, err := s.write(ctx, m, x)
	return err
}

// next returns the next frame of the answer. Its errors match ErrDeliveryUnknown: the message was written.
func (x *exchange) next(ctx context.Context) (*Response, error) {
	r, err := x.frames.Pop(ctx)
	if err == nil && r.invalid != nil {
		err = r.invalid
	}
	if err != nil && !errors.Is(err, parley.ErrDeliveryUnknown) {
		err = fmt.Errorf("%w: %w", err, parley.ErrDeliveryUnknown)
	}
	return r, err
}

// leave ends x for its caller; x keeps its place. What is unread goes where its late frames go, and before them: the
// reader waits for leaving where x takes a frame no more.
func (s *session) leave(x *exchange) {
	x.leaving.Lock()
	s.inbox.Force(x.frames.Drain(errLeft)...)
	x.leaving.Unlock()
	s.drain()
}
