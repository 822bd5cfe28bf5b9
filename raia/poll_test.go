package raia

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAwait_EndsWithTheAnswer(t *testing.T) {
	for name, pending := range map[string]string{
		"pending": pendingResponse, "null": "null", "running": `{"status":"running","message":null,"error":null}`,
		"a status of later days": `{"status":"queued","message":null,"error":null}`,
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := &polled{ready: 3 * time.Second, pending: pending, answer: completedResponse}
				response, err := p.client(t, 0).Conversations.Await(t.Context(), "1", "2")
				require.NoError(t, err)
				assert.Equal(t, AsyncStatusCompleted, response.Status)
				assert.Equal(t, "done", response.Message.Message)
				assert.JSONEq(t, completedResponse, string(response.Raw))
			})
		})
	}
}

func TestAwait_WaitsGrowToFiveSecondsWithJitter(t *testing.T) {
	for interval, want := range map[time.Duration][]float64{
		0:                {1, 1.5, 2.25, 3.375, 5, 5, 5, 5},
		2 * time.Second:  {2, 3, 4.5, 5, 5, 5},
		10 * time.Second: {10, 10, 10},
	} {
		synctest.Test(t, func(t *testing.T) {
			p := &polled{ready: time.Minute, pending: "null", answer: `{"response":"r"}`}
			_, err := p.client(t, interval).Prompts.Await(t.Context(), "1")
			require.NoError(t, err)
			require.Greater(t, len(p.gaps()), len(want))
			exact := 0
			for i, seconds := range want {
				assert.InDelta(t, seconds*0.9, p.gaps()[i].Seconds(), seconds*0.101, "poll %d", i)
				if p.gaps()[i].Seconds() == seconds {
					exact++
				}
			}
			assert.Less(t, exact, len(want), "no jitter")
		})
	}
}

func TestAwait_LastLookComesBeforeTheDeadline(t *testing.T) {
	for _, c := range []struct{ takes, deadline, ready time.Duration }{
		{0, 10 * time.Second, 9980 * time.Millisecond},
		{0, 100 * time.Millisecond, 80 * time.Millisecond}, // less than the first wait
		{100 * time.Millisecond, 20 * time.Second, 19700 * time.Millisecond},
		{time.Second, 30 * time.Second, 27900 * time.Millisecond},
	} {
		synctest.Test(t, func(t *testing.T) {
			p := &polled{
				ready: c.ready, takes: c.takes, pending: "null", answer: `{"status":"completed","response":"r"}`,
			}
			client := p.client(t, 0)
			ctx, cancel := context.WithTimeout(t.Context(), c.deadline)
			defer cancel()
			response, err := client.Prompts.Await(ctx, "1")
			require.NoError(t, err, "an answer that was ready %v before the deadline is lost", c.deadline-c.ready)
			assert.Equal(t, "r", response.Response)
			assert.Less(t, time.Since(p.began), c.deadline)
		})
	}
}

func TestAwait_EndsWithCtx(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &polled{pending: pendingResponse}
		client := p.client(t, 0)
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		response, err := client.Conversations.Await(ctx, "1", "2")
		require.ErrorIs(t, err, context.DeadlineExceeded)
		assert.Nil(t, response)
		assert.Equal(t, 10*time.Second, time.Since(p.began))
		assert.LessOrEqual(t, len(p.polls), 9, "the deadline causes no storm")
		assert.Regexp(
			t,
			`^raia: await response: no answer after \d polls: context deadline exceeded \(GET `+
				`/conversations/\{id\}/messages/\{questionMessageId\}/response-on\)$`, err.Error(),
		)
		assert.Equal(t, err.Error(), fmt.Sprintf("%+v", err))
	})
}

func TestAwait_ACancelEndsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &polled{pending: "null"}
		client := p.client(t, 0)
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(2500*time.Millisecond, cancel)
		_, err := client.Prompts.Await(ctx, "1")
		require.ErrorIs(t, err, context.Canceled)
		assert.NotErrorIs(t, err, ErrDeliveryUnknown)
		assert.Equal(t, 2500*time.Millisecond, time.Since(p.began))
	})
}

func TestAwait_DeadlineWithinALook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &polled{pending: "null", takes: time.Hour}
		client := p.client(t, 0)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := client.Prompts.Await(ctx, "1")
		require.ErrorIs(t, err, context.DeadlineExceeded)
		assert.Equal(t, time.Second, time.Since(p.began))
	})
}

