package siteassist

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// types reads a stream and names what it yields.
func types(s *Stream) (got []string, err error) {
	for chunk, err := range s.Chunks() {
		if err != nil {
			return got, err
		}
		got = append(got, strings.TrimPrefix(fmt.Sprintf("%T", chunk), "*siteassist."))
	}
	return got, nil
}

func TestStream_TextAndChunks(t *testing.T) {
	client := inMemory(t, "text/event-stream; charset=utf-8", whole(hello))
	text, err := stream(t, client).Text()
	require.NoError(t, err)
	assert.Equal(t, helloText, text)

	got, err := types(stream(t, client))
	require.NoError(t, err)
	assert.Equal(t, []string{"StartChunk", "StartStepChunk", "TextStartChunk", "TextDeltaChunk", "TextDeltaChunk",
		"TextEndChunk", "FinishStepChunk", "FinishChunk"}, got)
}

func TestStream_SameTextHoweverItIsWritten(t *testing.T) {
	comments := strings.ReplaceAll(hello, "data: ", ": ping\nevent: message\nid: 1\nretry: 5\ndata: ")
	lines := strings.ReplaceAll(hello, `,"`, ",\ndata: \"") // JSON permits a line end there
	for name, body := range map[string]string{
		"LF": hello, "BOM": "\ufeff" + hello, "comments": comments, "multi-line data": lines,
		"no blank":     strings.ReplaceAll(hello, "data: ", "data:"),
		"without DONE": strings.TrimSuffix(hello, "data: [DONE]\n\n"),
		"DONE alone":   strings.Replace(hello, `data: {"type":"finish","finishReason":"stop"}`, ":", 1),
	} {
		for _, end := range []string{"\n", "\r", "\r\n"} {
			body := strings.ReplaceAll(body, "\n", end)
			for how, r := range map[string]func() io.Reader{
				"whole":          func() io.Reader { return strings.NewReader(body) },
				"byte by byte":   func() io.Reader { return iotest.OneByteReader(strings.NewReader(body)) },
				"EOF with bytes": func() io.Reader { return iotest.DataErrReader(strings.NewReader(body)) },
			} {
				client := inMemory(t, "text/event-stream", func(*http.Request) io.ReadCloser { return io.NopCloser(r()) })
				text, err := stream(t, client).Text()
				require.NoError(t, err, "%s, %q, %s", name, end, how)
				require.Equal(t, helloText, text, "%s, %q, %s", name, end, how)
			}
		}
	}
}

func TestStream_EveryCutPosition(t *testing.T) {
	broken := errors.New("connection reset by peer")
	for _, end := range []string{"\n", "\r", "\r\n"} {
		body := strings.ReplaceAll(hello, "\n", end)
		finish := strings.Index(body, `"stop"}`) + len(`"stop"}`) + len(end) + len(end[:1])
		for cut := range len(body) + 1 {
			for how, tail := range map[string]io.Reader{"closed": strings.NewReader(""), "reset": iotest.ErrReader(broken)} {
				r := io.MultiReader(strings.NewReader(body[:cut]), tail)
				client := inMemory(t, "text/event-stream", func(*http.Request) io.ReadCloser { return io.NopCloser(r) })
				text, err := stream(t, client).Text()
				if cut >= finish {
					require.NoError(t, err, "%s at %d of %q", how, cut, end)
					require.Equal(t, helloText, text)
					continue
				}
				require.ErrorIs(t, err, ErrTruncated, "%s at %d of %q", how, cut, end)
				require.True(t, strings.HasPrefix(helloText, text))
				if how == "reset" {
					require.ErrorIs(t, err, broken)
				}
			}
		}
	}
}

func TestStream_AbortEndsWithAnError(t *testing.T) {
	body := "data: {\"type\":\"text-delta\",\"id\":\"1\",\"delta\":\"half\"}\n\ndata: {\"type\":\"abort\"}\n\ndata: [DONE]\n\n"
	client := inMemory(t, "text/event-stream", whole(body))
	got, err := types(stream(t, client))
	assert.Equal(t, []string{"TextDeltaChunk", "AbortChunk"}, got, "what came before the error")
	assert.ErrorIs(t, err, ErrTruncated)

	text, err := stream(t, client).Text()
	assert.Equal(t, "half", text)
	assert.ErrorIs(t, err, ErrTruncated)
	assert.ErrorIs(t, err, ErrDeliveryUnknown)
	assert.EqualError(t, err, "siteassist: stream message: 200 OK: stream truncated: the answer was aborted: "+
		"delivery unknown: the server may have acted on it (POST /conversations/{conversationId}/messages, 1 attempt)")
}

