package siteassist

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestStream_SameTextHoweverItIsWritten(t *testing.T) {
	comments := strings.ReplaceAll(hello, "data: ", ": ping\nevent: message\nid: 1\nretry: 5\ndata: ")
	lines := strings.ReplaceAll(hello, `,"`, ",\ndata: \"") // JSON permits a line end there
	for name, body := range map[string]string{
		"LF": hello, "BOM": "\ufeff" + hello, "comments": comments, "multi-line data": lines,
		"no blank":     strings.ReplaceAll(hello, "data: ", "data:"),
		"empty events": strings.ReplaceAll(hello, "data: ", "data:\n\ndata: "),
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
				client := inMemory(t, "text/event-stream",
					func(*http.Request) io.ReadCloser { return io.NopCloser(r()) })
				text, err := stream(t, client).Text()
				require.NoError(t, err, "%s, %q, %s", name, end, how)
				require.Equal(t, helloText, text, "%s, %q, %s", name, end, how)
			}
		}
	}
}

func TestStream_EveryCutPosition(t *testing.T) {
	broken := errors.New("connection reset by peer")
	for first, end := range []string{"\n", "\r", "\r\n"} {
		body := strings.ReplaceAll(hello, "\n", end)
		finish := strings.Index(body, `"stop"}`) + len(`"stop"}`) + len(end) + len(end[:1])
		for cut := first % stride(); cut <= len(body); cut += stride() {
			for how, tail := range map[string]io.Reader{
				"closed": strings.NewReader(""), "reset": iotest.ErrReader(broken),
			} {
				r := io.MultiReader(strings.NewReader(body[:cut]), tail)
				client := inMemory(t, "text/event-stream", func(*http.Request) io.ReadCloser { return io.NopCloser(r) })
				text, err := stream(t, client).Text()
				if cut >= finish && endsBetweenEvents(body[finish:cut]) {
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
	body := "data: {\"type\":\"text-delta\",\"id\":\"1\",\"delta\":\"half\"}\n\ndata: {\"type\":\"abort\"}\n\ndata: " +
		"[DONE]\n\n"
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

// endsBetweenEvents reports whether no event has begun in rest, which follows the finish chunk. The beginning of [DONE]
// counts as [DONE], because no other event begins so.
func endsBetweenEvents(rest string) bool {
	rest = strings.TrimLeft(rest, "\r\n")
	return rest == "" || strings.HasPrefix(rest, "data: [")
}

func TestStream_EventThatIsNoChunk(t *testing.T) {
	for _, data := range []string{
		`null`, `1`, `"text"`, `[]`, `{}`, `{"type":1}`, `{"type":null}`, `{"type":"start"`, `{"type":"x",}`, `hello`,
		`[DONE`,
		`{"type":"text-delta","id":"1"}`, `{"type":"text-delta","id":"1","delta":null}`,
		`{"type":"text-delta","id":"1","delta":5}`,
	} {
		s := stream(t,
			inMemory(t, "text/event-stream", whole("data: {\"type\":\"start\"}\n\ndata: "+data+"\n\n"+hello)))
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

// tails are texts that a server may write after an event, with the error if the answer has not ended.
var tails = map[string]struct {
	tail string
	err  error
}{
	"cut":        {"data: {\"ty", ErrTruncated},
	"error":      {event(`{"type":"error","errorText":"x"}`), ErrAnswerFailed},
	"abort":      {event(`{"type":"abort"}`), ErrTruncated},
	"garbage":    {event("what"), ErrDecode},
	"huge event": {"data: " + strings.Repeat("x", 200_000), ErrResponseTooLarge},
	"event name": {"event: error\n", ErrTruncated},
	"cut name":   {"event: err", ErrTruncated},
	"open text":  {event(`{"type":"text-start"}`), ErrTruncated},
}

// readTail reads a stream of start and tail.
func readTail(t *testing.T, start string, tail io.Reader) ([]string, error) {
	r := io.MultiReader(strings.NewReader(start), tail)
	client := inMemory(t, "text/event-stream", func(*http.Request) io.ReadCloser { return io.NopCloser(r) },
		func(c *Config) { c.MaxEventSize = 1000 })
	return types(stream(t, client))
}

func TestStream_NothingFailsAfterTheEnd(t *testing.T) {
	for name, test := range tails {
		got, err := readTail(t, finishEvent+doneEvent, strings.NewReader(test.tail))
		assert.NoError(t, err, name)
		assert.Equal(t, []string{"FinishChunk"}, got, name)
	}
	for _, start := range []string{finishEvent, finishEvent + doneEvent} {
		got, err := readTail(t, start, iotest.ErrReader(errors.New("reset")))
		assert.NoError(t, err)
		assert.Equal(t, []string{"FinishChunk"}, got)
	}
}

func TestStream_FailuresBehindAFinishChunkCount(t *testing.T) {
	for name, test := range tails {
		got, err := readTail(t, finishEvent, strings.NewReader(test.tail))
		assert.ErrorIs(t, err, test.err, name)
		assert.Equal(t, "FinishChunk", got[0], name)
	}
}

const (
	finishEvent = "data: {\"type\":\"finish\"}\n\n"
	doneEvent   = "data: [DONE]\n\n"
)

func event(data string) string { return "data: " + data + "\n\n" }

// Each of these chunks comes after a finish chunk. Some open the answer again, so that the end of the body cuts it.
func TestStream_ChunksBehindFinish(t *testing.T) {
	for chunk, opens := range map[string]bool{
		`{"type":"start"}`: true, `{"type":"start-step"}`: true, `{"type":"text-start","id":"1"}`: true,
		`{"type":"text-start","id":1}`:               true,
		`{"type":"text-delta","id":"1","delta":"x"}`: true, `{"type":"text-end","id":"1"}`: true,
		`{"type":"reasoning-start","id":"1"}`: true,
		`{"type":"tool-input-start"}`:         true, `{"type":"tool-of-later"}`: true,
		`{"type":"source-url","url":"https://example.com"}`: true,
		`{"type":"source-document"}`:                        true, `{"type":"file","url":"data:,x"}`: true,
		`{"type":"data-weather","data":1}`:                 true,
		`{"type":"data-status","data":1,"transient":true}`: false, `{"type":"finish-step"}`: false,
		`{"type":"message-metadata"}`: false,
		`{"type":"finish"}`:           false, `{"type":"ping"}`: false, `{"type":"finish","finishReason":5}`: false,
		`{"type":"later"}`: false,
	} {
		for end, err := range map[string]error{
			"": ErrTruncated, finishEvent: nil, doneEvent: nil, finishEvent + doneEvent: nil,
		} {
			if !opens {
				err = nil
			}
			s := stream(t, inMemory(t, "text/event-stream", whole(finishEvent+event(chunk)+end)))
			var got []string
			var last error
			for chunk, err := range s.Chunks() {
				if last = err; err == nil {
					raw, _ := chunk.MarshalJSON()
					got = append(got, string(raw))
				}
			}
			assert.ErrorIs(t, last, err, "%s, %q", chunk, end)
			require.GreaterOrEqual(t, len(got), 2)
			assert.Equal(t, chunk, got[1], "it is yielded")
		}
	}
}

func TestStream_MergedAnswers(t *testing.T) {
	part := func(text string) string {
		return event(`{"type":"start"}`) + event(`{"type":"text-delta","id":"1","delta":"`+text+`"}`) + finishEvent
	}
	for _, end := range []string{"", doneEvent, "data: [DONE]", "data: [DONE]\n"} {
		text, err := stream(t,
			inMemory(t, "text/event-stream", whole(part("One, ")+part("two, ")+part("three.")+end))).Text()
		require.NoError(t, err)
		assert.Equal(t, "One, two, three.", text)
	}
}

func TestStream_DoneNeedsNoBlankLine(t *testing.T) {
	text, err := stream(t, inMemory(t, "text/event-stream",
		whole(event(`{"type":"text-delta","id":"1","delta":"x"}`)+"data: [DONE]"))).Text()
	require.NoError(t, err)
	assert.Equal(t, "x", text)
	_, err = stream(t, inMemory(t, "text/event-stream", whole("data: [DONE"))).Text()
	assert.ErrorIs(t, err, ErrTruncated, "half of it says nothing where no finish chunk came")
}

func TestStream_EventsThatAreSkipped(t *testing.T) {
	for _, beat := range []string{
		"data:\n\n", "data: \n\n", "data\n\n", "data:   \n\n", "id: 1\nretry: 1000\ndata: \n\n", "data:\ndata:\n\n",
		"event: ping\n\n",
		"event: ping\ndata: {}\n\n", "event: heartbeat\ndata: 5\n\n", "event: keep-alive\ndata: alive\n\n",
		": ping\n\n",
		"{\"level\":\"info\"}\n", "{\n  \"level\": \"info\"\n}\n", "hello\n\n",
	} {
		body := event(`{"type":"text-delta","id":"1","delta":"Hello "}`) + beat +
			event(`{"type":"text-delta","id":"1","delta":"world"}`) +
			beat + finishEvent + beat
		for _, end := range []string{"", doneEvent} {
			text, err := stream(t, inMemory(t, "text/event-stream", whole(body+end))).Text()
			require.NoError(t, err, "%q", beat)
			assert.Equal(t, "Hello world", text, "%q", beat)
		}
		_, err := stream(t, inMemory(t, "text/event-stream", whole(event(`{"type":"start"}`)+beat))).Text()
		assert.ErrorIs(t, err, ErrTruncated, "%q is no end", beat)
	}
}

func TestStream_BareChunkIsNotLost(t *testing.T) {
	text, err := stream(t, inMemory(t, "text/event-stream",
		whole("{\"type\":\"text-delta\",\"id\":\"1\",\"delta\":\"x\"}\n"+finishEvent))).Text()
	require.NoError(t, err)
	assert.Equal(t, "x", text)
}

func TestStream_FinishReason(t *testing.T) {
	for _, test := range []struct {
		reasons []FinishReason
		want    FinishReason
	}{
		{nil, ""}, {[]FinishReason{""}, ""}, {[]FinishReason{FinishReasonStop}, FinishReasonStop},
		{[]FinishReason{FinishReasonLength}, FinishReasonLength},
		{[]FinishReason{FinishReasonContentFilter}, FinishReasonContentFilter},
		{[]FinishReason{FinishReasonToolCalls, FinishReasonStop}, FinishReasonStop},
		{[]FinishReason{FinishReasonLength, FinishReasonStop}, FinishReasonLength},
		{[]FinishReason{FinishReasonStop, FinishReasonError, FinishReasonLength}, FinishReasonError},
		{[]FinishReason{"later"}, "later"},
	} {
		body := event(`{"type":"start"}`)
		for _, reason := range test.reasons {
			raw, err := FinishChunk{FinishReason: reason}.MarshalJSON()
			require.NoError(t, err)
			body += event(string(raw))
		}
		s := stream(t, inMemory(t, "text/event-stream", whole(body+doneEvent)))
		assert.Empty(t, s.FinishReason(), "before anything was read")
		_, err := s.Text()
		require.NoError(t, err)
		assert.Equal(t, test.want, s.FinishReason(), test.reasons)
	}
}

// net/http reuses a connection only if the body was read to its end, so the rest of a whole answer is read even if the
// caller leaves at its last chunk. The rest of another answer may be long.
func TestStream_LeftAtTheEndIsReadToItsEnd(t *testing.T) {
	for last, left := range map[string]int{"FinishChunk": 0, "StartChunk": len(doneEvent)} {
		synctest.Test(t, func(t *testing.T) {
			rest := strings.NewReader(doneEvent)
			body := io.MultiReader(strings.NewReader(strings.TrimSuffix(hello, doneEvent)), rest)
			client := inMemory(t, "text/event-stream", func(*http.Request) io.ReadCloser { return io.NopCloser(body) })
			s := stream(t, client)
			for chunk, err := range s.Chunks() {
				require.NoError(t, err)
				if fmt.Sprintf("%T", chunk) == "*siteassist."+last {
					break
				}
			}
			synctest.Wait()
			assert.Equal(t, left, rest.Len())
		})
	}
}

func TestStream_EventTooLarge(t *testing.T) {
	event := "data: {\"type\":\"file\",\"url\":\"" + strings.Repeat("x", 4<<20) + "\"}\n\n"
	_, err := types(stream(t, inMemory(t, "text/event-stream", whole(event+hello))))
	assert.ErrorIs(t, err, ErrResponseTooLarge)
	assert.NotErrorIs(t, err, ErrTruncated)

	got, err := types(
		stream(t, inMemory(t, "text/event-stream", whole(event+hello), func(c *Config) { c.MaxEventSize = 5 << 20 })),
	)
	assert.NoError(t, err)
	assert.Equal(t, "FileChunk", got[0])
}

// FuzzStream sends arbitrary bytes. A stream without an error must have seen the end of the answer. It must be the same
// however its bytes are split.
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
