package aisera

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/seed-127a5941/parley"
)

func TestDialOptions_HeadersOfTheHandshakeAreRefusedByName(t *testing.T) {
	for _, name := range []string{
		"Host", "Connection", "upgrade", "Sec-WebSocket-Key", "sec-websocket-protocol", "Sec-WebSocket-Extensions",
		"Content-Length", "Transfer-Encoding", "Keep-Alive",
	} {
		err := DialOptions{Header: http.Header{name: {"x"}}}.validate()
		assert.ErrorIs(t, err, parley.ErrInvalidArgument, name)
		assert.ErrorContains(t, err, name)
	}
	for _, name := range []string{"Origin", "Authorization", "Cookie", "User-Agent", "X-Own"} {
		assert.NoError(t, DialOptions{Header: http.Header{name: {"x"}}}.validate(), name)
	}
}

func TestDialOptions_Validate(t *testing.T) {
	for text, opts := range map[string]DialOptions{
		"not a token of RFC 9110":                     {Header: http.Header{"a b": {"x"}}},
		"control character":                           {Header: http.Header{"A": {"x\n"}}},
		"Subprotocols must hold tokens of RFC 9110":   {Subprotocols: []string{"a", "b,c"}},
		"Subprotocols must hold tokens":               {Subprotocols: []string{"a", "a"}},
		"Subprotocols must hold tokens of RFC 9110, ": {Subprotocols: []string{""}},
		"PongTimeout must not be negative":            {PongTimeout: -time.Second},
		"MinBackoff must not be negative":             {MinBackoff: -1},
	} {
		err := opts.validate()
		assert.ErrorIs(t, err, parley.ErrInvalidArgument)
		assert.ErrorContains(t, err, text)
	}
	assert.NoError(t, DialOptions{PingInterval: -1, ReadLimit: -1, Subprotocols: []string{"a", "b"}}.validate())
}

func TestIsLabel(t *testing.T) {
	for label, want := range map[string]bool{
		"acme": true, "acme-8443": true, "A1": true, "-a": false, "a-": false, "a.b": false, "ä": false, "a b": false,
		strings.Repeat("a", 63): true, strings.Repeat("a", 64): false,
	} {
		assert.Equal(t, want, isLabel(label), label)
	}
}
