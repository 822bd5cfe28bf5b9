package parley

import (
	"context"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
)

type hookKey struct{}

// recorder returns hooks that write their calls to log.
func recorder(name string, log *[]string) Hooks {
	note := func(what string) { *log = append(*log, name+" "+what) }
	return Hooks{
		OnCall: func(ctx context.Context, call Call) (context.Context, func(CallResult)) {
			note("begins " + call.Operation)
			path, _ := ctx.Value(hookKey{}).(string)
			return context.WithValue(ctx, hookKey{}, path+name), func(CallResult) { note("ends") }
		},
		OnAttempt: func(context.Context, Attempt) { note("attempt") },
		WrapTransport: func(base http.RoundTripper) http.RoundTripper {
			return roundTripper(func(r *http.Request) (*http.Response, error) {
				note("sends")
				return base.RoundTrip(r)
			})
		},
	}
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestJoinHooks_CallsAllInOrder(t *testing.T) {
	var log []string
	joined := JoinHooks(Hooks{}, recorder("a", &log), Hooks{}, recorder("b", &log), Hooks{})

	ctx, end := joined.OnCall(t.Context(), Call{Operation: "raia: send message"})
	assert.Equal(t, "ab", ctx.Value(hookKey{}))
	sender := joined.WrapTransport(roundTripper(func(*http.Request) (*http.Response, error) {
		log = append(log, "sent")
		return nil, http.ErrServerClosed
	}))
	_, err := sender.RoundTrip(nil)
	assert.ErrorIs(t, err, http.ErrServerClosed)
	joined.OnAttempt(ctx, Attempt{})
	end(CallResult{})

	assert.Equal(t, []string{
		"a begins raia: send message", "b begins raia: send message", "a sends", "b sends", "sent",
		"a attempt", "b attempt", "b ends", "a ends",
	}, log)
}

func TestJoinHooks_OfNothingObservesNothing(t *testing.T) {
	joined := JoinHooks(Hooks{}, Hooks{})
	assert.Nil(t, joined.OnCall)
	assert.Nil(t, joined.OnAttempt)
	assert.Nil(t, joined.WrapTransport)
}

func TestJoinHooks_OnCallMayReturnNothing(t *testing.T) {
	silent := Hooks{OnCall: func(context.Context, Call) (context.Context, func(CallResult)) { return nil, nil }}
	ctx, end := JoinHooks(silent, silent).OnCall(t.Context(), Call{})
	assert.Equal(t, t.Context(), ctx)
	end(CallResult{})
}
