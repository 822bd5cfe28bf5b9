package multipart

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley"
)

// microphone returns a reader that blocks after it has returned said.
func microphone(said string) (io.Reader, func()) {
	r, w := io.Pipe()
	go func() { _, _ = io.WriteString(w, said) }()
	return r, func() { _ = w.Close() }
}

// seekable is a file on a share that may hang. It can seek, and its Read may block all the same.
type seekable struct {
	io.Reader
	size int64
}

func (s seekable) Seek(offset int64, whence int) (int64, error) {
	if whence == io.SeekEnd {
		return s.size, nil
	}
	return offset, nil
}

func TestRead_CtxEndsOneThatBlocks(t *testing.T) {
	for _, canSeek := range []bool{false, true} {
		ctxEndsARead(t, canSeek)
	}
}

func ctxEndsARead(t *testing.T, canSeek bool) {
	synctest.Test(t, func(t *testing.T) {
		content, stop := microphone("abc")
		if canSeek {
			content = seekable{content, 100}
		}
		b, err := New(Part{Field: "f", Content: content})
		require.NoError(t, err)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		r, err := b.Open(ctx)
		require.NoError(t, err)
		text, err := io.ReadAll(r)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		assert.True(t, strings.HasSuffix(string(text), "abc"))
		require.NoError(t, b.Err(), "the body is not to blame")
		_, err = r.Read(make([]byte, 1))
		require.ErrorIs(t, err, errClosed, "the Read that was left goes on")
		require.NoError(t, r.Close())

		start := time.Now()
		b.Release()
		assert.Equal(t, releaseWait, time.Since(start), "the caller's reader is still being read")
		stop()
	})
}

// Over HTTP/2, net/http closes the body during a Read. The next pass must not fill the memory from which that Read
// still takes its bytes. Only the race detector sees it.
func TestRead_TakesItsBytesBeforeTheNextPassBegins(t *testing.T) {
	var former sync.WaitGroup
	for range 100 {
		b, err := NewFile(Part{Field: "f", Content: seekable{strings.NewReader("abcd"), 4}})
		require.NoError(t, err)
		r, err := b.Open(t.Context())
		require.NoError(t, err)
		former.Go(func() { _, _ = r.Read(make([]byte, 2)) })
		for !b.segments[0].file.touched.Load() {
			runtime.Gosched()
		}
		require.NoError(t, r.Close())
		next, err := b.Open(t.Context())
		require.NoError(t, err)
		_, err = next.Read(make([]byte, 2))
		require.NoError(t, err)
		require.NoError(t, next.Close())
	}
	former.Wait()
}

func TestRead_CloseEndsOneThatBlocks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		content, stop := microphone("")
		defer stop()
		b, err := New(Part{Field: "f", Content: content})
		require.NoError(t, err)
		r, err := b.Open(t.Context())
		require.NoError(t, err)
		time.AfterFunc(time.Second, b.Release)
		_, err = io.ReadAll(r)
		require.ErrorIs(t, err, errClosed)
	})
}

// net/http returns from a call only once the body's Read has.
func TestBody_CallEndsWithItsContextThoughTheReaderBlocks(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
	}))
	defer server.Close()
	content, stop := microphone("abc")
	b, err := New(Part{Field: "f", Content: content})
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	body, err := b.Open(ctx)
	require.NoError(t, err)
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, server.URL, body)
	require.NoError(t, err)
	ended := make(chan error, 1)
	go func() {
		resp, err := server.Client().Do(req)
		if err == nil {
			_ = resp.Body.Close()
		}
		ended <- err
	}()
	select {
	case err = <-ended:
		require.ErrorIs(t, err, context.DeadlineExceeded)
	case <-time.After(10 * time.Second):
		assert.Fail(t, "the call hangs")
	}
	b.Release()
	stop()
}

func TestBody_ReaderErrorsAreKept(t *testing.T) {
	boom := errors.New("disk on fire")
	b, err := New(Part{Field: "f", Content: iotest.ErrReader(boom)})
	require.NoError(t, err)
	r, err := b.Open(t.Context())
	require.NoError(t, err)
	_, err = io.ReadAll(r)
	require.ErrorIs(t, err, boom)
	require.ErrorIs(t, b.Err(), boom)
	require.NoError(t, r.Close())
}

func TestBody_LimitWhileStreaming(t *testing.T) {
	for size, want := range map[int]error{
		0: nil, 4: nil, 5: parley.ErrInvalidArgument, 100_000: parley.ErrInvalidArgument,
	} {
		source := bytes.NewReader(make([]byte, size))
		for _, content := range []io.Reader{
			plain{source}, plain{iotest.DataErrReader(source)}, plain{iotest.OneByteReader(source)},
		} {
			_, _ = source.Seek(0, io.SeekStart)
			b, err := New(Part{Field: "f", Content: content, Limit: 4})
			require.NoError(t, err)
			r, err := b.Open(t.Context())
			require.NoError(t, err)
			_, err = io.ReadAll(r)
			require.ErrorIs(t, err, want)
			require.ErrorIs(t, b.Err(), want)
			require.NoError(t, r.Close())
		}
	}
}

type panicking struct{ io.Reader }

func (panicking) Read([]byte) (int, error) { panic("the caller's own") }

