package siteassist

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestStream_ErrorChunk(t *testing.T) {
	for body, text := range map[string]string{
		`{"type":"error","errorText":"Out of ` + testToken + `"}`: "Out of [redacted]",
		`{"type":"error","errorText":"An error occurred."}`:       "An error occurred.",
		`{"type":"error","errorText":{"code":1}}`:                 "the answer failed",
		`{"type":"error"}`: "the answer failed",
	} {
		s := stream(t,
			inMemory(t, "text/event-stream", whole("data: {\"type\":\"start\"}\n\ndata: "+body+"\n\ndata: [DONE]\n\n")))
		got, err := types(s)
		assert.Equal(t, []string{"StartChunk"}, got)
		failure, ok := errors.AsType[*Error](err)
		require.True(t, ok, "%v", err)
		assert.Equal(t, text, failure.Message)
		assert.Equal(t, body, string(failure.Body))
		assert.Equal(t, 200, failure.StatusCode)
		assert.NotErrorIs(t, err, ErrTruncated)
		assert.Contains(t, err.Error(),
			"siteassist: stream message: 200: "+strings.TrimSuffix(text, ".")+": delivery unknown")
	}
}

func TestStream_CallersEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		defer cancel()
		client := inMemory(t, "text/event-stream", func(r *http.Request) io.ReadCloser {
			body := newSilent("data: {\"type\":\"start\"}\n\n")
			context.AfterFunc(r.Context(), func() { _ = body.Close() }) // as net/http does
			return body
		})
		s, err := client.Messages.Stream(ctx, testID, SendMessageParams{Content: "Hi"})
		require.NoError(t, err)
		got, err := types(s)
		assert.Equal(t, []string{"StartChunk"}, got)
		assert.ErrorIs(t, err, context.DeadlineExceeded)
		assert.ErrorIs(t, err, ErrTruncated)
		assert.ErrorIs(t, err, ErrDeliveryUnknown)
	})
}

// A server that fails after its stream has begun reports the failure in the form of its framework.
func TestStream_ErrorsInOtherForms(t *testing.T) {
	const envelope = `{"error":{"code":"RATE_LIMIT_EXCEEDED","message":"Slow down.","details":{"retryAfter":60}}}`
	pretty := "{\n  \"error\": {\n    \"code\": \"RATE_LIMIT_EXCEEDED\",\n    \"message\": \"Slow down.\",\n    " +
		"\"details\": {\"retryAfter\": 60}\n  }\n}"
	limited := Error{Code: CodeRateLimitExceeded, Message: "Slow down.", RetryAfter: time.Minute}
	down := Error{Message: "upstream is down"}
	unsaid := Error{Message: "the answer failed"}
	for written, want := range map[string]Error{
		event(envelope):                    limited,
		"event: error\n" + event(envelope): limited,
		envelope + "\n":                    limited,
		envelope + "\n\n" + doneEvent:      limited,
		envelope:                           limited,
		pretty:                             limited,
		pretty + "\n\n" + finishEvent + doneEvent:                                   limited,
		"data: half of an event\n" + envelope + "\n":                                limited,
		"event: error\n" + event("upstream is down"):                                down,
		event(`{"error":"upstream is down"}`):                                       down,
		event(`{"error":{"message":"upstream is down"}}`):                           down,
		event(`{"type":"error","error":"upstream is down"}`):                        down,
		event(`{"type":"error","errorText":{"message":"upstream is down"}}`):        down,
		"event: error\n" + event(`{"type":"error","errorText":"upstream is down"}`): down,
		"event: error\n" + event(`{"errorText":"upstream is down"}`):                down,
		"event: error\ndata\n\n":                                                    unsaid,
		"event: error\n" + event(`{}`):                                              unsaid,
		"event: error\n" + event(`{"type":"start"}`):                                unsaid,
		event(`{"error":{"code":5}}`):                                               unsaid,
		event(`{"error":true}`):                                                     unsaid,
		"event: error\n" + event("key "+testToken+" refused"): {
			Message: "key [redacted] refused",
		},
	} {
		for _, before := range []string{"", finishEvent} {
			s := stream(t, inMemory(t, "text/event-stream",
				whole(event(`{"type":"text-delta","id":"1","delta":"Hel"}`)+before+written)))
			text, err := s.Text()
			assert.Equal(t, "Hel", text)
			failure, ok := errors.AsType[*Error](err)
			require.True(t, ok, "%q: %v", written, err)
			assert.Equal(t, want.Message, failure.Message, "%q", written)
			assert.Equal(t, want.Code, failure.Code, "%q", written)
			assert.Equal(t, want.RetryAfter, failure.RetryAfter, "%q", written)
			assert.ErrorIs(t, err, ErrAnswerFailed, "%q", written)
			assert.ErrorIs(t, err, ErrDeliveryUnknown)
			assert.NotErrorIs(t, err, ErrTruncated)
			assert.NotErrorIs(t, err, ErrRateLimited, "that is the class of a status")
			assert.NotContains(t, err.Error(), testToken)
			if want.Code != "" {
				assert.ErrorIs(t, err, want.Code)
				assert.Contains(t, string(failure.Body), `"RATE_LIMIT_EXCEEDED"`)
			}
		}
	}
}

