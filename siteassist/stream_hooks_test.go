package siteassist

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley"
)

// The call of a stream ends once, with the stream. Its result is the one that the caller of the stream gets.
func TestStream_OnCallIsToldHowItEnded(t *testing.T) {
	cut := strings.TrimSuffix(hello, finishEvent+doneEvent)
	cut, _, _ = strings.Cut(cut, `data: {"type":"text-end"`)
	reset := func(s string) func() io.ReadCloser {
		return func() io.ReadCloser {
			return io.NopCloser(io.MultiReader(strings.NewReader(s), iotest.ErrReader(errors.New("connection reset"))))
		}
	}
	stays := func(s string) func() io.ReadCloser { return func() io.ReadCloser { return newScript(timed{0, s}) } }
	readText := func(s *Stream) error { _, err := s.Text(); return err }
	leave := func(s *Stream) error {
		for range s.Chunks() {
			break
		}
		return nil
	}
	for name, test := range map[string]struct {
		body func() io.ReadCloser
		use  func(*Stream) error
		err  error
	}{
		"whole":                   {reset(hello), readText, nil},
		"whole, connection kept":  {stays(hello), readText, nil},
		"whole without [DONE]":    {stays(strings.TrimSuffix(hello, doneEvent)), readText, nil},
		"reset behind the finish": {reset(strings.TrimSuffix(hello, doneEvent)), readText, nil},
		"reset":                   {reset(cut), readText, ErrTruncated},
		"idle":                    {stays(cut), readText, ErrTruncated},
		"error chunk": {
			stays(cut + event(`{"type":"error","errorText":"no"}`)), readText, ErrAnswerFailed,
		},
		"no chunk":                  {stays(cut + event(`{}`)), readText, ErrDecode},
		"abort":                     {stays(cut + event(`{"type":"abort"}`)), readText, ErrTruncated},
		"loop left":                 {stays(cut), leave, nil},
		"loop left at the end":      {stays(finishEvent), leave, nil},
		"closed before it was read": {stays(hello), (*Stream).Close, nil},
		"closed while it is read": {
			stays(cut), func(s *Stream) error {
				time.AfterFunc(time.Second, func() { _ = s.Close() })
				return readText(s)
			}, ErrClosed,
		},
		"closed, then read": {
			stays(hello), func(s *Stream) error { _ = s.Close(); _ = readText(s); return nil }, nil,
		},
		"closed after it was read": {
			stays(hello), func(s *Stream) error { err := readText(s); _ = s.Close(); return err }, nil,
		},
	} {
		synctest.Test(t, func(t *testing.T) {
			var results []parley.CallResult
			client := inMemory(t, "text/event-stream", func(*http.Request) io.ReadCloser { return test.body() },
				func(c *Config) {
					c.Hooks = onCallEnd(func(r parley.CallResult) { results = append(results, r) })
				})
			s, err := client.Messages.Stream(t.Context(), testID, SendMessageParams{Content: "Hi"})
			require.NoError(t, err)
			assert.Empty(t, results, name)
			err = test.use(s)
			assert.ErrorIs(t, err, test.err, name)
			time.Sleep(drainTime)
			_ = s.Close()
			require.Len(t, results, 1, name)
			assert.Equal(t, err, results[0].Err, "%s: what the hook was told", name)
			assert.Equal(t, 200, results[0].StatusCode)
		})
	}
}

// onCallEnd returns hooks that pass the result of every call to end.
func onCallEnd(end func(parley.CallResult)) parley.Hooks {
	return parley.Hooks{OnCall: func(ctx context.Context, _ parley.Call) (context.Context, func(parley.CallResult)) {
		return ctx, end
	}}
}
