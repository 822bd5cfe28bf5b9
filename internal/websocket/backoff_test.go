package websocket

import (
	"errors"
	"math"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestBackoff_FullJitterThatDoubles(t *testing.T) {
	b := backoff{min: time.Second, max: 30 * time.Second}
	for n := range 100 {
		bound := 30 * time.Second
		if n < 5 {
			bound = time.Second << n
		}
		assert.LessOrEqual(t, b.next(errors.New("lost")), bound)
	}
}

func TestBackoff_AddsRetryAfter(t *testing.T) {
	b := backoff{min: 1, max: 1}
	assert.InDelta(t, 20*time.Second, b.next(&HandshakeError{RetryAfter: 20 * time.Second}), 1)
	assert.Positive(t, b.next(&HandshakeError{RetryAfter: math.MaxInt64}))
}

func TestRetryAfter(t *testing.T) {
	const date = "Wed, 25 Nov 2026 20:00:00 GMT"
	for value, want := range map[string]time.Duration{
		"": 0, "20": 20 * time.Second, " 20 ": 20 * time.Second, "-1": 0, "soon": 0, "1.5": 0,
		"99999999999999999999999":       math.MaxInt64 / time.Second * time.Second,
		"Wed, 25 Nov 2026 20:00:30 GMT": 30 * time.Second,
		"Wed, 25 Nov 2026 19:00:00 GMT": 0,
	} {
		assert.Equal(t, want, retryAfter(http.Header{"Retry-After": {value}, "Date": {date}}), value)
	}
	future := time.Now().Add(time.Hour).UTC().Format(http.TimeFormat)
	assert.InDelta(t, time.Hour, retryAfter(http.Header{"Retry-After": {future}}), float64(2*time.Second))
}
