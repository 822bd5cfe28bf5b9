package chat_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/chat"
)

// answers is a script that awaits answers by the vendor's id.
type answers struct {
	*script
	await func(context.Context, string, *chat.Turn) error
}

func (a answers) Connect(_ chat.User, mem *chat.Memory) (chat.Session, error) {
	a.mem = mem
	return a, nil
}

func (a answers) Await(ctx context.Context, id string, t *chat.Turn) error {
	return a.await(ctx, id, t)
}

type await = func(context.Context, string, *chat.Turn) error

func emits(text string) await {
	return func(_ context.Context, id string, t *chat.Turn) error { return t.Emit(message(id+"-a", text)) }
}

func ends(err error) await { return func(context.Context, string, *chat.Turn) error { return err } }

func untilTheEnd(ctx context.Context, _ string, _ *chat.Turn) error {
	<-ctx.Done()
	return ctx.Err()
}

// A caller who leaves before the answer comes proves nothing of it.
func TestRecover_TheContextEndsWhileTheAnswerIsAwaited(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := answers{&script{can: full}, untilTheEnd}
		d.send = func(_ context.Context, _ chat.Message, turn *chat.Turn) error {
			return errors.Join(errLost, turn.Accepted("7"))
		}
		c := start(t, d, chat.Options{})
		_, err := c.Ask(t.Context(), chat.Message{Text: "yes"})
		require.ErrorIs(t, err, parley.ErrDeliveryUnknown)
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, errEnough)
		defer cancel()
		_, err = chat.Collect(c.Recover(ctx))
		require.ErrorIs(t, err, errEnough)
		_, open := c.Pending()
		require.True(t, open)
	})
}

func TestRecover_AwaitsByTheVendorsID(t *testing.T) {
	for name, test := range map[string]struct {
		await  func(context.Context, string, *chat.Turn) error
		finish string
		err    error
		open   bool
	}{
		"the answer":  {emits("fine"), "stop", nil, false},
		"no answer":   {untilTheEnd, "unanswered", nil, false},
		"failed":      {ends(parley.ErrAnswerFailed), "", parley.ErrAnswerFailed, false},
		"gone":        {ends(parley.ErrNotFound), "", parley.ErrDeliveryUnknown, false},
		"unreachable": {ends(parley.ErrServer), "", parley.ErrServer, true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := answers{&script{can: full}, test.await}
				d.send = func(_ context.Context, _ chat.Message, turn *chat.Turn) error {
					if err := turn.Accepted("7"); err != nil {
						return err
					}
					return errLost
				}
				c := start(t, d, chat.Options{})
				_, err := c.Ask(t.Context(), chat.Message{Text: "yes"})
				require.ErrorIs(t, err, parley.ErrDeliveryUnknown)
				a, took, err := recovered(t, c)
				require.ErrorIs(t, err, test.err)
				assert.Equal(t, test.finish, a.Finish)
				assert.LessOrEqual(t, took, usual)
				_, open := c.Pending()
				assert.Equal(t, test.open, open)
			})
		})
	}
}
