package aisera_test

import (
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/aisera"
	"github.com/seed-127a5941/parley/aisera/aiseratest"
	"github.com/seed-127a5941/parley/internal/transport"
)

func TestDial_Refused(t *testing.T) {
	s := newServer(t)
	client := newClient(t, s.Config())
	s.Fail(1, aiseratest.Failure{Status: 403, Body: `{"code":403,"error":"channel is disabled"}`})
	_, err := client.Dial(t.Context(), user, aisera.DialOptions{})
	assert.ErrorIs(t, err, aisera.ErrForbidden)
	assert.EqualError(t, err, "aisera: dial: 403: channel is disabled (GET WebSocketURL, 1 attempt)")
	s.Fail(1, aiseratest.Failure{Status: 302, Header: http.Header{"Location": {"https://elsewhere.example/?q=s3cret"}}})
	_, err = client.Dial(t.Context(), user, aisera.DialOptions{})
	assert.EqualError(t, err, "aisera: dial: 302 Found: redirect not followed: it leads to another origin, "+
		"https://elsewhere.example (GET WebSocketURL, 1 attempt)")
	s.Fail(1, aiseratest.Failure{Reset: true})
	_, err = client.Dial(t.Context(), user, aisera.DialOptions{})
	assert.ErrorContains(t, err, "aisera: dial: handshake failed: ")
	assert.Zero(t, s.Connections())
}

func TestDial_WrongHostSaysWhatIsWrong(t *testing.T) {
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "hello")
	}))
	t.Cleanup(page.Close)
	cfg := newServer(t).Config()
	cfg.WebSocketURL = strings.Replace(page.URL, "http", "ws", 1)
	_, err := newClient(t, cfg).Dial(t.Context(), user, aisera.DialOptions{})
	require.ErrorContains(t, err, "aisera: dial: 200 OK: the server does not speak WebSocket at WebSocketURL")

	page.Close()
	_, err = newClient(t, cfg).Dial(t.Context(), user, aisera.DialOptions{})
	var network *net.OpError
	require.ErrorAs(t, err, &network)
}

func TestDial_HandshakeIsConfiguration(t *testing.T) {
	s := newServer(t)
	cfg := s.Config()
	cfg.WebSocketURL += "?channel=c1"
	cfg.UserAgent = "product/1"
	conn, err := newClient(t, cfg).Dial(t.Context(), user, aisera.DialOptions{
		Header: http.Header{"X-Own": {"own"}}, Subprotocols: []string{"p"},
	})
	require.NoError(t, err)
	defer conn.Close()
	request := s.Requests()[0]
	assert.Equal(t, "own", request.Header.Get("X-Own"))
	assert.Equal(t, "p", request.Header.Get("Sec-Websocket-Protocol"))
	assert.Equal(t, "c1", request.Query.Get("channel"))
	assert.Equal(t, "product/1 parley/"+transport.Version, request.Header.Get("User-Agent"))
	assert.Empty(t, request.Header.Get("Authorization"))
	assert.Empty(t, request.Header.Get("Sec-Websocket-Extensions"), "compression is off")
}

func TestDial_RetryAfterIsTold(t *testing.T) {
	s := newServer(t)
	s.Fail(1, aiseratest.Failure{Status: 429, Header: http.Header{"Retry-After": {"30"}}})
	_, err := newClient(t, s.Config()).Dial(t.Context(), user, aisera.DialOptions{})
	var refused *aisera.Error
	require.ErrorAs(t, err, &refused)
	assert.Equal(t, 30*time.Second, refused.RetryAfter)
	assert.NotErrorIs(t, err, aisera.ErrNotSent)
}

func TestDial_ThatReachedNobodyIsNotSent(t *testing.T) {
	s := newServer(t)
	client := newClient(t, s.Config())
	s.Close()
	_, err := client.Dial(t.Context(), user, aisera.DialOptions{})
	assert.ErrorIs(t, err, aisera.ErrNotSent)
}

func TestDial_RefusedArguments(t *testing.T) {
	s := newServer(t)
	cfg := s.Config()
	_, err := newClient(t, cfg).Dial(t.Context(), aisera.User{}, aisera.DialOptions{})
	assert.ErrorIs(t, err, aisera.ErrInvalidArgument)
	_, err = newClient(t, cfg).Dial(t.Context(), user,
		aisera.DialOptions{Header: http.Header{"Host": {"other.example"}}})
	assert.EqualError(t, err,
		"aisera: dial: invalid argument: Header must not hold Host, which the handshake sets itself")
	cfg.WebSocketURL = ""
	_, err = newClient(t, cfg).Dial(t.Context(), user, aisera.DialOptions{})
	assert.ErrorContains(t, err, "WebSocketURL")
	assert.Empty(t, s.Requests())
}
