package transport

import (
	"context"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/apierr"
)

// upload is a Content.
type upload struct {
	text       string
	length     int64
	replayable bool
	opened     int
	err        error
}

func (u *upload) ContentType() string { return "audio/ogg" }

func (u *upload) Length() int64 { return u.length }

func (u *upload) Replayable() bool { return u.replayable }

func (u *upload) Err() error { return u.err }

func (u *upload) Open(context.Context) (io.ReadCloser, error) {
	u.opened++
	if u.err != nil {
		return io.NopCloser(&failingReader{u.err}), nil
	}
	return io.NopCloser(strings.NewReader(u.text)), nil
}

type failingReader struct{ err error }

func (f *failingReader) Read([]byte) (int, error) { return 0, f.err }

func TestContent_IsSentAgainOnlyIfItCanBeRead(t *testing.T) {
	var bodies []string
	s := roundTripper(func(r *http.Request) (*http.Response, error) {
		body, err := io.ReadAll(r.Body)
		require.NoError(t, err)
		assert.Equal(t, "audio/ogg", r.Header.Get("Content-Type"))
		assert.EqualValues(t, 5, r.ContentLength)
		assert.Nil(t, r.GetBody)
		if bodies = append(bodies, string(body)); len(bodies) == 1 {
			return answer(http.StatusTooManyRequests, ""), nil
		}
		return answer(http.StatusOK, "{}"), nil
	})
	c := newTestClient(t, "https://api.example", func(cfg *Config) { cfg.HTTPClient = &http.Client{Transport: s} })
	err := c.Send(t.Context(), Call{
		Operation: post, IDs: []string{"1"}, Content: &upload{text: "voice", length: 5, replayable: true},
	})
	require.NoError(t, err)
	assert.Equal(t, []string{"voice", "voice"}, bodies)

	bodies = nil
	err = c.Send(t.Context(), Call{Operation: post, IDs: []string{"1"}, Content: &upload{text: "voice", length: 5}})
	assert.ErrorIs(t, err, parley.ErrRateLimited)
	assert.NotErrorIs(t, err, parley.ErrDeliveryUnknown, "the server refused")
	assert.Len(t, bodies, 1)
}

func TestContent_AnUnauthorizedUploadRenewsTheCredentialForTheNextCall(t *testing.T) {
	url, n := counted(t, status(http.StatusUnauthorized))
	source := &renewable{}
	c := newTestClient(t, url, func(cfg *Config) { cfg.Authorizer = source })
	err := c.Send(t.Context(), Call{Operation: post, IDs: []string{"1"}, Content: &upload{text: "voice", length: 5}})
	assert.ErrorIs(t, err, parley.ErrUnauthorized)
	assert.EqualValues(t, 1, source.renewals.Load())
	assert.EqualValues(t, 1, n.Load(), "what cannot be read again is not sent again")
}

func TestContent_ThatEndsTheRequestIsTheError(t *testing.T) {
	url, n := counted(t, status(http.StatusOK))
	tooLarge := apierr.Invalid("Content", "is larger than 16777216 bytes")
	err := newTestClient(t, url, nil).Send(t.Context(),
		Call{Operation: post, IDs: []string{"1"}, Content: &upload{length: -1, err: tooLarge}})
	assert.ErrorIs(t, err, parley.ErrInvalidArgument)
	assert.NotErrorIs(t, err, parley.ErrDeliveryUnknown, "the request was cut off")
	assert.LessOrEqual(t, n.Load(), int32(1))
}

// stuck is a Content whose reader blocks until the attempt ends.
type stuck struct{ upload }

func (s *stuck) Open(ctx context.Context) (io.ReadCloser, error) {
	r, w := io.Pipe()
	context.AfterFunc(ctx, func() { _ = w.CloseWithError(ctx.Err()) })
	return r, nil
}

func TestContent_AReaderThatBlocksEndsWithTheAttempt(t *testing.T) {
	url, _ := counted(t, status(http.StatusOK))
	c := newTestClient(t, url, func(cfg *Config) { cfg.Timeout = 30 * time.Millisecond })
	err := c.Send(t.Context(), Call{Operation: post, IDs: []string{"1"}, Content: &stuck{upload{length: -1}}})
	assert.ErrorIs(t, err, context.DeadlineExceeded)
	assert.ErrorIs(t, err, parley.ErrDeliveryUnknown)
}

func TestAttempt_HeaderValuesAreSharedWithNobody(t *testing.T) {
	header := http.Header{"Os": {"linux"}, "Many": {"1", "2", "3", "4", "5", "6", "7", "8", "9"}}
	var seen []http.Header
	spoiling := roundTripper(func(r *http.Request) (*http.Response, error) {
		seen = append(seen, r.Header.Clone())
		for name, values := range r.Header {
			for i := range values {
				values[i] = "spoilt"
			}
			r.Header[name] = append(values, "more")
		}
		return answer(503, ""), nil
	})
	c := newTestClient(t, "https://api.example",
		func(cfg *Config) { cfg.HTTPClient = &http.Client{Transport: spoiling} })
	for range 2 {
		_, err := c.Do(t.Context(), Call{
			Operation: get, IDs: []string{"1"}, Header: header, Form: url.Values{"a": {"b"}},
		})
		require.Error(t, err)
	}
	require.Len(t, seen, 6)
	for _, h := range seen {
		assert.Equal(t, seen[0], h)
	}
	assert.Equal(t, http.Header{"Os": {"linux"}, "Many": {"1", "2", "3", "4", "5", "6", "7", "8", "9"}}, header)
	assert.Equal(t, testKey, seen[0].Get("Agent-Secret-Key"))
}

func TestAttempt_TimeoutIsANetError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hanging := roundTripper(func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		})
		c := newTestClient(t, "https://api.example",
			func(cfg *Config) { cfg.HTTPClient = &http.Client{Transport: hanging} })
		err := use(t, c, post)
		var timeout net.Error
		require.ErrorAs(t, err, &timeout)
		assert.True(t, timeout.Timeout())
		assert.ErrorIs(t, err, context.DeadlineExceeded)
		assert.ErrorContains(t, err, "attempt timed out after 1m0s")
	})
}

// The timer may fire while the headers of a stream are on their way to the caller.
func TestAttempt_AStreamIsNotHandedOutAfterItsTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		body := &watched{Reader: newReader("late")}
		late := roundTripper(func(*http.Request) (*http.Response, error) {
			time.Sleep(time.Minute)
			return &http.Response{
				StatusCode: 200, Header: http.Header{"Content-Type": {"text/event-stream"}}, Body: body,
				ContentLength: -1,
			}, nil
		})
		c := newTestClient(t, "https://api.example",
			func(cfg *Config) { cfg.HTTPClient = &http.Client{Transport: late} })
		_, err := c.Do(t.Context(), Call{Operation: post, IDs: []string{"1"}, StreamType: "text/event-stream"})
		assert.ErrorIs(t, err, context.DeadlineExceeded)
		assert.ErrorIs(t, err, parley.ErrDeliveryUnknown)
		assert.True(t, body.closed)
	})
}

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
