package siteassist

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// silent is a body without bytes that blocks until it is closed.
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

// paced is a body that returns a part after each pause.
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
		client := inMemory(t, "text/event-stream",
			func(*http.Request) io.ReadCloser { return &paced{parts[:9], 59 * time.Second} },
			func(c *Config) { c.Timeout = 2 * time.Second })
		s, start := stream(t, client), time.Now()
		for chunk, err := range s.Chunks() {
			require.NoError(t, err)
			if _, ok := chunk.(*StartChunk); ok {
				time.Sleep(10 * time.Minute) // the caller is slow, not the server
			}
		}
		assert.Greater(t, time.Since(start), 17*time.Minute)
	})
}

func TestStream_NoIdleTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		parts := strings.SplitAfter(hello, "\n\n")
		client := inMemory(t, "text/event-stream",
			func(*http.Request) io.ReadCloser { return &paced{parts[:9], time.Hour} },
			func(c *Config) { c.StreamIdleTimeout = -1 })
		text, err := stream(t, client).Text()
		require.NoError(t, err)
		assert.Equal(t, helloText, text)
	})
}

// Events behind a finish chunk may come in parts, as all others.
func TestStream_NoIdleTimeoutBehindAFinishChunk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		first := strings.TrimSuffix(hello, "data: [DONE]\n\n")
		begin, rest, _ := strings.Cut(first, `"start"`)
		parts := []string{first, begin, `"start"` + rest, "data: [DONE]\n\n"}
		client := inMemory(t, "text/event-stream",
			func(*http.Request) io.ReadCloser { return &paced{parts, time.Second} },
			func(c *Config) { c.StreamIdleTimeout = -1 })
		text, err := stream(t, client).Text()
		require.NoError(t, err)
		assert.Equal(t, helloText+helloText, text)
	})
}

func TestStream_ConnectionKeptOpenDelaysNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for name, test := range map[string]struct {
			body string
			want time.Duration
		}{
			"finish": {strings.TrimSuffix(hello, "data: [DONE]\n\n"), finishWait}, "both": {hello, handBackTime},
			"done": {strings.Replace(hello, `data: {"type":"finish","finishReason":"stop"}`, ":", 1), handBackTime},
		} {
			for _, idle := range []time.Duration{0, -1, time.Hour, finishWait} {
				body := newSilent(test.body)
				client := inMemory(t, "text/event-stream", func(*http.Request) io.ReadCloser { return body },
					func(c *Config) { c.StreamIdleTimeout = idle })
				start := time.Now()
				text, err := stream(t, client).Text()
				require.NoError(t, err, name)
				assert.Equal(t, helloText, text)
				assert.Equal(t, test.want, time.Since(start), name)
				<-body.closed
				assert.LessOrEqual(t, time.Since(start), max(test.want, drainTime),
					"no goroutine is left with the body")
			}
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

func TestStream_CloseWhileReading(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := stream(t, inMemory(t, "text/event-stream",
			func(*http.Request) io.ReadCloser { return newSilent("data: {\"type\":\"start\"}\n\n") }))
		time.AfterFunc(time.Second, func() { _ = s.Close() })
		got, err := types(s)
		assert.Equal(t, []string{"StartChunk"}, got)
		assert.ErrorIs(t, err, ErrClosed)
	})
}

// script is a body of parts, each of which comes after a pause. After the last part it is silent until it is closed.
type script struct {
	parts  []timed
	closed chan struct{}
	once   sync.Once
}

type timed struct {
	after time.Duration
	text  string
}

func newScript(parts ...timed) *script { return &script{parts: parts, closed: make(chan struct{})} }

func (b *script) Read(p []byte) (int, error) {
	var came <-chan time.Time
	if len(b.parts) > 0 {
		came = time.After(b.parts[0].after)
	}
	select {
	case <-b.closed:
		return 0, errors.New("read on closed body")
	case <-came:
		n := copy(p, b.parts[0].text)
		b.parts = b.parts[1:]
		return n, nil
	}
}

func (b *script) Close() error {
	b.once.Do(func() { close(b.closed) })
	return nil
}

func TestStream_WaitsBehindAFinishChunk(t *testing.T) {
	const second = time.Second
	more := event(`{"type":"start"}`) + event(`{"type":"text-delta","id":"2","delta":"more"}`)
	for name, test := range map[string]struct {
		parts []timed
		want  string
		err   error
		took  time.Duration
	}{
		"nothing comes": {nil, "", nil, 3 * second},
		"heartbeats prolong nothing": {
			[]timed{{second, ": ping\n\n"}, {second, "data:\n\n"}, {900 * time.Millisecond, event(`{"type":"ping"}`)}},
			"", nil, 3 * second,
		},
		"[DONE] comes late":     {[]timed{{2 * second, doneEvent}}, "", nil, 2*second + handBackTime},
		"another answer comes":  {[]timed{{2 * second, more}, {50 * second, finishEvent}}, "more", nil, 55 * second},
		"another answer stalls": {[]timed{{2 * second, more}}, "more", ErrTruncated, 62 * second},
		"half of an event comes": {
			[]timed{{2 * second, "data: {\"type\":"}, {50 * second, "\"start\"}\n\n"}, {second, doneEvent}}, "", nil,
			53*second + handBackTime,
		},
		"half of an event stalls": {[]timed{{2 * second, "data: {\"type\":"}}, "", ErrTruncated, 62 * second},
		"[DONE] without a blank":  {[]timed{{second, "data: [DONE]\n"}}, "", nil, 3 * second},
	} {
		synctest.Test(t, func(t *testing.T) {
			body := newScript(append([]timed{{0, finishEvent}}, test.parts...)...)
			client := inMemory(t, "text/event-stream", func(*http.Request) io.ReadCloser { return body })
			start := time.Now()
			text, err := stream(t, client).Text()
			assert.ErrorIs(t, err, test.err, name)
			assert.Equal(t, test.want, text, name)
			assert.Equal(t, test.took, time.Since(start), name)
			<-body.closed
		})
	}
}

