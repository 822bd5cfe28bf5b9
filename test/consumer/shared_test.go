package consumer

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/aisera"
	"github.com/seed-127a5941/parley/aisera/aiseratest"
	"github.com/seed-127a5941/parley/raia"
	"github.com/seed-127a5941/parley/raia/raiatest"
	"github.com/seed-127a5941/parley/siteassist"
	"github.com/seed-127a5941/parley/siteassist/siteassisttest"
	"github.com/seed-127a5941/parley/syntphony"
	"github.com/seed-127a5941/parley/syntphony/syntphonytest"
)

// vendor is a fake server and one idempotent or at least harmless call to it.
type vendor struct {
	name string
	fail func(status int, header http.Header)
	call func(ctx context.Context) error
}

// vendors starts all four, with metrics and a log.
func vendors(t *testing.T, metrics *Metrics) []vendor {
	t.Helper()
	r, s, y, a := raiatest.NewServer(), siteassisttest.NewServer(), syntphonytest.NewServer(), aiseratest.NewServer()
	for _, closer := range []func(){r.Close, s.Close, y.Close, a.Close} {
		t.Cleanup(closer)
	}
	raiaConfig, siteassistConfig, syntphonyConfig, aiseraConfig := r.Config(), s.Config(), y.Config(), a.Config()
	raiaConfig.Hooks.OnAttempt, siteassistConfig.Hooks.OnAttempt = metrics.OnAttempt, metrics.OnAttempt
	syntphonyConfig.Hooks.OnAttempt, aiseraConfig.Hooks.OnAttempt = metrics.OnAttempt, metrics.OnAttempt
	raiaClient, err := raia.NewClient(raiaConfig)
	require.NoError(t, err)
	siteassistClient, err := siteassist.NewClient(siteassistConfig)
	require.NoError(t, err)
	syntphonyClient, err := syntphony.NewClient(syntphonyConfig)
	require.NoError(t, err)
	aiseraClient, err := aisera.NewClient(aiseraConfig)
	require.NoError(t, err)
	return []vendor{
		{"raia", func(status int, h http.Header) { r.Fail(1, raiatest.Failure{Status: status, Header: h}) },
			func(ctx context.Context) error {
				_, err := raiaClient.Prompts.Run(ctx, raia.PromptParams{Prompt: "Hello"})
				return err
			}},
		{"siteassist", func(status int, h http.Header) { s.Fail(1, siteassisttest.Failure{Status: status, Header: h}) },
			func(ctx context.Context) error {
				_, err := siteassistClient.Search.Query(ctx, siteassist.SearchParams{Query: "Hello"})
				return err
			}},
		{"syntphony", func(status int, h http.Header) { y.Fail(1, syntphonytest.Failure{Status: status, Header: h}) },
			func(ctx context.Context) error {
				_, err := syntphonyClient.NewSession(syntphony.Caller{UserRef: "ada", OS: "Web"}).Say(ctx, "Hello")
				return err
			}},
		{"aisera", func(status int, h http.Header) { a.Fail(1, aiseratest.Failure{Status: status, Header: h}) },
			func(ctx context.Context) error {
				_, err := aiseraClient.Send(ctx, visitor, aisera.Text("Hello"))
				return err
			}},
	}
}

func TestErrors_MatchAcrossVendors(t *testing.T) {
	classes := map[int]error{
		400: raia.ErrBadRequest, 403: siteassist.ErrForbidden, 404: syntphony.ErrNotFound, 409: aisera.ErrConflict,
	}
	for _, v := range vendors(t, &Metrics{}) {
		for status, class := range classes {
			v.fail(status, nil)
			err := v.call(t.Context())
			assert.ErrorIs(t, err, class, "%s %d", v.name, status)
			assert.NotErrorIs(t, err, raia.ErrDeliveryUnknown, "%s %d", v.name, status)
		}
		v.fail(429, http.Header{"Retry-After": {"120"}})
		err := v.call(t.Context())
		assert.ErrorIs(t, err, raia.ErrRateLimited, v.name)
		assert.Equal(t, 2*time.Minute, RetryAfter(err), v.name)

		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		assert.ErrorIs(t, v.call(ctx), context.Canceled, v.name)
		assert.NoError(t, v.call(t.Context()), v.name)
	}
}

func TestMetrics_OneForAllVendors(t *testing.T) {
	metrics := &Metrics{}
	for _, v := range vendors(t, metrics) {
		v.fail(429, http.Header{"Retry-After": {"0"}})
		require.NoError(t, v.call(t.Context()), v.name)
	}
	requests := metrics.Requests()
	for _, want := range []Series{
		{"raia: run prompt", "/prompts", 429, false}, {"raia: run prompt", "/prompts", 200, true},
		{"siteassist: search", "/search", 200, true},
		{"syntphony: fetch token", "/auth/realms/{realm}/protocol/openid-connect/token", 200, false},
		{"aisera: send message", "/api/receive", 200, true},
	} {
		assert.Equal(t, 1, requests[want], "%v in %v", want, requests)
	}
}

func TestStatus(t *testing.T) {
	for want, err := range map[int]error{
		200: nil, 400: raia.ErrInvalidArgument, 404: syntphony.ErrNotFound, 503: aisera.ErrRateLimited,
		504: fmt.Errorf("%w: %w", context.DeadlineExceeded, siteassist.ErrDeliveryUnknown),
		502: errors.New("anything else"),
	} {
		assert.Equal(t, want, Status(err))
	}
	assert.Zero(t, RetryAfter(context.Canceled))
}