func TestStream_ErrorChunk(t *testing.T) {
	for body, text := range map[string]string{
		`{"type":"error","errorText":"Out of ` + testToken + `"}`: "Out of [redacted]",
		`{"type":"error","errorText":"An error occurred."}`:       "An error occurred.",
		`{"type":"error","errorText":{"code":1}}`:                 "the answer failed",
		`{"type":"error"}`: "the answer failed",
	} {
		s := stream(t, inMemory(t, "text/event-stream", whole("data: {\"type\":\"start\"}\n\ndata: "+body+"\n\ndata: [DONE]\n\n")))
		got, err := types(s)
		assert.Equal(t, []string{"StartChunk"}, got)
		failure, ok := errors.AsType[*Error](err)
		require.True(t, ok, "%v", err)
		assert.Equal(t, text, failure.Message)
		assert.Equal(t, body, string(failure.Body))
		assert.Equal(t, 200, failure.StatusCode)
		assert.NotErrorIs(t, err, ErrTruncated)
		assert.Contains(t, err.Error(), "siteassist: stream message: 200: "+text+": delivery unknown")
	}
}

func TestStream_EventThatIsNoChunk(t *testing.T) {
	for _, data := range []string{
		``, `null`, `1`, `"text"`, `[]`, `{}`, `{"type":1}`, `{"type":null}`, `{"type":"start"`, `{"type":"x",}`, `hello`, `[DONE`,
		`{"type":"text-delta","id":"1"}`, `{"type":"text-delta","id":"1","delta":null}`, `{"type":"text-delta","id":"1","delta":5}`,
	} {
		s := stream(t, inMemory(t, "text/event-stream", whole("data: {\"type\":\"start\"}\n\ndata: "+data+"\n\n"+hello)))
		got, err := types(s)
		assert.Equal(t, []string{"StartChunk"}, got, data)
		assert.ErrorIs(t, err, ErrDecode, data)
		_, ok := errors.AsType[*Error](err)
		assert.True(t, ok, data)
	}
}

func TestStream_UnknownChunksSurvive(t *testing.T) {
	raw := `{ "later" : [1, {"type":"x"}], "type":"sparkle", "n":1.50 }`
	odd := `{"type":"source-url","url":5}`
	s := stream(t, inMemory(t, "text/event-stream", whole("data: "+raw+"\n\ndata: "+odd+"\n\n"+hello)))
	var unknown []*UnknownChunk
	for chunk, err := range s.Chunks() {
		require.NoError(t, err)
		if u, ok := chunk.(*UnknownChunk); ok {
			unknown = append(unknown, u)
		}
	}
	require.Len(t, unknown, 2)
	assert.Equal(t, "sparkle", unknown[0].Type)
	assert.Equal(t, raw, string(unknown[0].Raw))
	assert.Equal(t, "source-url", unknown[1].Type)
	encoded, err := unknown[0].MarshalJSON()
	require.NoError(t, err)
	assert.Equal(t, raw, string(encoded))
}

func TestStream_NothingFailsAfterTheEnd(t *testing.T) {
	finish := "data: {\"type\":\"finish\"}\n\n"
	for name, tail := range map[string]io.Reader{
		"cut":        strings.NewReader("data: {\"ty"),
		"reset":      iotest.ErrReader(errors.New("reset")),
		"error":      strings.NewReader("data: {\"type\":\"error\",\"errorText\":\"x\"}\n\n"),
		"abort":      strings.NewReader("data: {\"type\":\"abort\"}\n\n"),
		"garbage":    strings.NewReader("data: what\n\n"),
		"huge event": strings.NewReader("data: " + strings.Repeat("x", 200_000)),
	} {
		r := io.MultiReader(strings.NewReader(finish), tail)
		client := inMemory(t, "text/event-stream", func(*http.Request) io.ReadCloser { return io.NopCloser(r) },
			func(c *Config) { c.MaxEventSize = 1000 })
		got, err := types(stream(t, client))
		assert.NoError(t, err, name)
		assert.Equal(t, []string{"FinishChunk"}, got, name)
	}
}

