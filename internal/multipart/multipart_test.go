package multipart

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/seed-127a5941/parley"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// plain hides every method but Read.
type plain struct{ io.Reader }

type decoded struct{ field, file, kind, body string }

// decode is the oracle: the standard library's reader of the format.
func decode(t testing.TB, contentType string, body io.Reader) []decoded {
	t.Helper()
	kind, params, err := mime.ParseMediaType(contentType)
	require.NoError(t, err)
	require.Equal(t, "multipart/form-data", kind)
	var all []decoded
	parts := multipart.NewReader(body, params["boundary"])
	for {
		part, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			return all
		}
		require.NoError(t, err)
		text, err := io.ReadAll(part)
		require.NoError(t, err)
		all = append(all, decoded{part.FormName(), part.FileName(), part.Header.Get("Content-Type"), string(text)})
	}
}

func pass(t testing.TB, b *Body) string {
	t.Helper()
	r, err := b.Open(t.Context())
	require.NoError(t, err)
	text, err := io.ReadAll(r)
	require.NoError(t, err)
	require.NoError(t, r.Close())
	return string(text)
}

func TestBody_IsWhatTheStandardLibraryReads(t *testing.T) {
	b, err := New(
		Part{Field: "file", FileName: "/home/somebody/a.ogg", ContentType: "audio/ogg", Content: strings.NewReader("OggS...")},
		Part{Field: "json", ContentType: "application/json", Text: []byte(`{"text":"ä"}`)},
		Part{Field: "empty"},
		Part{Field: "more", Content: strings.NewReader("")},
	)
	require.NoError(t, err)
	text := pass(t, b)
	assert.EqualValues(t, len(text), b.Length())
	assert.Equal(t, []decoded{
		{"file", "a.ogg", "audio/ogg", "OggS..."},
		{"json", "", "application/json", `{"text":"ä"}`},
		{"empty", "", "", ""},
		{"more", "file", "application/octet-stream", ""},
	}, decode(t, b.ContentType(), strings.NewReader(text)))
}

func TestBody_MatchesTheStandardWriterByteForByte(t *testing.T) {
	b, err := New(Part{Field: "file", FileName: "a.bin", Content: strings.NewReader("abc")}, Part{Field: "n", Text: []byte("v")})
	require.NoError(t, err)
	var want bytes.Buffer
	w := multipart.NewWriter(&want)
	require.NoError(t, w.SetBoundary(b.boundary))
	f, err := w.CreateFormFile("file", "a.bin")
	require.NoError(t, err)
	_, _ = f.Write([]byte("abc"))
	require.NoError(t, w.WriteField("n", "v"))
	require.NoError(t, w.Close())
	assert.Equal(t, want.String(), pass(t, b))
}

func TestBody_NamesAreEscaped(t *testing.T) {
	for name, want := range map[string]string{
		`a"b.ogg`:                 `a"b.ogg`,
		"a\r\nX-Evil: 1\r\n\r\nb": "a%0D%0AX-Evil: 1%0D%0A%0D%0Ab",
		"nul\x00.ogg":             "nul%00.ogg",
		`..\..\windows\call.wav`:  "call.wav",
		"../../etc/call.wav":      "call.wav",
		"日本語; filename=\"x\".ogg": "日本語; filename=\"x\".ogg",
		"bad\xffutf8":             "bad\uFFFDutf8",
		"--parley":                "--parley",
		"ends in a directory/":    "file",
	} {
		b, err := New(Part{Field: "f", FileName: name, Content: strings.NewReader("x")})
		require.NoError(t, err)
		got := decode(t, b.ContentType(), strings.NewReader(pass(t, b)))
		assert.Equal(t, []decoded{{"f", want, "application/octet-stream", "x"}}, got)
	}
}

func TestNew_RefusesBadParts(t *testing.T) {
	_, err := New(Part{})
	require.ErrorIs(t, err, parley.ErrInvalidArgument)
	_, err = New(Part{Field: "f", ContentType: "a/b\r\nX: 1"})
	require.ErrorIs(t, err, parley.ErrInvalidArgument)
}

func TestBody_SeekerIsSentFromWhereItStood(t *testing.T) {
	r := strings.NewReader("skipped|sent")
	_, _ = r.Seek(8, io.SeekStart)
	b, err := New(Part{Field: "f", Content: r})
	require.NoError(t, err)
	for range 3 {
		assert.True(t, b.Replayable())
		assert.Equal(t, "sent", decode(t, b.ContentType(), strings.NewReader(pass(t, b)))[0].body)
	}
	require.NoError(t, b.Err())
}

