package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/chat/uistream"
	"github.com/seed-127a5941/parley/raia"
	"github.com/seed-127a5941/parley/raia/raiachat"
)

func fmtStatus(status int, text string) string { return fmt.Sprintf("%d %s", status, text) }

// limit returns the limits around next and the cookie of a user.
func limit(t *testing.T, next http.HandlerFunc) (http.Handler, string) {
	g := &gateway{identity: newID(t, ""), requests: openRequests{of: map[string]int{}}}
	return secured(g.limited(next)), issued(t, g.identity, http.Header{}).Value
}

func TestLimited_OpenRequestsOfAUser(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		handler, cookie := limit(t, func(http.ResponseWriter, *http.Request) { <-release })
		for range maxOpen {
			go handler.ServeHTTP(httptest.NewRecorder(), request(t, cookie))
		}
		synctest.Wait()
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, request(t, cookie))
		assert.Equal(t, http.StatusTooManyRequests, w.Code)
		assert.Equal(t, "5", w.Header().Get("Retry-After"))
		close(release)
		synctest.Wait()
		w = httptest.NewRecorder()
		handler.ServeHTTP(w, request(t, cookie))
		assert.Equal(t, http.StatusOK, w.Code)
	})
}

func TestLimited_Bodies(t *testing.T) {
	handler, cookie := limit(t, func(w http.ResponseWriter, r *http.Request) {
		n, err := io.Copy(io.Discard, r.Body)
		assert.NoError(t, err)
		fmt.Fprint(w, n)
	})
	for size, want := range map[int]int{0: 0, maxBody: maxBody, maxBody + 10: maxBody + 1} {
		r := request(t, cookie)
		r.Body = io.NopCloser(strings.NewReader(strings.Repeat("x", size)))
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		assert.Equal(t, fmt.Sprint(want), w.Body.String())
	}
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, request(t, "nobody"))
	assert.Equal(t, http.StatusUnauthorized, w.Code)
}

func TestLimited_TheHandlerRefusesLargeBodies(t *testing.T) {
	b := open(t, start(t, none).url)
	response, text := b.do(http.MethodPost, "/api/raia", message("c-1", "m-1", strings.Repeat("x", maxBody)),
		"Content-Type", "application/json")
	assert.Equal(t, http.StatusRequestEntityTooLarge, response.StatusCode, text)
}

// TestLimited_ABodyThatDoesNotCome shortens the deadline, because net/http measures it in real time.
func TestLimited_ABodyThatDoesNotCome(t *testing.T) {
	handler, cookie := limit(t, func(http.ResponseWriter, *http.Request) { t.Error("the handler ran") })
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		handler.ServeHTTP(hasty{w}, r)
	}))
	defer server.Close()
	conn, err := net.Dial("tcp", server.Listener.Addr().String())
	require.NoError(t, err)
	defer conn.Close()
	fmt.Fprintf(conn, "POST / HTTP/1.1\r\nHost: x\r\nCookie: %s=%s\r\nContent-Length: 10\r\n\r\n{", cookieName, cookie)
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	require.NoError(t, err)
	assert.Equal(t, http.StatusRequestTimeout, response.StatusCode)
}

// TestLimited_BodiesThatDoNotComeToOtherHandlers sends no body, or not all of it, where no handler reads it to its end.
// net/http does, before it responds.
func TestLimited_BodiesThatDoNotComeToOtherHandlers(t *testing.T) {
	g := &gateway{
		log: slog.New(slog.DiscardHandler), identity: newID(t, ""), requests: openRequests{of: map[string]int{}},
	}
	var err error
	g.telemetry, err = newTelemetry(t.Context(), "")
	require.NoError(t, err)
	g.vendors = []vendor{{name: "raia", handler: newHandler(t, g)}}
	routes := g.routes()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		routes.ServeHTTP(hasty{w}, r)
	}))
	defer server.Close()
	cookie := "Cookie: " + cookieName + "=" + issued(t, g.identity, http.Header{}).Value + "\r\n"
	for head, want := range map[string]int{
		"POST /api/raia HTTP/1.1\r\nContent-Length: 1000":                  http.StatusUnauthorized,
		"POST /api/raia HTTP/1.1\r\nTransfer-Encoding: chunked":            http.StatusUnauthorized,
		"GET /healthz HTTP/1.1\r\nContent-Length: 10":                      http.StatusOK,
		"GET / HTTP/1.1\r\nContent-Length: 10":                             http.StatusOK,
		"GET /missing HTTP/1.1\r\nContent-Length: 10":                      http.StatusNotFound,
		"POST /api/raia HTTP/1.1\r\n" + cookie + "Content-Length: 10":      http.StatusRequestTimeout,
		"POST /api/raia HTTP/1.1\r\n" + cookie + "Content-Length: 1049576": http.StatusRequestEntityTooLarge,
	} {
		t.Run(strings.ReplaceAll(head, cookie, "cookie "), func(t *testing.T) {
			conn, err := net.Dial("tcp", server.Listener.Addr().String())
			require.NoError(t, err)
			defer conn.Close()
			require.NoError(t, conn.SetDeadline(time.Now().Add(30*time.Second))) // a fault does not hang
			_, err = fmt.Fprintf(conn, "%s\r\nContent-Type: application/json\r\nHost: x\r\n\r\n", head)
			require.NoError(t, err)
			if want == http.StatusRequestEntityTooLarge {
				_, err = conn.Write(make([]byte, maxBody+1))
				require.NoError(t, err)
			}
			response, err := http.ReadResponse(bufio.NewReader(conn), nil)
			require.NoError(t, err)
			if want == http.StatusRequestEntityTooLarge && response.StatusCode == http.StatusRequestTimeout {
				return // a machine under load needs more than hasty's time for a MiB
			}
			assert.Equal(t, want, response.StatusCode)
		})
	}
}

// newHandler serves a raia that is not called.
func newHandler(t *testing.T, g *gateway) *uistream.Handler {
	client, err := raia.NewClient(raia.Config{AgentKey: "key", BaseURL: "http://127.0.0.1:1"})
	require.NoError(t, err)
	handler, err := uistream.NewHandler(uistream.Config{
		Driver: raiachat.New(client, raiachat.Options{}), User: g.identity.user,
	})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, handler.Shutdown(context.Background())) })
	return handler
}

// hasty brings read deadlines forward.
type hasty struct{ http.ResponseWriter }

func (h hasty) SetReadDeadline(at time.Time) error {
	if !at.IsZero() {
		at = time.Now().Add(10 * time.Millisecond)
	}
	return http.NewResponseController(h.ResponseWriter).SetReadDeadline(at)
}

func (h hasty) Unwrap() http.ResponseWriter { return h.ResponseWriter }

// TestLimited_AStreamOutlivesTheDeadlineOfItsRequest holds that the deadline of the request ends with its body: in
// net/http a read deadline that passes ends the context of the request.
func TestLimited_AStreamOutlivesTheDeadlineOfItsRequest(t *testing.T) {
	handler, cookie := limit(t, func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-r.Context().Done():
			t.Error("the request was ended")
		case <-time.After(100 * time.Millisecond):
			fmt.Fprint(w, "whole")
		}
	})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		handler.ServeHTTP(hasty{w}, r)
	}))
	defer server.Close()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, server.URL, strings.NewReader("{}"))
	require.NoError(t, err)
	r.Header.Set("Cookie", cookieName+"="+cookie)
	response, err := server.Client().Do(r)
	require.NoError(t, err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	assert.Equal(t, "whole", string(text))
}