func TestAwait_FailedIsResponseAndError(t *testing.T) {
	for _, status := range []string{"failed", "error"} {
		synctest.Test(t, func(t *testing.T) {
			body := `{"status":"` + status + `","message":null,"error":"model ` + agentSecret + ` overloaded"}`
			p := &polled{ready: time.Second, pending: pendingResponse, answer: body}
			response, err := p.client(t, 0).Conversations.Await(t.Context(), "1", "2")
			failure, ok := errors.AsType[*Error](err)
			require.True(t, ok, err)
			assert.Equal(t, "model [redacted] overloaded", failure.Message)
			assert.Equal(t, 200, failure.StatusCode)
			require.EqualError(t, err,
				"raia: get response: 200: model [redacted] overloaded: the vendor could not answer the message "+
					"(GET /conversations/{id}/messages/{questionMessageId}/response-on, 1 attempt)")
			require.NotErrorIs(t, err, ErrDecode)
			require.ErrorIs(t, err, ErrAnswerFailed)
			require.NotNil(t, response)
			assert.Equal(t, AsyncStatusFailed, response.Status)
			assert.Equal(t, "model "+agentSecret+" overloaded", response.Error)
		})
	}
}

func TestAwait_FailedWithoutAText(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &polled{pending: `{"status":"failed","totalTokens":null,"response":null,"error":null}`}
		response, err := p.client(t, 0).Prompts.Await(t.Context(), "1")
		require.EqualError(
			t, err,
			"raia: get prompt response: 200 OK: the vendor could not answer the message (GET "+
				"/prompts/{id}/response-on, 1 attempt)",
		)
		assert.Equal(t, AsyncStatusFailed, response.Status)
	})
}

// TestAwait_OutlivesPassingFailures shows that Await goes on after a poll that fails for a reason that may pass.
func TestAwait_OutlivesPassingFailures(t *testing.T) {
	for name, failure := range map[string]func() (*http.Response, error){
		"network": func() (*http.Response, error) { return nil, io.ErrUnexpectedEOF },
		"dial refused": func() (*http.Response, error) {
			return nil, &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}
		},
		"DNS hiccup":       func() (*http.Response, error) { return nil, &net.DNSError{IsTemporary: true} },
		"500":              func() (*http.Response, error) { return answerWith(500, ""), nil },
		"502 with HTML":    func() (*http.Response, error) { return answerWith(502, "<html>"), nil },
		"408":              func() (*http.Response, error) { return answerWith(408, ""), nil },
		"429":              func() (*http.Response, error) { return answerWith(429, ""), nil },
		"HTML with 200":    func() (*http.Response, error) { return answerWith(200, "<html>"), nil },
		"an empty 200":     func() (*http.Response, error) { return answerWith(200, ""), nil },
		"an object of ...": func() (*http.Response, error) { return answerWith(200, "{}"), nil },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				polls := 0
				c, err := NewClient(Config{
					AgentKey: agentSecret, MaxRetries: -1,
					HTTPClient: &http.Client{Transport: roundTrip(func(*http.Request) (*http.Response, error) {
						if polls++; polls < 20 {
							return failure()
						}
						return answerWith(200, completedResponse), nil
					})},
				})
				require.NoError(t, err)
				response, err := c.Conversations.Await(t.Context(), "1", "2")
				require.NoError(t, err)
				assert.Equal(t, "done", response.Message.Message)
				assert.Equal(t, 20, polls)
			})
		})
	}
}

func TestAwait_LastingFailuresEndIt(t *testing.T) {
	for name, failure := range map[string]func() (*http.Response, error){
		"400":          func() (*http.Response, error) { return answerWith(400, ""), nil },
		"403":          func() (*http.Response, error) { return answerWith(403, ""), nil },
		"404":          func() (*http.Response, error) { return answerWith(404, ""), nil },
		"501":          func() (*http.Response, error) { return answerWith(501, ""), nil },
		"302":          func() (*http.Response, error) { return answerWith(302, ""), nil },
		"no such host": func() (*http.Response, error) { return nil, &net.DNSError{IsNotFound: true} },
		"bad certificate": func() (*http.Response, error) {
			return nil, &tls.CertificateVerificationError{Err: io.ErrNoProgress}
		},
		"no TLS":          func() (*http.Response, error) { return nil, http.ErrSchemeMismatch },
		"a 2xx of 33 MiB": func() (*http.Response, error) { return answerWith(200, strings.Repeat(" ", 33<<20)), nil },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				polls := 0
				c, err := NewClient(Config{
					AgentKey: agentSecret, MaxRetries: -1,
					HTTPClient: &http.Client{Transport: roundTrip(func(*http.Request) (*http.Response, error) {
						polls++
						return failure()
					})},
				})
				require.NoError(t, err)
				response, err := c.Prompts.Await(t.Context(), "1")
				require.Error(t, err)
				assert.Nil(t, response)
				assert.Equal(t, 1, polls)
			})
		})
	}
	c, err := NewClient(Config{AgentKey: agentSecret})
	require.NoError(t, err)
	_, err = c.Conversations.Await(t.Context(), "", "2")
	require.ErrorIs(t, err, ErrInvalidArgument)
}