func TestBody_FileOnDisk(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.bin")
	require.NoError(t, os.WriteFile(path, bytes.Repeat([]byte("x"), 100_000), 0o600))
	f, err := os.Open(path)
	require.NoError(t, err)
	defer f.Close()
	b, err := New(Part{Field: "f", Content: f})
	require.NoError(t, err)
	assert.Equal(t, pass(t, b), pass(t, b))
	assert.Greater(t, b.Length(), int64(100_000))
}

func TestBody_PlainReaderIsSentOnce(t *testing.T) {
	b, err := New(Part{Field: "f", Content: plain{strings.NewReader("abc")}})
	require.NoError(t, err)
	assert.EqualValues(t, -1, b.Length())

	r, err := b.Open(t.Context()) // an attempt that never read
	require.NoError(t, err)
	require.NoError(t, r.Close())
	require.NoError(t, r.Close())
	assert.True(t, b.Replayable())

	r, err = b.Open(t.Context()) // one that read only framing
	require.NoError(t, err)
	_, err = r.Read(make([]byte, 4))
	require.NoError(t, err)
	require.NoError(t, r.Close())
	assert.True(t, b.Replayable())

	assert.Equal(t, "abc", decode(t, b.ContentType(), strings.NewReader(pass(t, b)))[0].body)
	assert.False(t, b.Replayable())
	_, err = b.Open(t.Context())
	require.ErrorIs(t, err, errSpent)
}

func TestBody_PipeIsAPlainReader(t *testing.T) {
	r, w, err := os.Pipe() // has Seek, and it fails
	require.NoError(t, err)
	defer r.Close()
	_, _ = w.WriteString("abc")
	require.NoError(t, w.Close())
	b, err := New(Part{Field: "f", Content: r})
	require.NoError(t, err)
	assert.EqualValues(t, -1, b.Length())
	assert.Equal(t, "abc", decode(t, b.ContentType(), strings.NewReader(pass(t, b)))[0].body)
}

func TestBody_LimitOfAKnownSize(t *testing.T) {
	r := strings.NewReader("12345")
	_, err := New(Part{Field: "f", Content: r, Limit: 4, Argument: "Audio.Content"})
	require.ErrorIs(t, err, parley.ErrInvalidArgument)
	assert.EqualError(t, err, "invalid argument: Audio.Content is larger than 4 bytes")
	assert.Equal(t, 5, r.Len(), "the reader stands where it stood")
	_, err = New(Part{Field: "f", Content: r, Limit: 5})
	require.NoError(t, err)
}

func TestBody_LimitWhileStreaming(t *testing.T) {
	for size, want := range map[int]error{0: nil, 4: nil, 5: parley.ErrInvalidArgument, 100_000: parley.ErrInvalidArgument} {
		source := bytes.NewReader(make([]byte, size))
		for _, content := range []io.Reader{plain{source}, plain{iotest.DataErrReader(source)}, plain{iotest.OneByteReader(source)}} {
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

// shrinking claims more than it has.
type shrinking struct{ *strings.Reader }

func (s shrinking) Seek(offset int64, whence int) (int64, error) {
	n, err := s.Reader.Seek(offset, whence)
	if whence == io.SeekEnd {
		n += 3
	}
	return n, err
}

func TestBody_ShrunkFileIsAnError(t *testing.T) {
	b, err := New(Part{Field: "f", Content: shrinking{strings.NewReader("abc")}})
	require.NoError(t, err)
	r, err := b.Open(t.Context())
	require.NoError(t, err)
	_, err = io.ReadAll(r)
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	require.ErrorIs(t, b.Err(), io.ErrUnexpectedEOF)
	require.NoError(t, r.Close())
}

type unseekable struct {
	*strings.Reader
	whence int
}

func (u *unseekable) Seek(offset int64, whence int) (int64, error) {
	if whence == u.whence {
		return 0, errors.New("cannot seek")
	}
	return u.Reader.Seek(offset, whence)
}

func TestBody_SeekErrors(t *testing.T) {
	b, err := New(Part{Field: "f", Content: &unseekable{strings.NewReader("abc"), io.SeekEnd}})
	require.NoError(t, err)
	assert.EqualValues(t, -1, b.Length())
	b, err = New(Part{Field: "f", Content: &unseekable{strings.NewReader("abc"), io.SeekStart}})
	require.NoError(t, err)
	_, err = b.Open(t.Context())
	require.EqualError(t, err, "cannot seek")
	_, err = b.Open(t.Context())
	require.EqualError(t, err, "cannot seek", "a failed Open does not keep the place")
}

func TestOpen_WaitsForTheFormerBody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, err := New(Part{Field: "f", Content: strings.NewReader("abc")})
		require.NoError(t, err)
		former, err := b.Open(t.Context())
		require.NoError(t, err)

		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		start := time.Now()
		_, err = b.Open(ctx)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		assert.Equal(t, 50*time.Millisecond, time.Since(start))
		_, err = b.Open(ctx)
		require.ErrorIs(t, err, context.DeadlineExceeded)

		time.AfterFunc(time.Second, func() { _ = former.Close() })
		assert.Equal(t, "abc", decode(t, b.ContentType(), strings.NewReader(pass(t, b)))[0].body)
		assert.Equal(t, time.Second+50*time.Millisecond, time.Since(start))
		_, err = former.Read(make([]byte, 1))
		require.ErrorIs(t, err, errClosed)
	})
}

