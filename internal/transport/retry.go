package transport

import (
	"context"
	"net/http"
	"time"
)

// checkRetry is the policy of go-retryablehttp: it is asked after each request, and again after the reply was read.
func checkRetry(ctx context.Context, resp *http.Response, err error) (bool, error) {
	c := callOf(ctx)
	if err == nil && c.response == nil {
		return false, nil // the reply is read next, by the response handler
	}
	again := c.settle(err)
	c.report()
	if again {
		// The attempt's context is over; the library looks at it before it calls prepareRetry.
		c.wire.Request = c.wire.Request.WithContext(c)
	}
	return again, nil
}

// prepareRetry waits and then begins the next attempt.
func prepareRetry(req *http.Request) error {
	c := callOf(req.Context())
	if err := sleep(c, c.wait); err != nil {
		return err // the record still holds the last answer
	}
	err := c.begin()
	if err != nil {
		c.cause = err
	}
	return err
}

// settle judges the attempt that ended and decides whether another follows.
func (c *call) settle(err error) bool {
	if err != nil {
		c.fail(err)
	}
	c.release()
	c.wait = 0
	if c.response != nil && c.standing == final {
		c.client.settings.budget.refund() // served, whatever it said
	}
	if c.succeeded() {
		return false
	}
	c.unknown = c.unknown || c.standing.unknown(c.in.Operation.Idempotent)
	if c.Err() != nil {
		return false
	}
	if c.unauthorized() {
		return c.renew() && c.replayable() // the next call needs the new credential in any case
	}
	return c.standing.again(c.in.Operation.Idempotent, c.client.settings.RetryNonIdempotent) && c.replayable() && c.plan()
}

func (c *call) succeeded() bool {
	return c.cause == nil && c.response != nil && c.response.StatusCode/100 == 2
}

func (c *call) unauthorized() bool {
	return c.response != nil && c.response.StatusCode == http.StatusUnauthorized
}

// renew answers a 401: once per call the credential is renewed and the call sent again, which is no retry.
func (c *call) renew() bool {
	if c.renewed {
		return false
	}
	c.renewed = true
	again, err := c.credential.Refresh(c, c.token)
	c.spent = err
	return again && err == nil
}

// plan sets the wait before the next attempt, unless there is none to be had: no retries left, a wait that is too long
// or outlasts ctx, or a spent budget.
func (c *call) plan() bool {
	s := c.client.settings
	if c.retries >= s.MaxRetries {
		return false
	}
	wait := jitter(c.retries, s.MaxRetryWait)
	if c.after > 0 {
		wait = c.after
	}
	if deadline, ok := c.Deadline(); wait > s.MaxRetryWait || ok && time.Until(deadline) <= wait {
		return false
	}
	if !s.budget.take() {
		c.spent = errBudgetSpent
		return false
	}
	c.retries++
	c.wait = wait
	return true
}
