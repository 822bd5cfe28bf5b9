package multipart

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// microphone blocks once it has said all.
func microphone(said string) (io.Reader, func()) {
	r, w := io.Pipe()
	go func() { _, _ = io.WriteString(w, said) }()
	return r, func() { _ = w.Close() }
}

func TestRead_CtxEndsOneThatBlocks(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		content, stop := microphone("abc")
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

func TestReadHead(t *testing.T) {
	head := make([]byte, 4)
	for text, want := range map[string]string{"": "", "abc": "abc", "abcd": "abcd", "abcdef": "abcd"} {
		for _, content := range []io.Reader{strings.NewReader(text), plain{iotest.OneByteReader(strings.NewReader(text))}} {
			n, err := ReadHead(t.Context(), content, head)
			require.NoError(t, err)
			assert.Equal(t, want, string(head[:n]))
			rest, err := io.ReadAll(content)
			require.NoError(t, err)
			assert.Equal(t, text, want+string(rest))
		}
	}
	_, err := ReadHead(t.Context(), iotest.ErrReader(io.ErrNoProgress), head)
	require.ErrorIs(t, err, io.ErrNoProgress)
}

func TestReadHead_CtxEndsIt(t *testing.T) {
	pipe, writer, err := os.Pipe() // an io.Seeker that cannot seek
	require.NoError(t, err)
	defer pipe.Close()
	silent, stop := microphone("ab")
	for _, content := range []io.Reader{pipe, silent} {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		_, err = ReadHead(ctx, content, make([]byte, 4))
		require.ErrorIs(t, err, context.DeadlineExceeded)
		cancel()
	}
	stop()
	require.NoError(t, writer.Close())
}

func TestReadHead_WaitsABitForAReadThatIsSlow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		content := slow{strings.NewReader("abcd"), make(chan struct{}, 1), make(chan struct{})}
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		time.AfterFunc(time.Second+releaseWait/2, func() { close(content.leave) })
		start := time.Now()
		_, err := ReadHead(ctx, plain{content}, make([]byte, 4))
		require.ErrorIs(t, err, context.Canceled)
		assert.Equal(t, time.Second+releaseWait/2, time.Since(start))
	})
}