// slow is in Read until it is let go.
type slow struct {
	*strings.Reader
	entered, leave chan struct{}
}

func (s slow) Read(p []byte) (int, error) {
	s.entered <- struct{}{}
	<-s.leave
	return s.Reader.Read(p)
}

func TestOpen_WaitsForAReadThatOutlivesClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		content := slow{strings.NewReader("abc"), make(chan struct{}), make(chan struct{})}
		b, err := New(Part{Field: "f", Content: content})
		require.NoError(t, err)
		former, err := b.Open(t.Context())
		require.NoError(t, err)
		go func() { _, _ = io.ReadAll(former) }()
		<-content.entered
		require.NoError(t, former.Close())

		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err = b.Open(ctx)
		require.ErrorIs(t, err, context.DeadlineExceeded, "net/http is still in Read")

		start := time.Now()
		b.Release()
		assert.Equal(t, releaseWait, time.Since(start), "a Read that hangs is not waited for")
		content.leave <- struct{}{}
		_, err = b.Open(t.Context())
		require.ErrorIs(t, err, errClosed)
	})
}

func TestRelease_EndsTheReading(t *testing.T) {
	b, err := New(Part{Field: "f", Content: strings.NewReader("abc")})
	require.NoError(t, err)
	r, err := b.Open(t.Context())
	require.NoError(t, err)
	b.Release()
	_, err = r.Read(make([]byte, 9))
	require.ErrorIs(t, err, errClosed)
	b.Release()
	_, err = b.Open(t.Context())
	require.ErrorIs(t, err, errClosed)
}

func FuzzBody(f *testing.F) {
	f.Add("file", "a.ogg", []byte("OggS"), "json", []byte("{}"), true, 7)
	f.Add("a\"b", "\r\n--", []byte("\r\n--parley"), "\\", []byte("\r\n"), false, 1)
	f.Fuzz(func(t *testing.T, field, name string, content []byte, second string, text []byte, seekable bool, step int) {
		var source io.Reader = bytes.NewReader(content)
		if !seekable {
			source = plain{source}
		}
		b, err := New(Part{Field: field, FileName: name, Content: source}, Part{Field: second, Text: text})
		if field == "" || second == "" {
			require.ErrorIs(t, err, parley.ErrInvalidArgument)
			return
		}
		require.NoError(t, err)
		r, err := b.Open(t.Context())
		require.NoError(t, err)
		var whole bytes.Buffer
		_, err = io.CopyBuffer(struct{ io.Writer }{&whole}, r, make([]byte, 1+uint(step)%5000))
		require.NoError(t, err)
		require.NoError(t, r.Close())
		if seekable {
			require.EqualValues(t, whole.Len(), b.Length())
		}
		got := decode(t, b.ContentType(), &whole)
		require.Len(t, got, 2)
		require.Equal(t, string(content), got[0].body)
		require.Equal(t, string(text), got[1].body)
		require.Equal(t, unquoted(second), got[1].field)
	})
}

// unquoted is what a reader of the form sees of a field name.
func unquoted(name string) string {
	var b strings.Builder
	for _, r := range name {
		if isControl(r) {
			fmt.Fprintf(&b, "%%%02X", r)
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}