// TestAwait_EndsWithTheLastFailure shows that the error holds that of the last poll when ctx ends.
func TestAwait_EndsWithTheLastFailure(t *testing.T) {
	for _, c := range []struct {
		failure  func() (*http.Response, error)
		class    error
		text     string
		notClass error
	}{
		{func() (*http.Response, error) { return answerWith(503, `{"message":"down"}`), nil }, ErrServer,
			"raia: await prompt response: no answer after 2 polls: context deadline exceeded: the last poll failed: " +
				"get prompt response: 503: down (GET /prompts/{id}/response-on, 1 attempt)", ErrNotSent},
		{func() (*http.Response, error) { return nil, syscall.ECONNREFUSED }, context.DeadlineExceeded,
			"raia: await prompt response: no answer after 2 polls: context deadline exceeded: the last poll failed: " +
				"get prompt response: connection refused (GET /prompts/{id}/response-on, 1 attempt)",
			syscall.ECONNREFUSED},
	} {
		synctest.Test(t, func(t *testing.T) {
			client, err := NewClient(Config{
				AgentKey: agentSecret, MaxRetries: -1, PollInterval: 2 * time.Second, HTTPClient: &http.Client{
					Transport: roundTrip(func(*http.Request) (*http.Response, error) { return c.failure() }),
				},
			})
			require.NoError(t, err)
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			_, err = client.Prompts.Await(ctx, "1")
			require.EqualError(t, err, c.text)
			require.ErrorIs(t, err, context.DeadlineExceeded)
			require.ErrorIs(t, err, c.class)
			require.NotErrorIs(t, err, c.notClass)
			assertHidden(t, err, agentSecret)
		})
	}
}

func TestAwait_HonoursRetryAfter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began, polls := time.Now(), 0
		c, err := NewClient(Config{
			AgentKey: agentSecret, MaxRetries: -1,
			HTTPClient: &http.Client{Transport: roundTrip(func(*http.Request) (*http.Response, error) {
				if polls++; polls == 1 {
					refusal := answerWith(429, "")
					refusal.Header.Set("Retry-After", "90")
					return refusal, nil
				}
				return answerWith(200, completedResponse), nil
			})},
		})
		require.NoError(t, err)
		_, err = c.Conversations.Await(t.Context(), "1", "2")
		require.NoError(t, err)
		assert.Equal(t, 90*time.Second, time.Since(began))
	})
}

func TestAwait_CauseOfTheCancelMatches(t *testing.T) {
	reason := errors.New("the user left")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(reason)
	_, err := client(t, stub(t, 200, pendingResponse)).Prompts.Await(ctx, "1")
	require.ErrorIs(t, err, context.Canceled)
	require.ErrorIs(t, err, reason)
}

func TestAwait_AnErrorAnswerEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, err := NewClient(Config{
			AgentKey: agentSecret, HTTPClient: &http.Client{
				Transport: roundTrip(func(*http.Request) (*http.Response, error) {
					return answerWith(404, `{"name":"ENTITY_NOT_FOUND_ERROR"}`), nil
				}),
			},
		})
		require.NoError(t, err)
		response, err := c.Conversations.Await(t.Context(), "1", "2")
		require.ErrorIs(t, err, ErrNotFound)
		assert.Nil(t, response)
	})
}

// polled is a server that has an answer from a certain moment on. It records the times of its polls.
type polled struct {
	began   time.Time
	polls   []time.Duration
	takes   time.Duration // the time that each poll takes
	ready   time.Duration // 0 means never
	pending string
	answer  string
}

func (p *polled) RoundTrip(r *http.Request) (*http.Response, error) {
	p.polls = append(p.polls, time.Since(p.began))
	body := p.pending
	if p.ready > 0 && time.Since(p.began) >= p.ready {
		body = p.answer
	}
	select {
	case <-time.After(p.takes):
		return answerWith(200, body), nil
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
}

// gaps returns the waits between the polls.
func (p *polled) gaps() (gaps []time.Duration) {
	for i := 1; i < len(p.polls); i++ {
		gaps = append(gaps, p.polls[i]-p.polls[i-1])
	}
	return gaps
}

func (p *polled) client(t *testing.T, interval time.Duration) *Client {
	p.began = time.Now()
	c, err := NewClient(Config{AgentKey: agentSecret, HTTPClient: &http.Client{Transport: p}, PollInterval: interval})
	require.NoError(t, err)
	return c
}

func TestPoller_LeavesTimeForTheLastPoll(t *testing.T) {
	for left, want := range map[time.Duration]time.Duration{
		11 * time.Second: 8990 * time.Millisecond, 2 * time.Second: forever,
	} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), left)
			defer cancel()
			assert.Equal(t, want, poller{10 * time.Second}.wait(ctx, 0, time.Second))
		})
	}
}