// A line with an unknown field counts only where the answer ends.
func TestStream_ErrorLineBehindAnAnswer(t *testing.T) {
	for _, end := range []string{
		"error: upstream is down\n", "error:upstream is down\r\n", "error: upstream is down\n\n" + doneEvent,
	} {
		_, err := stream(t, inMemory(t, "text/event-stream", whole(event(`{"type":"start"}`)+finishEvent+end))).Text()
		failure, ok := errors.AsType[*Error](err)
		require.True(t, ok, "%q: %v", end, err)
		assert.Equal(t, "upstream is down", failure.Message, "%q", end)
		assert.ErrorIs(t, err, ErrAnswerFailed, "%q", end)
	}
	for _, body := range []string{
		"error: x\n\n" + finishEvent + doneEvent, finishEvent + "errors: 0\n", finishEvent + ": error: x\n",
	} {
		_, err := stream(t, inMemory(t, "text/event-stream", whole(event(`{"type":"start"}`)+body))).Text()
		assert.NoError(t, err, "%q", body)
	}
}

func TestStream_TextOutsideOfEventsIsKept(t *testing.T) {
	for written, kept := range map[string]string{
		"upstream connect error":                    "upstream connect error\n",
		"<html>\n<h1>Bad gateway</h1>\n</html>\n":   "<html>\n<h1>Bad gateway</h1>\n</html>\n",
		"\n{\"error\":{\"message\":\"Slow do":       "{\"error\":{\"message\":\"Slow do\n",
		"data: {\"type\":\"text-del":                "",
		": comment\nretry: 10\nid: 1\nevent: x\n\n": "",
	} {
		_, err := stream(t, inMemory(t, "text/event-stream", whole(event(`{"type":"start"}`)+written))).Text()
		assert.ErrorIs(t, err, ErrTruncated)
		failure, ok := errors.AsType[*Error](err)
		require.True(t, ok)
		assert.Equal(t, kept, string(failure.Body), "%q", written)
		assert.Empty(t, failure.Message)
	}
}

func TestStream_ErrDecodeShowsNothingOfTheAnswer(t *testing.T) {
	for _, data := range []string{
		`{"secret":"the zebra is seven"}`, `"the zebra is seven"`,
		`{"type":"text-delta","delta":["the zebra is seven"]}`,
		`{"type":"text-delta","delta":"the zebra is seven"`, `{"type":"start","x":the zebra is seven}`,
		`{"type":"text-delta","delta":987654321}`,
	} {
		_, err := stream(t, inMemory(t, "text/event-stream", whole(event(data)))).Text()
		assert.ErrorIs(t, err, ErrDecode)
		for _, text := range printed(err) {
			assert.NotContains(t, text, "zebra")
			assert.NotContains(t, text, "987654321")
			assert.NotContains(t, text, "secret")
		}
		failure, ok := errors.AsType[*Error](err)
		require.True(t, ok)
		assert.Equal(t, data, string(failure.Body))
	}
}

