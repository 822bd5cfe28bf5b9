package transport

import (
	"time"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/backoff"
)

// retryState is what the attempts of one call so far leave for the next.
type retryState struct {
	retries   int           // that count against MaxRetries
	refreshed bool          // the credential was refreshed after a 401, which happens once
	wait      time.Duration // before the next attempt
	denied    error         // why no attempt follows although one was permitted

	reached         bool // the server may have got a request of the call
	deliveryUnknown bool // an attempt of a call that is not idempotent may have been acted on
}

// decideRetry decides whether another attempt follows the last one, which came to v.
func (l *loop) decideRetry(v verdict) bool {
	a, r, settings := l.attempt, &l.retry, l.request.client.settings
	r.wait = 0
	if a.response != nil && v == (verdict{effect: notApplied}) {
		settings.budget.refund() // the server did its work, whatever it responded
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

// refreshCredential refreshes a credential that the server has refused, once per call. The call is then sent again at
// once, which is no retry. It reports whether that makes sense; the next call needs the new credential in any case.
func (l *loop) refreshCredential() bool {
	if !l.attempt.unauthorized() {
		return true
	}
	l.retry.refreshed = true
	again, err := l.request.authorizer.Refresh(l.request.ctx, l.attempt.token)
	l.retry.denied = err
	return again && err == nil && l.request.replayable()
}

// scheduleRetry sets the wait before the next attempt. It reports false if there is none: no retries are left, the wait
// is too long or outlasts ctx, or the budget is spent.
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