func TestStream_ContentTypeDecides(t *testing.T) {
	const completion = `{"steps":[{"content":[{"type":"text","text":"Hello"}]}]}`
	tests := map[string]struct {
		contentType, body string
		queued            bool
		err               error
	}{
		"events":           {"text/event-stream", hello, false, nil},
		"events in caps":   {"Text/Event-Stream;charset=UTF-8", hello, false, nil},
		"queued":           {"text/plain; charset=utf-8", "Message sent", true, nil},
		"queued in quotes": {"text/plain", `"Message sent"`, true, nil},
		"HTML":             {"text/html", "<html>" + testKey + "</html>", false, ErrDecode},
		"JSON completion":  {"application/json", completion, false, ErrDecode},
		"no type":          {"", hello, false, ErrDecode},
	}
	for name, test := range tests {
		client, _ := serve(t, reply(200, test.contentType, test.body))
		s, err := client.Messages.Stream(t.Context(), testID, SendMessageParams{Content: "Hi"})
		if test.err != nil {
			require.ErrorIs(t, err, test.err, name)
			assert.ErrorIs(t, err, ErrDeliveryUnknown, name)
			failure, _ := errors.AsType[*Error](err)
			assert.Equal(t, test.body, string(failure.Body), name)
			assert.NotContains(t, err.Error(), testKey)
			continue
		}
		require.NoError(t, err, name)
		assert.Equal(t, test.queued, s.Queued(), name)
		text, err := s.Text()
		require.NoError(t, err, name)
		assert.Equal(t, test.queued, text == "", name)
	}
}

func TestStream_QueuedWith202(t *testing.T) {
	client, _ := serve(t, reply(202, "text/plain", "Message sent"))
	s := stream(t, client)
	assert.True(t, s.Queued())
	for range s.Chunks() {
		t.Fatal("a queued message has no answer")
	}
}

func TestStream_ErrorStatus(t *testing.T) {
	client, _ := serve(t, reply(402, "application/json", `{"error":{"message":"No plan","code":"PAYMENT_REQUIRED"}}`))
	_, err := client.Completions.Stream(t.Context(), CompletionParams{Messages: []CompletionMessage{{RoleUser, "Hi"}}})
	assert.ErrorIs(t, err, ErrPaymentRequired)
	assert.ErrorIs(t, err, CodePaymentRequired)
}

func TestStream_RangeOnce(t *testing.T) {
	s := stream(t, inMemory(t, "text/event-stream", whole(hello)))
	_, err := s.Text()
	require.NoError(t, err)
	for chunk, err := range s.Chunks() {
		assert.Nil(t, chunk)
		assert.ErrorIs(t, err, ErrClosed)
		assert.EqualError(t, err, "siteassist: closed: the stream was read before")
	}
	text, err := s.Text()
	assert.Empty(t, text)
	assert.ErrorIs(t, err, ErrClosed)
}

func TestStream_CloseBeforeReading(t *testing.T) {
	s := stream(t, inMemory(t, "text/event-stream", whole(hello)))
	assert.NoError(t, s.Close())
	assert.NoError(t, s.Close())
	_, err := s.Text()
	assert.ErrorIs(t, err, ErrClosed)
}

// silent is a body on which nothing comes until it is closed.
type silent struct {
	first  *strings.Reader
	closed chan struct{}
}

func newSilent(first string) *silent {
	return &silent{first: strings.NewReader(first), closed: make(chan struct{})}
}

func (b *silent) Read(p []byte) (int, error) {
	if b.first.Len() > 0 {
		return b.first.Read(p)
	}
	<-b.closed
	return 0, errors.New("read on closed body")
}

func (b *silent) Close() error {
	select {
	case <-b.closed:
	default:
		close(b.closed)
	}
	return nil
}

func TestStream_IdleTimeout(t *testing.T) {
	first, _, _ := strings.Cut(hello, `data: {"type":"text-end"`)
	for _, test := range []struct{ set, want time.Duration }{{0, time.Minute}, {3 * time.Second, 3 * time.Second}} {
		synctest.Test(t, func(t *testing.T) {
			client := inMemory(t, "text/event-stream", func(*http.Request) io.ReadCloser { return newSilent(first) },
				func(c *Config) { c.StreamIdleTimeout = test.set })
			s, start := stream(t, client), time.Now()
			text, err := s.Text()
			assert.Equal(t, test.want, time.Since(start))
			assert.ErrorIs(t, err, ErrTruncated)
			assert.ErrorContains(t, err, "no byte came for "+test.want.String())
			assert.Equal(t, helloText, text)
		})
	}
}

// paced is a body that brings a part per pause.
type paced struct {
	parts []string
	pause time.Duration
}

func (b *paced) Close() error { return nil }

func (b *paced) Read(p []byte) (int, error) {
	if len(b.parts) == 0 {
		return 0, io.EOF
	}
	time.Sleep(b.pause) // fake time: the tests that use it run in a bubble
	n := copy(p, b.parts[0])
	b.parts = b.parts[1:]
	return n, nil
}

