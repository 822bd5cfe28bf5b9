package multipart

import (
	"context"
	"io"
	"os"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestReadHead(t *testing.T) {
	head := make([]byte, 4)
	for text, want := range map[string]string{"": "", "abc": "abc", "abcd": "abcd", "abcdef": "abcd"} {
		for _, content := range []io.Reader{
			strings.NewReader(text), plain{iotest.OneByteReader(strings.NewReader(text))},
		} {
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
	share, wake := microphone("ab")
	for _, content := range []io.Reader{pipe, silent, seekable{share, 100}} {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		n, err := ReadHead(ctx, content, make([]byte, 4))
		require.ErrorIs(t, err, context.DeadlineExceeded)
		assert.Zero(t, n, "head was not filled")
		cancel()
	}
	stop()
	wake()
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

func TestReadHead_PanicOfTheReaderIsAnError(t *testing.T) {
	_, err := ReadHead(t.Context(), panicking{}, make([]byte, 4))
	require.EqualError(t, err, "the reader panicked: the caller's own")
	for _, own := range []error{io.EOF, io.ErrUnexpectedEOF} {
		_, err = ReadHead(t.Context(), panickingWith{strings.NewReader("ab"), own}, make([]byte, 4))
		require.EqualError(t, err, "the reader panicked: "+own.Error())
		require.ErrorIs(t, err, own)
	}
}
