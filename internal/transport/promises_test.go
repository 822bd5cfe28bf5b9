package transport

import (
	"context"
	"errors"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/seed-127a5941/parley"
)

// foreign is a context of another package than context, which makes a goroutine for each child of it.
type foreign struct{ context.Context }

func (foreign) Value(any) any { return nil }

// An attempt that could not begin leaves no child of the caller's context behind, which may live for long.
func TestDo_AnAttemptThatCannotBeginIsForgotten(t *testing.T) {
	url, n := counted(t, status(200))
	c := newTestClient(t, url, nil)
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	_, err := c.Do(foreign{ctx}, Call{
		Operation: get, IDs: []string{"1"}, Header: http.Header{"X-Name": {"a\nb"}},
	})
	require.ErrorIs(t, err, parley.ErrInvalidArgument)
	assert.Zero(t, n.Load())
}

func TestDo_AnIDThatIsNoSegmentIsNotSent(t *testing.T) {
	url, n := counted(t, status(200))
	_, err := newTestClient(t, url, nil).Do(t.Context(), Call{Operation: get, IDs: []string{".."}})
	require.ErrorIs(t, err, parley.ErrInvalidArgument)
	assert.Zero(t, n.Load())
}

func TestWithResponse_DurationIsThatOfTheCall(t *testing.T) {
	url, _ := counted(t, status(200))
	var got []time.Duration
	ctx := parley.WithResponse(t.Context(), func(r parley.Response) { got = append(got, r.Duration) })
	_, err := newTestClient(t, url, nil).Do(ctx, Call{Operation: get, IDs: []string{"1"}})
	require.NoError(t, err)
	require.Len(t, got, 1)
	assert.Positive(t, got[0])
	assert.Less(t, got[0], time.Hour)
}

// The reader of a file failed after the server had begun to respond. It may have acted on the part that it has.
func TestClassify_ABodyThatFailedAfterTheResponseBegan(t *testing.T) {
	assert.Equal(t, verdict{ambiguous, false}, classify(outcome{bodyFailed: true, began: true}))
	assert.Equal(t, verdict{notApplied, false}, classify(outcome{bodyFailed: true}))
}

// Without a proxy, no error is told as that of a proxy.
func TestDo_AnErrorOfTheUsersDialIsNoProxys(t *testing.T) {
	pool := &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) {
		return nil, errors.New("the tunnel is closed")
	}}
	c := newTestClient(t, "https://vendor.example", func(cfg *Config) {
		cfg.HTTPClient = &http.Client{Transport: pool}
	})
	err := use(t, c, post)
	require.ErrorContains(t, err, "the tunnel is closed")
	assert.NotContains(t, err.Error(), "proxy")
}