func TestStream_SlowCallerMissesNothingBehindAFinishChunk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		body := newScript(timed{0, finishEvent}, timed{time.Second, event(`{"type":"start"}`)},
			timed{time.Second, finishEvent})
		client := inMemory(t, "text/event-stream", func(*http.Request) io.ReadCloser { return body })
		n := 0
		for _, err := range stream(t, client).Chunks() {
			require.NoError(t, err)
			n++
			time.Sleep(time.Minute)
		}
		assert.Equal(t, 3, n)
	})
}

func TestStream_CloseEndsTheLoop(t *testing.T) {
	for name, closeAt := range map[string]string{
		"in the middle": "*siteassist.TextStartChunk", "at the finish chunk": "*siteassist.FinishChunk",
	} {
		s := stream(t, inMemory(t, "text/event-stream", whole(hello)))
		var last string
		var failure error
		for chunk, err := range s.Chunks() {
			if failure = err; err != nil {
				continue
			}
			if last = fmt.Sprintf("%T", chunk); last == closeAt {
				require.NoError(t, s.Close())
			}
		}
		assert.Equal(t, closeAt, last, "%s: the chunks that had come already were yielded", name)
		assert.ErrorIs(t, failure, ErrClosed, name)
		assert.ErrorIs(t, failure, ErrTruncated, name)
	}
}

func TestStream_CloseWhileWaitingBehindAFinishChunk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := stream(t, inMemory(t, "text/event-stream",
			func(*http.Request) io.ReadCloser { return newScript(timed{0, finishEvent}) }))
		time.AfterFunc(time.Second, func() { _ = s.Close() })
		_, err := s.Text()
		assert.ErrorIs(t, err, ErrClosed)
	})
}

func TestStream_LeavingTheLoopTakesNoTime(t *testing.T) {
	for _, body := range []string{hello, strings.TrimSuffix(hello, doneEvent)} {
		for _, leaveAt := range []string{"*siteassist.TextDeltaChunk", "*siteassist.FinishChunk"} {
			synctest.Test(t, func(t *testing.T) {
				kept := newScript(timed{0, body})
				client := inMemory(t, "text/event-stream", func(*http.Request) io.ReadCloser { return kept })
				start := time.Now()
				for chunk, err := range stream(t, client).Chunks() {
					require.NoError(t, err)
					if fmt.Sprintf("%T", chunk) == leaveAt {
						break
					}
				}
				assert.LessOrEqual(t, time.Since(start), handBackTime)
				<-kept.closed
				assert.LessOrEqual(t, time.Since(start), drainTime)
			})
		}
	}
}

// A body that ends with the answer is read to its end at once.
func TestStream_EndOfTheBodyTakesNoTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client := inMemory(t, "text/event-stream", func(*http.Request) io.ReadCloser {
			return io.NopCloser(io.MultiReader(strings.NewReader(hello), strings.NewReader("\n")))
		})
		start := time.Now()
		_, err := stream(t, client).Text()
		require.NoError(t, err)
		assert.Zero(t, time.Since(start))
	})
}

func TestStream_BodyThatReadsNothingForEverEnds(t *testing.T) {
	client := inMemory(t, "text/event-stream", func(*http.Request) io.ReadCloser { return io.NopCloser(emptyReader{}) })
	_, err := stream(t, client).Text()
	assert.ErrorIs(t, err, ErrTruncated)
	assert.ErrorIs(t, err, io.ErrNoProgress)
}

type emptyReader struct{}

func (emptyReader) Read([]byte) (int, error) { return 0, nil }

// panickingEnd is a body of a custom transport that panics where it should end. It may also panic in Close.
type panickingEnd struct {
	io.Reader
	closePanics bool
	closed      chan struct{} // one element per Close
}

func (b *panickingEnd) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if errors.Is(err, io.EOF) {
		panic("the body's own")
	}
	return n, err
}

func (b *panickingEnd) Close() error {
	select {
	case b.closed <- struct{}{}:
	default:
	}
	if b.closePanics {
		panic("the body's own")
	}
	return nil
}

func TestStream_BodyThatPanicsBehindTheAnswer(t *testing.T) {
	for _, closePanics := range []bool{false, true} {
		body := &panickingEnd{strings.NewReader(hello), closePanics, make(chan struct{}, 1)}
		client := inMemory(t, "text/event-stream", func(*http.Request) io.ReadCloser { return body })
		text, err := stream(t, client).Text()
		require.NoError(t, err)
		assert.Equal(t, helloText, text)
		<-body.closed
	}
}