func TestStream_ContentCodings(t *testing.T) {
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, _ = io.WriteString(w, hello)
	require.NoError(t, w.Close())
	damaged := bytes.Clone(packed.Bytes())
	damaged[10] = 7 // a block of a kind that does not exist
	for name, test := range map[string]struct {
		coding string
		body   []byte
		err    error
	}{
		"identity":         {"identity", []byte(hello), nil},
		"gzip":             {"gzip", packed.Bytes(), nil},
		"gzip that is cut": {"gzip", packed.Bytes()[:packed.Len()/2], ErrTruncated},
		"damaged gzip":     {"gzip", damaged, ErrDecode},
		"no gzip":          {"gzip", []byte(hello), ErrDecode},
		"br":               {"br", packed.Bytes(), ErrDecode},
		"zstd":             {"zstd", packed.Bytes(), ErrDecode},
	} {
		client, server := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/event-stream")
			w.Header().Set("Content-Encoding", test.coding)
			_, _ = w.Write(test.body)
		})
		s, err := client.Messages.Stream(t.Context(), testID, SendMessageParams{Content: "Hi"})
		text := ""
		if err == nil {
			text, err = s.Text()
		}
		assert.Len(t, server.Requests(), 1, name)
		if test.err == nil {
			require.NoError(t, err, name)
			assert.Equal(t, helloText, text, name)
			continue
		}
		assert.ErrorIs(t, err, test.err, name)
		assert.ErrorIs(t, err, ErrDeliveryUnknown, name)
		assert.Equal(t, test.err == ErrTruncated, errors.Is(err, ErrTruncated), name)
		_, ok := errors.AsType[*Error](err)
		assert.True(t, ok, name)
		if test.err == ErrDecode {
			assert.ErrorContains(t, err, test.coding, name)
		}
	}
}

func TestStream_ContextThatEndsBehindAFinishChunk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		client := inMemory(t, "text/event-stream", func(r *http.Request) io.ReadCloser {
			body := newScript(timed{0, finishEvent})
			context.AfterFunc(r.Context(), func() { _ = body.Close() })
			return body
		})
		s, err := client.Messages.Stream(ctx, testID, SendMessageParams{Content: "Hi"})
		require.NoError(t, err)
		_, err = s.Text()
		assert.NoError(t, err, "the answer is whole")
	})
}

// A response that is not an event stream is read like any other: Timeout bounds it, and ctx ends it.
func TestStream_ResponseOfAnotherTypeEnds(t *testing.T) {
	for name, limit := range map[string]func(*Config) time.Duration{
		"by Timeout": func(c *Config) time.Duration { c.Timeout = time.Second; return time.Hour },
		"by ctx":     func(*Config) time.Duration { return time.Second },
	} {
		synctest.Test(t, func(t *testing.T) {
			var wait time.Duration
			client := inMemory(t, "application/x-ndjson", func(r *http.Request) io.ReadCloser {
				body := newScript(timed{0, "{}\n"}, timed{500 * time.Millisecond, "{}\n"})
				context.AfterFunc(r.Context(), func() { _ = body.Close() })
				return body
			}, func(c *Config) { wait = limit(c) })
			ctx, cancel := context.WithTimeout(t.Context(), wait)
			defer cancel()
			start := time.Now()
			_, err := client.Messages.Stream(ctx, testID, SendMessageParams{Content: "Hi"})
			assert.ErrorIs(t, err, context.DeadlineExceeded, name)
			assert.ErrorIs(t, err, ErrDeliveryUnknown, name)
			assert.NotErrorIs(t, err, ErrDecode, name)
			assert.Equal(t, time.Second, time.Since(start), name)
		})
	}
}
