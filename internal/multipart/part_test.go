package multipart

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley"
)

func TestBody_NamesAreEscaped(t *testing.T) {
	for name, want := range map[string]string{
		`a"b.ogg`:                 `a"b.ogg`,
		"a\r\nX-Evil: 1\r\n\r\nb": "a%0D%0AX-Evil: 1%0D%0A%0D%0Ab",
		"nul\x00.ogg":             "nul%00.ogg",
		"del\x7f~ .ogg":           "del%7F~ .ogg",
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
	for _, kind := range []string{"a/b\r\nX: 1", "a/b\x1f", "a/b\x7f"} {
		_, err = New(Part{Field: "f", ContentType: kind})
		require.ErrorIs(t, err, parley.ErrInvalidArgument, "%q", kind)
	}
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

func TestBody_PipeIsAPlainReader(t *testing.T) {
	r, w, err := os.Pipe() // it has Seek, which fails
	require.NoError(t, err)
	defer r.Close()
	_, _ = w.WriteString("abc")
	require.NoError(t, w.Close())
	b, err := New(Part{Field: "f", Content: r})
	require.NoError(t, err)
	assert.EqualValues(t, -1, b.Length())
	assert.Equal(t, "abc", decode(t, b.ContentType(), strings.NewReader(pass(t, b)))[0].body)
}

// A reader that is known not to block is read without a goroutine.
func TestMayBlock(t *testing.T) {
	name := filepath.Join(t.TempDir(), "f")
	require.NoError(t, os.WriteFile(name, []byte("a"), 0o600))
	regular, err := os.Open(name)
	require.NoError(t, err)
	pipe, writer, err := os.Pipe()
	require.NoError(t, err)
	for _, content := range []io.Reader{regular, strings.NewReader(""), bytes.NewReader(nil), new(bytes.Buffer)} {
		assert.False(t, mayBlock(content), "%T", content)
	}
	for _, content := range []io.Reader{pipe, seekable{pipe, 1}, plain{regular}, (*os.File)(nil)} {
		assert.True(t, mayBlock(content), "%T", content)
	}
	for _, f := range []*os.File{regular, pipe, writer} {
		require.NoError(t, f.Close())
	}
	assert.True(t, mayBlock(regular), "a file that was closed")
}

// unquoted returns the field name that a reader of the form gets.
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