func TestStream_TenMinutesAreNotCut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		parts := strings.SplitAfter(hello, "\n\n")
		client := inMemory(t, "text/event-stream", func(*http.Request) io.ReadCloser { return &paced{parts[:9], 59 * time.Second} },
			func(c *Config) { c.Timeout = 2 * time.Second })
		s, start := stream(t, client), time.Now()
		for chunk, err := range s.Chunks() {
			require.NoError(t, err)
			if _, ok := chunk.(*StartChunk); ok {
				time.Sleep(10 * time.Minute) // a slow reader is no idle server
			}
		}
		assert.Greater(t, time.Since(start), 17*time.Minute)
	})
}

func TestStream_NoIdleTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		parts := strings.SplitAfter(hello, "\n\n")
		client := inMemory(t, "text/event-stream", func(*http.Request) io.ReadCloser { return &paced{parts[:9], time.Hour} },
			func(c *Config) { c.StreamIdleTimeout = -1 })
		text, err := stream(t, client).Text()
		require.NoError(t, err)
		assert.Equal(t, helloText, text)
	})
}

func TestStream_ConnectionKeptOpenDelaysNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for name, body := range map[string]string{
			"finish": strings.TrimSuffix(hello, "data: [DONE]\n\n"), "both": hello,
			"done": strings.Replace(hello, `data: {"type":"finish","finishReason":"stop"}`, ":", 1),
		} {
			client := inMemory(t, "text/event-stream", func(*http.Request) io.ReadCloser { return newSilent(body) })
			start := time.Now()
			text, err := stream(t, client).Text()
			require.NoError(t, err, name)
			assert.Equal(t, helloText, text)
			assert.Equal(t, time.Second, time.Since(start), name)
		}
	})
}

func TestStream_EndlessTailIsCut(t *testing.T) {
	tail := &countingReader{}
	r := io.MultiReader(strings.NewReader(hello), tail)
	client := inMemory(t, "text/event-stream", func(*http.Request) io.ReadCloser { return io.NopCloser(r) })
	_, err := stream(t, client).Text()
	require.NoError(t, err)
	assert.LessOrEqual(t, tail.n, 100<<10)
}

type countingReader struct{ n int }

func (r *countingReader) Read(p []byte) (int, error) {
	r.n += len(p)
	return len(p), nil
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

func TestStream_CloseWhileReading(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := stream(t, inMemory(t, "text/event-stream", func(*http.Request) io.ReadCloser { return newSilent("data: {\"type\":\"start\"}\n\n") }))
		time.AfterFunc(time.Second, func() { _ = s.Close() })
		got, err := types(s)
		assert.Equal(t, []string{"StartChunk"}, got)
		assert.ErrorIs(t, err, ErrClosed)
	})
}

func TestStream_EventTooLarge(t *testing.T) {
	event := "data: {\"type\":\"file\",\"url\":\"" + strings.Repeat("x", 4<<20) + "\"}\n\n"
	_, err := types(stream(t, inMemory(t, "text/event-stream", whole(event+hello))))
	assert.ErrorIs(t, err, ErrResponseTooLarge)
	assert.NotErrorIs(t, err, ErrTruncated)

	got, err := types(stream(t, inMemory(t, "text/event-stream", whole(event+hello), func(c *Config) { c.MaxEventSize = 5 << 20 })))
	assert.NoError(t, err)
	assert.Equal(t, "FileChunk", got[0])
}

// FuzzStream: whatever a server sends, a stream without an error has seen the end of the answer, and however its bytes
// are split, it says the same.
func FuzzStream(f *testing.F) {
	f.Add([]byte(hello))
	f.Add([]byte("data: {\"type\":\"text-delta\",\"delta\":\"x\"}\r\rdata: [DONE]\r\r"))
	f.Add([]byte("data: {\"type\":\"abort\"}\n\n"))
	f.Add([]byte("data: {\"type\":\"error\",\"errorText\":\"no\"}\n\n"))
	f.Fuzz(func(t *testing.T, body []byte) {
		read := func(r io.Reader) (string, error) {
			client := inMemory(t, "text/event-stream", func(*http.Request) io.ReadCloser { return io.NopCloser(r) })
			return stream(t, client).Text()
		}
		text, err := read(bytes.NewReader(body))
		slow, slowErr := read(iotest.OneByteReader(bytes.NewReader(body)))
		require.Equal(t, text, slow)
		require.Equal(t, fmt.Sprint(err), fmt.Sprint(slowErr))
		if err == nil {
			require.True(t, bytes.Contains(body, []byte("[DONE]")) || bytes.Contains(body, []byte("finish")) ||
				bytes.Contains(body, []byte(`\u`)), "%q is no whole answer", body)
			return
		}
		_, ok := errors.AsType[*Error](err)
		require.True(t, ok, "%v", err)
	})
}
