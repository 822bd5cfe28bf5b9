package raiachat

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/chat"
	"github.com/seed-127a5941/parley/raia"
)

var (
	errManual   = errors.New("raiachat: staff answers the conversation")
	errPanicked = errors.New("raiachat: the look for staff panicked")
)

// Await emits the answer to a message. If staff answers the conversation and the vendor has no answer, Await finishes
// with FinishQueued.
func (s *session) Await(ctx context.Context, vendorID string, t *chat.Turn) error {
	answer, err := s.await(ctx, vendorID)
	switch {
	case err == nil:
		return t.Emit(event(answer.Message))
	case errors.Is(err, errManual):
		return queued(t)
	}
	return err
}

// await polls for the answer until it is there, a look returns an error, or ctx ends. After a HandOver of this
// conversation, a look comes before the first poll.
func (s *session) await(ctx context.Context, vendorID string) (*raia.AsyncResponse, error) {
	if s.known().Manual {
		pause, err := s.look(ctx, vendorID)
		if err != nil {
			return nil, err
		}
		sleep(ctx, pause)
	}
	polling, stop := context.WithCancel(ctx)
	defer stop()
	watched := make(chan error, 1)
	go func() {
		defer stop()
		watched <- s.watch(polling, vendorID)
	}()
	answer, err := s.client.Conversations.Await(polling, s.conversation(), vendorID)
	stop()
	if found := <-watched; err != nil && found != nil {
		return nil, found
	}
	return answer, err
}

// watch looks after each ModeInterval until a look returns an error. It returns nil when ctx ends. It turns a panic of
// a look into an error, because it runs on a goroutine of its own, where no caller could recover. The value of the
// panic is only in the text: in the chain, an error of another call would decide about this message.
func (s *session) watch(ctx context.Context, vendorID string) (err error) {
	defer func() {
		if reason := recover(); reason != nil {
			err = fmt.Errorf("%w: %v", errPanicked, reason)
		}
	}()
	for wait := s.opts.ModeInterval; sleep(ctx, wait); {
		pause, err := s.look(ctx, vendorID)
		if err != nil {
			return err
		}
		wait = max(s.opts.ModeInterval, pause)
	}
	return nil
}

// look returns errManual if staff answers the conversation and the vendor has no answer. It asks for the answer after
// the mode, so that it misses no answer from before staff took over. If the conversation does not exist, the error
// matches ErrNotFound. Otherwise the answer remains to be awaited, and pause is the wait that the vendor asks for.
func (s *session) look(ctx context.Context, vendorID string) (pause time.Duration, err error) {
	conversation, err := s.client.Conversations.Get(ctx, s.conversation())
	switch {
	case errors.Is(err, parley.ErrNotFound):
		return 0, err
	case err != nil || conversation.Mode != raia.ConversationModeManual:
		return retryAfter(err), nil
	}
	answer, err := s.client.Conversations.GetResponse(ctx, s.conversation(), vendorID)
	if errors.Is(err, parley.ErrNotFound) || err == nil && pending(answer) {
		return 0, errManual
	}
	return retryAfter(err), nil
}

// pending reports whether Conversations.Await would poll again.
func pending(answer *raia.AsyncResponse) bool {
	return answer.Status != raia.AsyncStatusCompleted && answer.Status != raia.AsyncStatusFailed
}

// retryAfter returns the wait that the response to a failed request asks for.
func retryAfter(err error) time.Duration {
	info, _ := parley.InfoOf(err)
	return info.RetryAfter
}

// sleep waits for d. It reports false as soon as ctx ends.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
	return ctx.Err() == nil
}
