package raia

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley"
)

func TestAwait_IsOneCallAndItsPollsAreCallsBelowIt(t *testing.T) {
	type parent struct{}
	for name, body := range map[string]string{
		"completed": completedResponse, "failed": `{"status":"failed","error":"e"}`,
	} {
		synctest.Test(t, func(t *testing.T) {
			var calls []string
			polls := 0
			c, err := NewClient(Config{
				AgentKey: agentSecret, MaxRetries: -1,
				HTTPClient: &http.Client{Transport: roundTrip(func(*http.Request) (*http.Response, error) {
					if polls++; polls < 3 {
						return answerWith(200, pendingResponse), nil
					}
					return answerWith(200, body), nil
				})}, Hooks: parley.Hooks{
					OnCall: func(ctx context.Context, call parley.Call) (context.Context, func(parley.CallResult)) {
						above, _ := ctx.Value(parent{}).(string)
						assert.Equal(t, strings.Split(USBaseURL, "/")[2]+":443", call.Server)
						assert.True(t, call.Idempotent, "an Await only reads")
						calls = append(calls, above+">"+call.Operation)
						return context.WithValue(ctx, parent{}, call.Operation), func(r parley.CallResult) {
							calls = append(calls,
								fmt.Sprintf("end %s %d %d %t", call.Operation, r.StatusCode, r.Attempts, r.Err == nil))
						}
					},
				},
			})
			require.NoError(t, err)
			_, err = c.Conversations.Await(t.Context(), "1", "2")
			assert.Equal(t, name == "failed", errors.Is(err, ErrAnswerFailed))
			want := []string{">raia: await response"}
			for range 3 {
				want = append(want, "raia: await response>raia: get response", "end raia: get response 200 1 true")
			}
			assert.Equal(t, append(want, fmt.Sprintf("end raia: await response 200 3 %t", name == "completed")), calls)
		})
	}
	c, err := NewClient(Config{
		AgentKey: agentSecret, HTTPClient: &http.Client{
			Transport: roundTrip(func(*http.Request) (*http.Response, error) {
				return answerWith(404, ""), nil
			}),
		}, Hooks: parley.Hooks{
			OnCall: func(context.Context, parley.Call) (context.Context, func(parley.CallResult)) { return nil, nil },
		},
	})
	require.NoError(t, err)
	_, err = c.Prompts.Await(t.Context(), "1")
	require.ErrorIs(t, err, ErrNotFound, "a hook may return nils")
	assert.Zero(t, statusOf(context.Canceled), "there was no response")
}

// A poll that would leave no time for the last one comes as the last one, as late as its response can still arrive.
