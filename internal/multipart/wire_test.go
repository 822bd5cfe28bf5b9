package multipart

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// post sends one attempt, as the transport does.
func post(t *testing.T, client *http.Client, url string, b *Body) (int, error) {
	t.Helper()
	content, err := b.Open(t.Context())
	require.NoError(t, err)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, content)
	require.NoError(t, err)
	req.ContentLength = b.Length()
	req.Header.Set("Content-Type", b.ContentType())
	resp, err := client.Do(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body)
	return resp.StatusCode, err
}

// stalling is a file whose Read stalls once, on request, and that notices concurrent use.
type stalling struct {
	*bytes.Reader
	stall   atomic.Bool
	busy    atomic.Int32
	overlap atomic.Bool
}

func (s *stalling) enter() func() {
	if s.busy.Add(1) > 1 {
		s.overlap.Store(true)
	}
	return func() { s.busy.Add(-1) }
}

func (s *stalling) Read(p []byte) (int, error) {
	defer s.enter()()
	if s.stall.CompareAndSwap(true, false) {
		<-time.After(200 * time.Millisecond) // as a slow disk may
	}
	return s.Reader.Read(p)
}

func (s *stalling) Seek(offset int64, whence int) (int64, error) {
	defer s.enter()()
	return s.Reader.Seek(offset, whence)
}

// If a server responds before it has read the body, net/http goes on reading it. Without the wait in Open, the next
// attempt would seek under that reader. That would be a race, and the server would get other bytes than those of the
// file.
func TestBody_SentAgainAfterAnEarlyRefusal(t *testing.T) {
	file := bytes.Repeat([]byte("0123456789abcdef"), 1<<16)
	want := sha256.Sum256(file)
	var calls atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if calls.Add(1)%2 == 1 {
			_ = http.NewResponseController(w).EnableFullDuplex()
			w.Header().Set("Content-Length", "0")
			w.WriteHeader(http.StatusTooManyRequests)
			_ = http.NewResponseController(w).Flush() // the response is sent before the body is read
			_, _ = io.Copy(io.Discard, r.Body)
			return
		}
		part, _, err := r.FormFile("file")
		if err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		sum := sha256.New()
		_, _ = io.Copy(sum, part)
		if !bytes.Equal(sum.Sum(nil), want[:]) {
			w.WriteHeader(http.StatusConflict)
		}
	}))
	defer server.Close()
	rounds := 5
	if testing.Short() {
		rounds = 1
	}
	for range rounds {
		content := &stalling{Reader: bytes.NewReader(file)}
		b, err := New(Part{Field: "file", Content: content})
		require.NoError(t, err)
		content.stall.Store(true)
		status, err := post(t, server.Client(), server.URL, b)
		require.NoError(t, err)
		require.Equal(t, http.StatusTooManyRequests, status)
		status, err = post(t, server.Client(), server.URL, b)
		require.NoError(t, err)
		require.Equal(t, http.StatusOK, status)
		b.Release()
		require.False(t, content.overlap.Load(), "two attempts read the file at a time")
	}
}

func TestBody_TooLargeCutsTheRequest(t *testing.T) {
	cut := make(chan error, 1)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, err := io.Copy(io.Discard, r.Body)
		cut <- err
	}))
	defer server.Close()
	b, err := New(Part{Field: "file", Content: plain{strings.NewReader("12345")}, Limit: 4})
	require.NoError(t, err)
	_, err = post(t, server.Client(), server.URL, b)
	require.ErrorIs(t, err, b.Err())
	require.Error(t, b.Err())
	require.Error(t, <-cut, "the server sees no whole body")
	assert.False(t, b.Replayable())
}

// pattern is a file of any size that needs no memory.
type pattern struct{ size, at int64 }

func (p *pattern) Read(b []byte) (int, error) {
	if p.at >= p.size {
		return 0, io.EOF
	}
	n := int(min(int64(len(b)), p.size-p.at))
	for i := range n {
		b[i] = byte((p.at + int64(i)) >> 3)
	}
	p.at += int64(n)
	return n, nil
}

func (p *pattern) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekStart:
		p.at = offset
	case io.SeekCurrent:
		p.at += offset
	case io.SeekEnd:
		p.at = p.size + offset
	default:
		return 0, errors.New("bad whence")
	}
	return p.at, nil
}

// heap samples the live heap while the body is read.
type heap struct {
	*pattern
	next, most, base uint64
}

func (h *heap) Read(b []byte) (int, error) {
	if uint64(h.at) >= h.next {
		h.next += 4 << 20
		h.most = max(h.most, live())
	}
	return h.pattern.Read(b)
}

func live() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func TestBody_MemoryDoesNotGrowWithTheFile(t *testing.T) {
	const size = 16 << 20
	content := &heap{pattern: &pattern{size: size}}
	content.base = live()
	b, err := New(Part{Field: "file", Content: content, Limit: size})
	require.NoError(t, err)
	for range 2 {
		r, err := b.Open(t.Context())
		require.NoError(t, err)
		content.next = 0
		n, err := io.CopyBuffer(struct{ io.Writer }{io.Discard}, r, make([]byte, 32<<10))
		require.NoError(t, err)
		require.NoError(t, r.Close())
		require.Equal(t, b.Length(), n)
	}
	assert.Less(t, int64(content.most)-int64(content.base), int64(128<<10))
}

func TestOpen_SecondPassCostsLittle(t *testing.T) {
	buffer := make([]byte, 32<<10)
	for _, test := range []struct {
		content io.Reader
		most    uint64
	}{
		{bytes.NewReader(make([]byte, 1<<20)), 1024},
		{&pattern{size: 1 << 20}, asyncSize / 2}, // a goroutine for each of 33 Reads, and no memory for the bytes
	} {
		b, err := New(Part{Field: "file", Content: test.content})
		require.NoError(t, err)
		const runs = 50
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for range runs {
			r, err := b.Open(t.Context())
			require.NoError(t, err)
			_, err = io.CopyBuffer(struct{ io.Writer }{io.Discard}, r, buffer)
			require.NoError(t, err)
			require.NoError(t, r.Close())
		}
		runtime.ReadMemStats(&after)
		assert.Less(t, (after.TotalAlloc-before.TotalAlloc)/runs, test.most, "%T", test.content)
	}
}
