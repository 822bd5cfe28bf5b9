package raia

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"iter"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/net/http2"
)

// cut is a connection that breaks after so many bytes of the request, or of the response if the whole request came.
func cut(c net.Conn, request, response int, whole string, reset bool) {
	if tcp, ok := c.(*net.TCPConn); ok && reset {
		_ = tcp.SetLinger(0)
	}
	if _, err := io.ReadFull(c, make([]byte, request)); err == nil {
		_, _ = io.WriteString(c, whole[:response])
	}
}

// requestSize is the number of bytes of the request that send sends. The request ends with end.
func requestSize(t *testing.T, end string, send func(url string) error) int {
	size := make(chan int, 1)
	url := listen(t, func(c net.Conn) {
		var got bytes.Buffer
		one := make([]byte, 1)
		for !bytes.HasSuffix(got.Bytes(), []byte(end)) {
			if _, err := c.Read(one); err != nil {
				break
			}
			got.Write(one)
		}
		size <- got.Len()
	})
	require.Error(t, send(url))
	return <-size
}

func sendCut(t *testing.T, url, method string) error {
	to := UploadTarget{SignedURL: url + "/bucket?token=" + signature}
	return to.Upload(t.Context(), UploadParams{
		Method: method, Content: strings.NewReader("the file"), HTTPClient: &http.Client{
			Transport: &http.Transport{DisableKeepAlives: true},
		},
	})
}

// cutting is a server that cuts each connection after at bytes of the request and of the response together.
func cutting(t *testing.T, size int, response string, reset bool) (url string, at, connections *atomic.Int32) {
	at, connections = new(atomic.Int32), new(atomic.Int32)
	return listen(t, func(c net.Conn) {
		connections.Add(1)
		n := int(at.Load())
		cut(c, min(n, size), max(0, n-size), response, reset)
	}), at, connections
}

// positions yields the numbers from 0 to last. With -short it leaves two of three out, but neither the first nor the
// last.
func positions(last int) iter.Seq[int] {
	return func(yield func(int) bool) {
		for n := 0; n <= last; n++ {
			left := testing.Short() && n%3 != 0 && n != last
			if !left && !yield(n) {
				return
			}
		}
	}
}

func TestUpload_CutAfterEachByte(t *testing.T) {
	t.Parallel()
	const created = "HTTP/1.1 201 Created\r\nContent-Length: 2\r\n\r\nok"
	for _, method := range []string{"PUT", "POST"} {
		size := requestSize(t, "the file", func(url string) error { return sendCut(t, url, method) })
		for _, reset := range []bool{false, true} {
			url, at, _ := cutting(t, size, created, reset)
			for n := range positions(size + len(created)) {
				at.Store(int32(n))
				err := sendCut(t, url, method)
				switch whole := n == size+len(created); {
				case whole && reset: // the reset may overtake the response
				case whole:
					require.NoError(t, err)
				case n == 0: // net/http may notice the end of the connection before it writes a byte
					require.Error(t, err)
				default:
					require.Error(t, err, "%s: a response that was cut after byte %d is a success", method, n)
					assert.Equal(t, method == "POST", errors.Is(err, ErrDeliveryUnknown), "%s, byte %d: %v", method, n,
						err)
					assert.NotErrorIs(t, err, ErrNotSent)
				}
			}
		}
	}
}

func TestUpload_ErrorResponseCutAfterEachByte(t *testing.T) {
	const refused = "HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno"
	head := len(refused) - len("no")
	for _, method := range []string{"PUT", "POST"} {
		size := requestSize(t, "the file", func(url string) error { return sendCut(t, url, method) })
		url, at, _ := cutting(t, size, refused, false)
		for n := range len(refused) + 1 {
			at.Store(int32(size + n))
			err := sendCut(t, url, method)
			assert.Equal(t, n >= head, errors.Is(err, ErrForbidden), "%s, byte %d of the error response: %v", method, n,
				err)
			assert.Equal(t, n < head && method == "POST", errors.Is(err, ErrDeliveryUnknown), "%s, byte %d: %v", method,
				n, err)
		}
	}
}

// resetting speaks HTTP/2 and resets each stream with PROTOCOL_ERROR. net/http would then send a request without a body
// again and again by itself.
func resetting(t *testing.T, streams *atomic.Int32) (string, *http.Client) {
	certificates := httptest.NewUnstartedServer(nil)
	certificates.StartTLS()
	t.Cleanup(certificates.Close)
	url := "https" + strings.TrimPrefix(listen(t, func(c net.Conn) {
		secure := tls.Server(c, &tls.Config{Certificates: certificates.TLS.Certificates, NextProtos: []string{"h2"}})
		_, _ = io.ReadFull(secure, make([]byte, len(http2.ClientPreface)))
		f := http2.NewFramer(secure, secure)
		_ = f.WriteSettings()
		for {
			frame, err := f.ReadFrame()
			if err != nil {
				return
			}
			if _, ok := frame.(*http2.HeadersFrame); ok {
				streams.Add(1)
				_ = f.WriteRSTStream(frame.Header().StreamID, http2.ErrCodeProtocol)
			}
		}
	}), "http")
	pool := &http.Transport{ForceAttemptHTTP2: true, TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
	t.Cleanup(pool.CloseIdleConnections)
	return url, &http.Client{Transport: pool}
}

func TestUpload_EmptyFileIsSentOnce(t *testing.T) {
	for _, method := range []string{"PUT", "POST"} {
		for _, content := range []io.Reader{strings.NewReader(""), io.MultiReader()} {
			var streams atomic.Int32
			url, via := resetting(t, &streams)
			to := UploadTarget{SignedURL: url + "/bucket?token=" + signature}
			err := to.Upload(t.Context(), UploadParams{Method: method, Content: content, HTTPClient: via})
			require.Error(t, err)
			assert.EqualValues(t, 1, streams.Load(), "%s %T", method, content)
			assert.Equal(t, method == "POST", errors.Is(err, ErrDeliveryUnknown), "%s %T: %v", method, content, err)
			assert.NotErrorIs(t, err, ErrNotSent)
		}
	}
}

func TestAgentFilesUpload_CutAfterEachByte(t *testing.T) {
	t.Parallel()
	send := func(url string) error {
		c, err := NewClient(Config{
			AgentKey: agentSecret, BaseURL: url, MaxRetryWait: 1,
			HTTPClient: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}},
		})
		require.NoError(t, err)
		_, err = c.AgentFiles.Upload(t.Context(),
			UploadFileParams{FileName: "a.txt", Content: strings.NewReader("the file")})
		return err
	}
	const created = "HTTP/1.1 201 Created\r\nContent-Length: 10\r\n\r\n" + anID
	size := requestSize(t, "--\r\n", send)
	url, at, connections := cutting(t, size, created, false)
	for n := range positions(size + len(created)) {
		if n == 0 {
			continue // net/http may notice the end of the connection before it writes a byte
		}
		at.Store(int32(n))
		err := send(url)
		assert.EqualValues(t, 1, connections.Swap(0), "byte %d", n)
		if n == size+len(created) {
			require.NoError(t, err)
			continue
		}
		require.ErrorIs(t, err, ErrDeliveryUnknown, "byte %d", n)
		assert.NotErrorIs(t, err, ErrNotSent)
	}
}