// The reading goroutine belongs to this package or to net/http, so no code of the user could recover the panic there.
func TestRead_PanicOfTheReaderIsAnError(t *testing.T) {
	for name, content := range map[string]io.Reader{
		"plain": panicking{},
		"seeker": struct {
			panicking
			io.Seeker
		}{Seeker: strings.NewReader("abc")},
	} {
		b, err := NewFile(Part{Content: content, Argument: "Content"})
		require.NoError(t, err)
		r, err := b.Open(t.Context())
		require.NoError(t, err)
		_, err = io.ReadAll(r)
		require.EqualError(t, err, "read Content: the reader panicked: the caller's own", name)
		require.Equal(t, err, b.Err())
		require.NoError(t, r.Close())
		b.Release()
	}
}

// panickingWith panics with an error after it has returned some bytes.
type panickingWith struct {
	content *strings.Reader
	err     error
}

func (p panickingWith) Read(b []byte) (int, error) {
	if p.content.Len() == 0 {
		panic(p.err)
	}
	return p.content.Read(b)
}

// If a panic whose value is io.EOF were taken for the end, half of the content would be sent as the whole.
func TestRead_TheErrorOfAPanicStaysMatchableAndIsNoEnd(t *testing.T) {
	for _, own := range []error{errors.New("own"), io.EOF, io.ErrUnexpectedEOF} {
		for name, part := range map[string]Part{
			"whole":   {Content: panickingWith{strings.NewReader("half"), own}, Argument: "Content"},
			"limited": {Content: panickingWith{strings.NewReader("half"), own}, Argument: "Content", Limit: 4},
		} {
			b, err := NewFile(part)
			require.NoError(t, err)
			r, err := b.Open(t.Context())
			require.NoError(t, err)
			_, err = io.ReadAll(r)
			require.EqualError(t, err, "read Content: the reader panicked: "+own.Error(), name)
			require.ErrorIs(t, err, own, name)
			require.Equal(t, err, b.Err())
			require.NoError(t, r.Close())
			b.Release()
		}
	}
}

// countless returns a count that no Read may return.
type countless int

func (c countless) Read([]byte) (int, error) { return int(c), nil }

// A count beyond the buffer would send bytes of an earlier Read, or panic on a goroutine of net/http.
func TestRead_ACountThatIsImpossibleIsAnError(t *testing.T) {
	for content, want := range map[countless]string{
		-1:            "the reader returned -1 bytes for a buffer of 4",
		5:             "the reader returned 5 bytes for a buffer of 4",
		2 * asyncSize: "the reader returned 65536 bytes for a buffer of 4",
	} {
		b, err := NewFile(Part{Content: content, Argument: "Content"})
		require.NoError(t, err)
		r, err := b.Open(t.Context())
		require.NoError(t, err)
		n, err := r.Read(make([]byte, 4))
		require.Zero(t, n)
		require.EqualError(t, err, "read Content: "+want)
		require.Equal(t, err, b.Err())
		require.NoError(t, r.Close())
		_, err = ReadHead(t.Context(), content, make([]byte, 4))
		require.EqualError(t, err, want)
	}
}

// leaving ends the goroutine that calls Read, as FailNow of a test does.
type leaving struct{}

func (leaving) Read([]byte) (int, error) { runtime.Goexit(); return 0, nil }

func TestRead_AReaderThatEndsItsGoroutineIsAnError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, err := NewFile(Part{Content: leaving{}, Argument: "Content"})
		require.NoError(t, err)
		r, err := b.Open(t.Context())
		require.NoError(t, err)
		_, err = r.Read(make([]byte, 4))
		require.ErrorIs(t, err, errAborted)
		require.Equal(t, err, b.Err())
		require.NoError(t, r.Close())
		b.Release()
		require.Empty(t, b.slot)
		_, err = ReadHead(context.Background(), leaving{}, make([]byte, 4))
		require.ErrorIs(t, err, errAborted)
	})
}

// io.Reader discourages a Read without bytes and without an error, and some readers give up after a few of them.
func TestRead_ReturnsBytesOrAnError(t *testing.T) {
	for _, file := range []string{"", "abc"} {
		b, err := New(Part{Field: "f", Content: strings.NewReader(file)}, Part{Field: "g", Text: []byte("text")})
		require.NoError(t, err)
		r, err := b.Open(t.Context())
		require.NoError(t, err)
		for p := make([]byte, 7); ; {
			n, err := r.Read(p)
			if err != nil {
				assert.Equal(t, io.EOF, err)
				break
			}
			require.Positive(t, n)
		}
		require.NoError(t, r.Close())
		n, err := r.Read(make([]byte, 7))
		assert.Error(t, err, "after Close")
		assert.Zero(t, n)
	}
}

// growing is a file that grows after its size was asked for.
type growing struct{ *strings.Reader }

func (g growing) Seek(offset int64, whence int) (int64, error) {
	n, err := g.Reader.Seek(offset, whence)
	if whence == io.SeekEnd {
		n -= 1000
	}
	return n, err
}

// The announced length holds, so that what was added is not sent.
func TestBody_AGrownFileIsSentAsItWas(t *testing.T) {
	file := growing{strings.NewReader(strings.Repeat("a", 1000) + strings.Repeat("b", 1000))}
	b, err := New(Part{Field: "f", Content: file})
	require.NoError(t, err)
	for _, size := range []int{1, 600, 999, 1000, 4096} {
		r, err := b.Open(t.Context())
		require.NoError(t, err)
		var sent bytes.Buffer
		_, err = io.CopyBuffer(struct{ io.Writer }{&sent}, r, make([]byte, size))
		require.NoError(t, err)
		require.NoError(t, r.Close())
		assert.EqualValues(t, b.Length(), sent.Len())
		assert.NotContains(t, sent.String(), "bbb")
	}
}
