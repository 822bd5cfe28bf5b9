package websocket_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/internal/websocket"
)

// A ping that is answered makes up for one before it that was not.
func TestKeepAlive_APeerThatAnswersEachSecondPingLives(t *testing.T) {
	h := raw(func(conn net.Conn, r *bufio.Reader) {
		for pings := 0; ; {
			header, payload, err := readFrame(r)
			if err != nil {
				return
			}
			if header != 0x89 {
				continue
			}
			frame := []byte{0x81, 1, 'x'} // a byte shows that the peer is there
			if pings++; pings%2 == 0 {
				frame = append([]byte{0x8a, byte(len(payload))}, payload...)
			}
			_, _ = conn.Write(frame)
		}
	})
	bubble(t, h, func(t *testing.T, cfg websocket.Config, _ *pipes) {
		cfg.NoReconnect = true
		c, err := open(t.Context(), cfg)
		require.NoError(t, err)
		time.Sleep(time.Hour)
		assert.NoError(t, c.Err())
		c.Close()
	})
}

// The time for a pong begins when the reader reads again, because no pong could be seen before.
func TestKeepAlive_ThePongHasItsTimeAfterAPause(t *testing.T) {
	h := raw(func(conn net.Conn, r *bufio.Reader) {
		_, _ = conn.Write(bytes.Repeat([]byte{0x81, 1, 'x'}, 256)) // as many as the inbox holds
		for {
			header, payload, err := readFrame(r)
			if err != nil {
				return
			}
			if header == 0x89 {
				time.Sleep(15 * time.Second)
				_, _ = conn.Write(append([]byte{0x8a, byte(len(payload))}, payload...))
			}
		}
	})
	bubble(t, h, func(t *testing.T, cfg websocket.Config, _ *pipes) {
		cfg.NoReconnect = true
		q := inbox(&cfg)
		c, err := open(t.Context(), cfg)
		require.NoError(t, err)
		time.Sleep(38 * time.Second) // the ping was sent after 30
		for range 256 {
			_, err := q.Pop(t.Context())
			require.NoError(t, err)
		}
		time.Sleep(12 * time.Second)
		assert.NoError(t, c.Err())
		c.Close()
	})
}

// transport is a func as http.RoundTripper.
type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// A RoundTripper of the user may wrap an error that quotes the URL.
func TestDial_ErrorsOfAUsersTransportShowNoURL(t *testing.T) {
	target, _ := url.Parse("ws://127.0.0.1:1/path?key=s3cret")
	_, err := open(t.Context(), websocket.Config{URL: target, HTTPClient: &http.Client{
		Transport: transport(func(r *http.Request) (*http.Response, error) {
			return nil, fmt.Errorf("through a proxy: %w", &url.Error{Op: "Get", URL: r.URL.String(), Err: io.EOF})
		}),
	}})
	require.ErrorIs(t, err, io.EOF)
	assert.NotContains(t, err.Error(), "s3cret")
	assert.ErrorContains(t, err, "through a proxy")
}
