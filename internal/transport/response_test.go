package transport

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley"
)

// endless writes size bytes of JSON-looking text with the given status, announced or not.
func endless(code int, size int64, announced bool) func(http.ResponseWriter, *http.Request, int) {
	chunk := bytes.Repeat([]byte("x"), 1<<20)
	return func(w http.ResponseWriter, _ *http.Request, _ int) {
		if announced {
			w.Header().Set("Content-Length", "314572800")
		}
		w.WriteHeader(code)
		for range size / int64(len(chunk)) {
			if _, err := w.Write(chunk); err != nil {
				return
			}
		}
	}
}

func TestDo_ReplyOf300MB(t *testing.T) {
	for _, announced := range []bool{true, false} {
		url, n := counted(t, endless(200, 300<<20, announced))
		c := newTestClient(t, url, nil)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		err := use(t, c, post)
		runtime.ReadMemStats(&after)
		assert.ErrorIs(t, err, parley.ErrResponseTooLarge)
		assert.ErrorIs(t, err, parley.ErrDeliveryUnknown)
		assert.Equal(t, 200, asFailure(t, err).StatusCode)
		assert.LessOrEqual(t, cap(asFailure(t, err).Body), 2*maxErrorBody)
		assert.EqualValues(t, 1, n.Load())
		assert.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(200<<20))
	}
}

func TestDo_ErrorOf300MBKeepsItsFirstMiB(t *testing.T) {
	t.Parallel()
	url, n := counted(t, endless(500, 300<<20, true))
	err := use(t, newTestClient(t, url, nil), post)
	assert.EqualValues(t, 1, n.Load())
	assert.Equal(t, 500, asFailure(t, err).StatusCode)
	assert.Len(t, asFailure(t, err).Body, maxErrorBody)
}

func TestDo_ErrorAnswerCutHalfWayIsStillTheAnswer(t *testing.T) {
	url, n := rawServer(t, func(conn net.Conn, _ int) {
		_, _ = io.WriteString(conn, "HTTP/1.1 404 Not Found\r\nContent-Length: 100\r\n\r\nhalf")
		_ = conn.(*net.TCPConn).CloseWrite()
		_, _ = io.Copy(io.Discard, conn)
	})
	err := use(t, newTestClient(t, url, nil), get)
	assert.EqualValues(t, 1, n.Load())
	assert.ErrorIs(t, err, parley.ErrNotFound)
	assert.Equal(t, "half", string(asFailure(t, err).Body))
}

func TestDo_SwitchingProtocolsDoesNotHoldTheCall(t *testing.T) {
	url, n := rawServer(t, func(conn net.Conn, _ int) {
		_, _ = io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: odd\r\n\r\n")
		_, _ = io.Copy(io.Discard, conn) // until the client closes
	})
	for _, op := range []*Operation{get, post} {
		err := use(t, newTestClient(t, url, nil), op)
		assert.Equal(t, 101, asFailure(t, err).StatusCode)
		assert.EqualValues(t, 1, n.Swap(0))
	}
}

func TestReadBody(t *testing.T) {
	t.Parallel()
	for size := range 2000 {
		want := strings.Repeat("y", size)
		for _, announced := range []int64{-1, int64(size)} {
			for _, r := range []io.Reader{
				strings.NewReader(want), iotest.OneByteReader(strings.NewReader(want)),
				iotest.DataErrReader(strings.NewReader(want)),
			} {
				got, err := readAll(t.Context(), r, nil, announced, 1999)
				require.NoError(t, err)
				require.Equal(t, want, string(got))
				require.True(t, announced < 0 || cap(got) == size+1, "an announced reply is not copied")
			}
		}
	}
	got, err := readAll(t.Context(), strings.NewReader("12345"), nil, -1, 4)
	assert.ErrorIs(t, err, parley.ErrResponseTooLarge)
	assert.Equal(t, "1234", string(got))
	_, err = readAll(t.Context(), iotest.ErrReader(errors.New("cut")), nil, 10, 100)
	assert.EqualError(t, err, "cut")
}

func TestDo_TheConnectionSurvivesARetry(t *testing.T) {
	remotes := map[string]bool{}
	url, n := counted(t, func(w http.ResponseWriter, r *http.Request, n int) {
		remotes[r.RemoteAddr] = true
		if n < 3 {
			w.WriteHeader(503)
			_, _ = w.Write(bytes.Repeat([]byte("x"), 60<<10))
			return
		}
		_, _ = io.WriteString(w, `{"id":"1"}`)
	})
	require.NoError(t, use(t, newTestClient(t, url, nil), get))
	assert.EqualValues(t, 3, n.Load())
	assert.Len(t, remotes, 1)
}

// idle is a body whose reads return no byte and no error.
type idle struct{}

func (idle) Read([]byte) (int, error) { return 0, nil }

func (idle) Close() error { return nil }

func TestResponse_BodyThatReadsNothingForEverEndsWithCtx(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		silent := roundTripper(func(*http.Request) (*http.Response, error) {
			return &http.Response{
				StatusCode: 200, Header: http.Header{"Content-Type": {"text/event-stream"}}, Body: idle{},
				ContentLength: -1,
			}, nil
		})
		c := newTestClient(t, "https://api.example",
			func(cfg *Config) { cfg.HTTPClient = &http.Client{Transport: silent} })
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := c.Do(ctx, Call{Operation: get, IDs: []string{"1"}})
		assert.ErrorIs(t, err, context.DeadlineExceeded)
	})
}

// A hundred empty reads only yield, because a body may return a few. Then each costs a millisecond.
func TestPause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		require.NoError(t, pause(t.Context(), 99))
		assert.Zero(t, time.Since(began))
		require.NoError(t, pause(t.Context(), 100))
		assert.Equal(t, time.Millisecond, time.Since(began))
	})
}

func TestResponse_ByteOrderMarkIsSkipped(t *testing.T) {
	for _, code := range []int{200, 400} {
		url, _ := counted(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
			w.WriteHeader(code)
			_, _ = io.WriteString(w, "\ufeff{\"id\":\"1\"}")
		})
		err := use(t, newTestClient(t, url, nil), get)
		if code == 200 {
			require.NoError(t, err)
			continue
		}
		assert.Equal(t, `{"id":"1"}`, string(asFailure(t, err).Body))
	}
}

func TestDo_ReplyOfExactly32MiB(t *testing.T) {
	if testing.Short() {
		t.Skip("reads 128 MiB")
	}
	for size, want := range map[int]error{32 << 20: nil, 32<<20 + 1: parley.ErrResponseTooLarge} {
		body := append(bytes.Repeat([]byte(" "), size-len(`{"id":"1"}`)), `{"id":"1"}`...)
		for _, announced := range []int64{int64(size), -1} {
			sender := roundTripper(func(*http.Request) (*http.Response, error) {
				response := answer(200, "")
				response.Body, response.ContentLength = io.NopCloser(bytes.NewReader(body)), announced
				return response, nil
			})
			c := newTestClient(t, "https://api.example",
				func(cfg *Config) { cfg.HTTPClient = &http.Client{Transport: sender} })
			assert.ErrorIs(t, use(t, c, get), want, "%d bytes, %d announced", size, announced)
		}
	}
}
