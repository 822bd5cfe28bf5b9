package transport

import (
	"io"
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley"
)

func TestDo_ARequestHandedToAConnectionAndThenInterruptedMayBeWritten(t *testing.T) {
	var n atomic.Int32
	handed := roundTripper(func(r *http.Request) (*http.Response, error) {
		n.Add(1)
		hooks := httptrace.ContextClientTrace(r.Context())
		hooks.GetConn("api.example:443")
		hooks.GotConn(httptrace.GotConnInfo{})
		<-r.Context().Done()
		return nil, r.Context().Err()
	})
	c := newTestClient(t, "https://api.example", func(cfg *Config) {
		cfg.HTTPClient, cfg.Timeout = &http.Client{Transport: handed}, 5*time.Millisecond
	})
	assert.ErrorIs(t, use(t, c, post), parley.ErrDeliveryUnknown)
	assert.EqualValues(t, 1, n.Load())
}

func TestDo_RoundTripperWithoutHooksProvesNothing(t *testing.T) {
	var n atomic.Int32
	broken := roundTripper(func(*http.Request) (*http.Response, error) { n.Add(1); return nil, io.ErrUnexpectedEOF })
	c := newTestClient(t, "https://api.example", func(cfg *Config) { cfg.HTTPClient = &http.Client{Transport: broken} })
	err := use(t, c, post)
	assert.EqualValues(t, 1, n.Swap(0))
	assert.ErrorIs(t, err, parley.ErrDeliveryUnknown)
	assert.ErrorIs(t, err, io.ErrUnexpectedEOF)
	require.Error(t, use(t, c, get))
	assert.EqualValues(t, 3, n.Load())
}
