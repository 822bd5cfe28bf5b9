package bench

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// who calls f for every subject of every format of the work, floors included.
func who(t *testing.T, work Work, f func(t *testing.T, format *Format, subject Subject)) {
	for i := range work.Formats {
		format := &work.Formats[i]
		for _, subject := range append([]Subject{format.Floor}, format.Subjects...) {
			t.Run(format.Name+"/"+subject.Name, func(t *testing.T) { f(t, format, subject) })
		}
	}
}

// TestWorks_SameValues verifies that all subjects decode the same values, in memory and on loopback, and keep one
// connection.
func TestWorks_SameValues(t *testing.T) {
	for _, work := range Works() {
		t.Run(work.Name, func(t *testing.T) {
			who(t, work, func(t *testing.T, format *Format, subject Subject) {
				if work.Memory {
					use(t, format.target(true), format, subject)
				}
				if work.Loopback {
					assert.True(t, keepsOneConnection(t, format, subject), "connections")
				}
			})
		})
	}
}

// keepsOneConnection uses the subject on loopback up to three times, because net/http gives a connection up if its
// writing goroutine is not scheduled for 50 ms.
func keepsOneConnection(t *testing.T, format *Format, subject Subject) bool {
	t.Helper()
	for range 3 {
		target := format.target(false)
		use(t, target, format, subject)
		if target.Seen.Connections.Load() == 1 {
			return true
		}
	}
	return false
}

// use does the work three times at the target.
func use(t *testing.T, target *Target, format *Format, subject Subject) {
	t.Helper()
	defer target.Close()
	run, err := subject.Open(target)
	require.NoError(t, err)
	for range 3 {
		got, err := run(t.Context())
		require.NoError(t, err)
		require.Equal(t, format.Want, got)
	}
}

// sent does the work once and returns its last request with the body.
func sent(t *testing.T, format *Format, subject Subject) (request *http.Request, body []byte) {
	t.Helper()
	target := Memory(format.Site())
	target.Seen.Keep = func(r *http.Request, b []byte) { request, body = r, b }
	run, err := subject.Open(target)
	require.NoError(t, err)
	_, err = run(t.Context())
	require.NoError(t, err)
	return request, body
}

// TestSend_SameBytes verifies that all subjects send the bytes of their floor, 222 of them, and get 704. No site
// compresses, even if it is asked to.
func TestSend_SameBytes(t *testing.T) {
	who(t, sendWork(), func(t *testing.T, format *Format, subject Subject) {
		r, body := sent(t, format, subject)
		floor, want := sent(t, format, format.Floor)
		assert.Equal(t, floor.Method, r.Method)
		assert.Equal(t, floor.URL.Path, r.URL.Path)
		body = bytes.TrimSuffix(body, []byte("\n")) // of json.Encoder
		assert.Len(t, body, sendOut)
		assert.Len(t, format.Site()(r, 0).Body, sendBack)
		assert.Equal(t, fields(t, want), fields(t, body))
	})
}

// fields decodes JSON or a form.
func fields(t *testing.T, body []byte) (out map[string]any) {
	t.Helper()
	if body[0] == '{' {
		require.NoError(t, json.Unmarshal(body, &out))
		return out
	}
	values, err := url.ParseQuery(string(body))
	require.NoError(t, err)
	out = map[string]any{}
	for name := range values {
		out[name] = values.Get(name)
	}
	return out
}

// TestUpload_SameForm verifies that all subjects send the same parts as their floor, or the file alone if it does.
func TestUpload_SameForm(t *testing.T) {
	who(t, uploadWork(), func(t *testing.T, format *Format, subject Subject) {
		r, body := sent(t, format, subject)
		floor, want := sent(t, format, format.Floor)
		assert.Equal(t, floor.Method, r.Method)
		assert.Equal(t, floor.URL.String(), r.URL.String())
		got, isForm := parts(t, r, body)
		wanted, mustBeForm := parts(t, floor, want)
		require.Equal(t, mustBeForm, isForm)
		assert.True(t, slices.EqualFunc(wanted, got, func(a, b part) bool {
			return a.field == b.field && a.file == b.file && bytes.Equal(a.content, b.content)
		}))
	})
}

// part is a part of a form, or a whole body.
type part struct {
	field, file string
	content     []byte
}

// parts reads a form. If the body is none, it is the only part.
func parts(t *testing.T, r *http.Request, body []byte) (all []part, isForm bool) {
	t.Helper()
	kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	require.NoError(t, err)
	if kind != "multipart/form-data" {
		return []part{{content: body}}, false
	}
	for form := multipart.NewReader(bytes.NewReader(body), params["boundary"]); ; {
		p, err := form.NextPart()
		if errors.Is(err, io.EOF) {
			return all, true
		}
		require.NoError(t, err)
		content, err := io.ReadAll(p)
		require.NoError(t, err)
		all = append(all, part{p.FormName(), p.FileName(), content})
	}
}

// TestSocket_SameFrames verifies that all subjects send the same frame.
func TestSocket_SameFrames(t *testing.T) {
	var frames []map[string]any
	who(t, socketWork(), func(t *testing.T, format *Format, subject Subject) {
		target := format.target(false)
		defer target.Close()
		target.Seen.Keep = func(_ *http.Request, body []byte) {
			assert.Len(t, body, frameSize)
			frames = append(frames, fields(t, body))
		}
		run, err := subject.Open(target)
		require.NoError(t, err)
		_, err = run(t.Context())
		require.NoError(t, err)
	})
	for _, frame := range frames {
		assert.Equal(t, frames[0], frame)
	}
	assert.Len(t, frames, 4)
}

// BenchmarkWorks is for profiles. cmd/compare makes the tables.
func BenchmarkWorks(b *testing.B) {
	for _, work := range Works() {
		for i := range work.Formats {
			format := &work.Formats[i]
			for _, subject := range append([]Subject{format.Floor}, format.Subjects...) {
				name := work.Name + "/" + format.Name + "/" + strings.ReplaceAll(subject.Name, "/", "-")
				if work.Memory {
					b.Run("memory/"+name, func(b *testing.B) { repeat(b, format.target(true), format, subject) })
				}
				if work.Loopback {
					b.Run("loopback/"+name, func(b *testing.B) { repeat(b, format.target(false), format, subject) })
				}
			}
		}
	}
}

func repeat(b *testing.B, target *Target, format *Format, subject Subject) {
	defer target.Close()
	run, err := subject.Open(target)
	require.NoError(b, err)
	b.ReportAllocs()
	for b.Loop() {
		if got, err := run(b.Context()); err != nil || got != format.Want {
			b.Fatal(got, err)
		}
	}
}
