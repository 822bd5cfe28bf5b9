package raiachat_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"go.uber.org/goleak"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/chat"
	"github.com/seed-127a5941/parley/internal/testing/memnet"
	"github.com/seed-127a5941/parley/raia"
	"github.com/seed-127a5941/parley/raia/raiachat"
	"github.com/seed-127a5941/parley/raia/raiatest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	modeInterval = 5 * time.Second
	retryAfter   = time.Minute
)

// simulated is a vendor in simulated time, and a conversation with it.
type simulated struct {
	*raiatest.Server
	*chat.Conversation
	staff     *raia.Client
	transport *http.Transport
	slow      time.Duration       // how long the response to a poll takes
	before    func(*http.Request) // sees each request of the conversation
}

func isPoll(r raiatest.Request) bool { return strings.HasSuffix(r.Path, "/response-on") }

func isLook(r raiatest.Request) bool {
	_, id, ok := strings.Cut(r.Path, "/conversations/")
	return ok && r.Method == http.MethodGet && !strings.Contains(id, "/")
}

func (v *simulated) RoundTrip(r *http.Request) (*http.Response, error) {
	v.before(r)
	if isPoll(raiatest.Request{Path: r.URL.Path}) {
		select {
		case <-time.After(v.slow):
		case <-r.Context().Done():
			return nil, context.Cause(r.Context())
		}
	}
	return v.transport.RoundTrip(r)
}

func simulate(t *testing.T, f func(*testing.T, *simulated)) {
	synctest.Test(t, func(t *testing.T) {
		network := memnet.New()
		listener, err := network.Listen("127.0.0.1:80")
		assert.NoError(t, err)
		v := &simulated{Server: raiatest.NewServerOn(listener), before: func(*http.Request) {}}
		defer v.Server.Close()
		v.transport = &http.Transport{DialContext: network.DialContext}
		defer v.transport.CloseIdleConnections()
		cfg := v.Config()
		cfg.MaxRetries, cfg.PollInterval = -1, time.Second
		cfg.HTTPClient = &http.Client{Transport: v.transport}
		v.staff = must[*raia.Client](t)(raia.NewClient(cfg))
		cfg.HTTPClient = &http.Client{Transport: v}
		client := must[*raia.Client](t)(raia.NewClient(cfg))
		driver := raiachat.New(client, raiachat.Options{ModeInterval: -1}) // as zero, which means modeInterval
		v.Conversation = must[*chat.Conversation](t)(chat.New(driver, chat.User{ID: "7"}, chat.Options{}))
		defer func() { assert.NoError(t, v.Conversation.Close()) }()
		f(t, v)
	})
}

// say sends "hi" and returns the answer, or the error after d.
func (v *simulated) say(t *testing.T, d time.Duration) (*chat.Answer, error) {
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	return v.Ask(ctx, chat.Message{Text: "hi"})
}

func (v *simulated) fail(match func(raiatest.Request) bool, status int) {
	header := http.Header{}
	if status == http.StatusTooManyRequests {
		header.Set("Retry-After", "60")
	}
	v.FailNext(match, raiatest.Failure{Status: status, Header: header})
}

func (v *simulated) count(match func(raiatest.Request) bool) (n int) {
	for _, r := range v.Requests() {
		if match(r) {
			n++
		}
	}
	return n
}

// takeOverAtFirstPoll lets staff take the conversation over while the first poll is under way.
func (v *simulated) takeOverAtFirstPoll(t *testing.T) {
	v.before = func(r *http.Request) {
		path := strings.TrimPrefix(r.URL.Path, "/external/conversations/")
		id, rest, _ := strings.Cut(path, "/")
		if v.count(isPoll) == 0 && strings.HasSuffix(rest, "/response-on") {
			must[*raia.Conversation](t)(v.staff.Conversations.SetMode(t.Context(), id, raia.ConversationModeManual))
		}
	}
}

func TestAwait_TheAnswerFromBeforeAHandOverIsTold(t *testing.T) {
	simulate(t, func(t *testing.T, v *simulated) {
		v.Server.Pending(0)
		v.slow = 2 * time.Second
		_, err := v.say(t, time.Second)
		assert.ErrorIs(t, err, context.DeadlineExceeded)
		a := must[*chat.Answer](t)(chat.Collect(v.HandOver(t.Context())))
		assert.Equal(t, chat.FinishQueued, a.Finish)
		a = must[*chat.Answer](t)(chat.Collect(v.Recover(t.Context())))
		assert.Equal(t, "You said: hi", a.Text)
		assert.Equal(t, chat.FinishStop, a.Finish)
	})
}

