package multipart

import (
	"bytes"
	"context"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
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
		Part{
			Field: "file", FileName: "/home/somebody/a.ogg", ContentType: "audio/ogg",
			Content: strings.NewReader("OggS..."),
		},
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

func boundaryOf(t testing.TB, b *Body) string {
	_, params, err := mime.ParseMediaType(b.ContentType())
	require.NoError(t, err)
	return params["boundary"]
}

func TestBody_MatchesTheStandardWriterByteForByte(t *testing.T) {
	b, err := New(Part{Field: "file", FileName: "a.bin", Content: strings.NewReader("abc")},
		Part{Field: "n", Text: []byte("v")})
	require.NoError(t, err)
	var want bytes.Buffer
	w := multipart.NewWriter(&want)
	require.NoError(t, w.SetBoundary(boundaryOf(t, b)))
	f, err := w.CreateFormFile("file", "a.bin")
	require.NoError(t, err)
	_, _ = f.Write([]byte("abc"))
	require.NoError(t, w.WriteField("n", "v"))
	require.NoError(t, w.Close())
	assert.Equal(t, want.String(), pass(t, b))
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

	r, err := b.Open(t.Context()) // an attempt that read no byte
	require.NoError(t, err)
	require.NoError(t, r.Close())
	require.NoError(t, r.Close())
	assert.True(t, b.Replayable())

	r, err = b.Open(t.Context()) // an attempt that read only framing
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

func TestBody_LimitOfAKnownSize(t *testing.T) {
	r := strings.NewReader("12345")
	_, err := New(Part{Field: "f", Content: r, Limit: 4, Argument: "Audio.Content"})
	require.ErrorIs(t, err, parley.ErrInvalidArgument)
	assert.EqualError(t, err, "invalid argument: Audio.Content is larger than 4 bytes")
	assert.Equal(t, 5, r.Len(), "the reader stands where it stood")
	_, err = New(Part{Field: "f", Content: r, Limit: 5})
	require.NoError(t, err)
}

// shrinking reports a larger size than it has.
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

// slow blocks in Read until it is released.
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

func TestNewFile_IsTheFileAlone(t *testing.T) {
	middle := strings.NewReader("xxabc")
	_, err := middle.Seek(2, io.SeekStart)
	require.NoError(t, err)
	for name, c := range map[string]struct {
		content io.Reader
		text    string
		length  int64
	}{
		"seeker":          {strings.NewReader("abc"), "abc", 3},
		"from the middle": {middle, "abc", 3},
		"plain reader":    {plain{strings.NewReader("abc")}, "abc", -1},
		"empty reader":    {plain{strings.NewReader("")}, "", -1},
	} {
		b, err := NewFile(Part{Content: c.content, ContentType: "image/png"})
		require.NoError(t, err)
		assert.Equal(t, "image/png", b.ContentType(), name)
		assert.Equal(t, c.length, b.Length(), name)
		assert.True(t, b.Replayable(), name)
		assert.Equal(t, c.text, pass(t, b), name)
		assert.Equal(t, c.length >= 0, b.Replayable(), name)
		b.Release()
	}
}

// net/http sends Content-Length: 0 only for http.NoBody.
func TestNewFile_Empty(t *testing.T) {
	b, err := NewFile(Part{Content: strings.NewReader("")})
	require.NoError(t, err)
	assert.Empty(t, b.ContentType())
	for range 2 {
		body, err := b.Open(t.Context())
		require.NoError(t, err)
		assert.Equal(t, http.NoBody, body)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = b.Open(ended)
	require.ErrorIs(t, err, context.Canceled)
	b.Release()
}

func TestNewFile_Limit(t *testing.T) {
	_, err := NewFile(Part{Content: strings.NewReader("abcd"), Limit: 3, Argument: "Content"})
	require.EqualError(t, err, "invalid argument: Content is larger than 3 bytes")
}
