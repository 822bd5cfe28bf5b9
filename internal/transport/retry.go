package transport

import (
	"time"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/backoff"
)

// retryState carries over from one attempt of a call to the next.
type retryState struct {
	retries   int           // the retries so far that count against MaxRetries
	refreshed bool          // the credential was refreshed after a 401, which is done once per call
	wait      time.Duration // before the next attempt
	denied    error         // why a retry that was permitted is not made

	reached         bool // a request of the call may have reached the server
	deliveryUnknown bool // an attempt of a call that is not idempotent may have been acted on
}

// decideRetry decides whether another attempt follows the last one, whose verdict is v.
func (l *loop) decideRetry(v verdict) bool {
	a, r, settings := &l.attempt, &l.retry, l.request.client.settings
	r.wait = 0
	if a.response != nil && v == (verdict{effect: notApplied}) {
		settings.budget.refund() // a final refusal, such as a 404, shows that the server works
	}
	r.reached = r.reached || v.effect != neverSent
	r.deliveryUnknown = r.deliveryUnknown || v.deliveryUnknown(l.request.Operation.Idempotent)
	switch {
	case l.request.ctx.Err() != nil:
		return false
	case a.unauthorized():
		return !r.refreshed
	}
	return v.permitsRetry(l.request.Operation.Idempotent, settings.RetryNonIdempotent) &&
		l.request.replayable() && l.scheduleRetry()
}

// refreshCredential refreshes a credential that the server refused with 401, once per call. It reports whether the next
// attempt may follow, which is always so if the last one was not refused with 401. The attempt after a refresh has no
// wait and does not count as a retry. The refresh is useful in any case, because the next call needs the credential.
func (l *loop) refreshCredential() bool {
	if !l.attempt.unauthorized() {
		return true
	}
	l.retry.refreshed = true
	again, err := l.request.authorizer.Refresh(l.request.ctx, l.attempt.token)
	l.retry.denied = err
	return again && err == nil && l.request.replayable()
}

// scheduleRetry sets the wait before the next attempt. It reports false if no retry is left, if the wait is too long or
// would outlast ctx, or if the budget is spent.
func (l *loop) scheduleRetry() bool {
	settings, r := l.request.client.settings, &l.retry
	if r.retries >= l.request.maxRetries {
		return false
	}
	wait := backoff.Jitter(r.retries, firstWait, settings.MaxRetryWait)
	if l.attempt.retryAfter > 0 {
		wait = l.attempt.retryAfter
	}
	if deadline, ok := l.request.ctx.Deadline(); wait > settings.MaxRetryWait || ok && time.Until(deadline) <= wait {
		return false
	}
	if !settings.budget.take() {
		r.denied = parley.ErrRetryBudget
		return false
	}
	r.retries++
	r.wait = wait
	return true
}