func TestAwait_APollMayTakeLongerThanModeInterval(t *testing.T) {
	simulate(t, func(t *testing.T, v *simulated) {
		v.Server.Pending(0)
		v.slow = 2*modeInterval + time.Second
		a, err := v.say(t, time.Minute)
		assert.NoError(t, err)
		assert.Equal(t, "You said: hi", a.Text)
		assert.Equal(t, 1, v.count(isPoll))
		assert.Equal(t, 2, v.count(isLook))
	})
}

func TestAwait_StaffTakesOverDuringASlowPoll(t *testing.T) {
	simulate(t, func(t *testing.T, v *simulated) {
		v.Server.Pending(1 << 30)
		v.slow = 2*modeInterval + time.Second
		v.takeOverAtFirstPoll(t)
		began := time.Now()
		a, err := v.say(t, time.Minute)
		assert.NoError(t, err)
		assert.Equal(t, chat.FinishQueued, a.Finish)
		assert.Equal(t, modeInterval+v.slow, time.Since(began))
	})
}

// TestAwait_HeedsRetryAfterOfAPoll has staff take over meanwhile, which does not hide the answer.
func TestAwait_HeedsRetryAfterOfAPoll(t *testing.T) {
	simulate(t, func(t *testing.T, v *simulated) {
		v.Server.Pending(0)
		v.fail(isPoll, http.StatusTooManyRequests)
		began := time.Now()
		a, err := v.say(t, 2*retryAfter)
		assert.NoError(t, err)
		assert.Equal(t, "You said: hi", a.Text)
		assert.GreaterOrEqual(t, time.Since(began), retryAfter)
		assert.Equal(t, 2, v.count(isPoll))
	})
	simulate(t, func(t *testing.T, v *simulated) {
		v.Server.Pending(0)
		v.fail(isPoll, http.StatusTooManyRequests)
		v.takeOverAtFirstPoll(t)
		a, err := v.say(t, 2*retryAfter)
		assert.NoError(t, err)
		assert.Equal(t, "You said: hi", a.Text)
		assert.Equal(t, chat.FinishStop, a.Finish)
	})
}

func TestAwait_HeedsRetryAfterOfALook(t *testing.T) {
	simulate(t, func(t *testing.T, v *simulated) {
		v.Server.Pending(1 << 30)
		v.fail(isLook, http.StatusTooManyRequests)
		_, err := v.say(t, modeInterval+retryAfter-time.Second)
		assert.ErrorIs(t, err, context.DeadlineExceeded)
		assert.Equal(t, 1, v.count(isLook))
	})
	for _, match := range []func(raiatest.Request) bool{isLook, isPoll} { // of the look before the first poll
		simulate(t, func(t *testing.T, v *simulated) {
			must[*chat.Answer](t)(chat.Collect(v.HandOver(t.Context())))
			v.fail(match, http.StatusTooManyRequests)
			before := v.count(isPoll)
			_, err := v.say(t, retryAfter-time.Second)
			assert.ErrorIs(t, err, context.DeadlineExceeded)
			assert.LessOrEqual(t, v.count(isPoll)-before, 1)
			assert.Equal(t, 1, v.count(isLook))
		})
	}
}

func TestAwait_AnErrorAboutTheAnswerInManualMode(t *testing.T) {
	for _, status := range []int{http.StatusNotFound, http.StatusInternalServerError} {
		simulate(t, func(t *testing.T, v *simulated) {
			must[*chat.Answer](t)(chat.Collect(v.HandOver(t.Context())))
			v.fail(isPoll, status)
			a, err := v.say(t, time.Minute)
			assert.NoError(t, err)
			assert.Equal(t, chat.FinishQueued, a.Finish, status)
		})
	}
}

func TestAwait_TheConversationGoesMeanwhile(t *testing.T) {
	simulate(t, func(t *testing.T, v *simulated) {
		v.Server.Pending(1 << 30)
		v.fail(isLook, http.StatusNotFound)
		_, err := v.say(t, time.Minute)
		assert.ErrorIs(t, err, raia.ErrNotFound)
	})
}

func TestAwait_APanicOfALookIsAnError(t *testing.T) {
	other := fmt.Errorf("another call: %w", parley.ErrNotFound)
	simulate(t, func(t *testing.T, v *simulated) {
		v.Server.Pending(1 << 30)
		v.before = func(r *http.Request) {
			if isLook(raiatest.Request{Method: r.Method, Path: r.URL.Path}) {
				panic(other)
			}
		}
		_, err := v.say(t, time.Minute)
		assert.ErrorContains(t, err, "the look for staff panicked: another call: not found")
		assert.NotErrorIs(t, err, parley.ErrNotFound, "it tells of another call")
	})
}
