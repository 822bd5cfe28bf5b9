package conformance

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/apierr"
)

// attempts is the number of requests of a call that is always retried: the first attempt and the two retries of the
// default.
const attempts = 3

// want is the expected outcome of a call.
type want struct {
	success bool
	// requests is how many requests are on the wire. If most is larger, it is how many there may be.
	requests, most int
	status         int // of the response; 0 means no response
	unknown        bool
	is             []error
	body           string // of the response
	anyBody        bool   // the body is not compared
	retryAfter     time.Duration
}

// answered returns the outcome of a response outside 2xx.
func answered(spec *Spec, status int, body string) want {
	w := want{requests: 1, status: status, body: body}
	switch {
	case status == 429:
		w.requests = attempts
	case status == 501, status == 505:
	case status == 408, status >= 500:
		w.uncertain(spec)
	case status == 303:
		w.unknown = !spec.Idempotent
	}
	if class := classOf(status); class != nil {
		w.is = append(w.is, class)
	}
	return w
}

// statusClasses are the classes of an error response.
func statusClasses() []error {
	return []error{
		parley.ErrBadRequest, parley.ErrUnauthorized, parley.ErrPaymentRequired, parley.ErrForbidden,
		parley.ErrNotFound,
		parley.ErrConflict, parley.ErrUnprocessable, parley.ErrRateLimited, parley.ErrServer,
	}
}

func classOf(status int) error {
	for _, class := range statusClasses() {
		if apierr.Matches(status, class) {
			return class
		}
	}
	return nil
}

// uncertain means that the server may have acted, so that only an idempotent call is retried.
func (w *want) uncertain(spec *Spec) {
	w.unknown = !spec.Idempotent
	if spec.Idempotent {
		w.requests = attempts
	}
}

// lost returns the outcome of attempts that bring no whole response.
func lost(spec *Spec, is ...error) want {
	w := want{requests: 1, is: is}
	w.uncertain(spec)
	return w
}

// useless returns the outcome of a 2xx response that the call cannot use.
func useless(spec *Spec, status int, body string, is ...error) want {
	return want{requests: 1, status: status, body: body, unknown: !spec.Idempotent, is: is}
}

// verify compares the outcome of a trial with w, and looks for forbidden texts.
func (s *subject[C]) verify(t *trial, w want) {
	s.verifyRequests(t, w)
	defer s.discreet(t)
	if w.success {
		if t.err != nil {
			t.Errorf("fails: %v", t.err)
		}
		return
	}
	if t.err == nil {
		t.Errorf("returns no error")
		return
	}
	s.verifyClasses(t, w)
	if answer := s.Answer(t.err); answer != nil {
		s.verifyAnswer(t, w, answer)
		return
	}
	if w.status != 0 {
		t.Errorf("is no *Error of the package, but %T: %v", t.err, t.err)
	}
	s.verifyText(t)
}

func (s *subject[C]) verifyRequests(t *trial, w want) {
	seen := t.seen()
	if n := len(seen); n < w.requests || n > max(w.requests, w.most) {
		t.Errorf("%d requests on the wire, want %d: %v", n, w.requests, t.err)
	}
	s.verifyPaths(t)
	for _, r := range seen {
		if r.method != t.spec.Method {
			t.Errorf("sends %s, want %s", r.method, t.spec.Method)
		}
	}
}

func (s *subject[C]) verifyClasses(t *trial, w want) {
	for _, target := range w.is {
		if !errors.Is(t.err, target) {
			t.Errorf("does not match %q: %v", target, t.err)
		}
	}
	if got := errors.Is(t.err, parley.ErrDeliveryUnknown); got != w.unknown {
		t.Errorf("matches ErrDeliveryUnknown: %t, want %t: %v", got, w.unknown, t.err)
	}
	for _, other := range append(statusClasses(),
		context.Canceled, context.DeadlineExceeded, parley.ErrDecode, parley.ErrResponseTooLarge,
		parley.ErrInvalidArgument,
		parley.ErrClosed, parley.ErrTruncated, parley.ErrNotSent, parley.ErrAttemptTimeout, parley.ErrRetryBudget,
		parley.ErrAnswerFailed,
	) {
		if errors.Is(t.err, other) && !slices.ContainsFunc(w.is, func(e error) bool { return errors.Is(e, other) }) {
			t.Errorf("matches %q: %v", other, t.err)
		}
	}
}

func (s *subject[C]) verifyAnswer(t *trial, w want, got *Answer) {
	if w.status == 0 {
		t.Errorf("is an *Error without an answer: %v", t.err)
		return
	}
	if got.Method != t.spec.Method || got.Path != t.spec.Path || got.StatusCode != w.status {
		t.Errorf("error says %s %s %d, want %s %s %d", got.Method, got.Path, got.StatusCode, t.spec.Method, t.spec.Path,
			w.status)
	}
	if !strings.HasPrefix(got.Operation, s.Name+": ") || !strings.HasPrefix(t.err.Error(), got.Operation+": ") {
		t.Errorf("error does not begin with its operation, %q: %v", got.Operation, t.err)
	}
	if w.most <= w.requests && got.Attempts != w.requests {
		t.Errorf("error says %d attempts, want %d", got.Attempts, w.requests)
	}
	if !w.anyBody && string(got.Body) != w.body {
		t.Errorf("error has the body %.80q, want %.80q", got.Body, w.body)
	}
	if got.RetryAfter != w.retryAfter {
		t.Errorf("error has RetryAfter %v, want %v", got.RetryAfter, w.retryAfter)
	}
}

// verifyText verifies the text of an error without a response.
func (s *subject[C]) verifyText(t *trial) {
	text := t.err.Error()
	if !strings.HasPrefix(text, s.Name+": ") {
		t.Errorf("error does not name the package: %v", t.err)
	}
	where := fmt.Sprintf("(%s %s, ", t.spec.Method, t.spec.Path)
	if len(t.seen()) > 0 && !strings.Contains(text, where) {
		t.Errorf("error lacks %q: %v", where, t.err)
	}
	if strings.ContainsAny(text, "\r\n") {
		t.Errorf("error has several lines: %q", text)
	}
}
