package websocket

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	library "nhooyr.io/websocket"

	"github.com/seed-127a5941/parley"
)

func TestCloseError(t *testing.T) {
	cfg := Config{Redact: func(string) string { return "redacted" }}
	err := cfg.lost(fmt.Errorf("wrapped: %w", library.CloseError{Code: 4401, Reason: "secret"}))
	assert.EqualError(t, err, "the server closed the connection with code 4401: redacted")
	assert.ErrorIs(t, err, parley.ErrUnauthorized)
	assert.NotErrorIs(t, &CloseError{Code: 1001}, parley.ErrUnauthorized)
	assert.EqualError(t, &CloseError{Code: 1005}, "the server closed the connection with code 1005")
}

func TestHandshakeError(t *testing.T) {
	err := &HandshakeError{StatusCode: 403}
	assert.ErrorIs(t, err, parley.ErrForbidden)
	assert.True(t, terminal(err))
	assert.False(t, terminal(&HandshakeError{StatusCode: 503}))
}

// The errors of a context match only if a context ended, so that a lost connection does not look like the caller's
// deadline.
func TestFailure_MatchesTheErrorsOfACtxOnlyIfItEnded(t *testing.T) {
	network := &net.OpError{Op: "read", Err: context.DeadlineExceeded}
	cfg := Config{Redact: func(text string) string { return text }}
	lost := cfg.lost(network)
	assert.NotErrorIs(t, lost, context.DeadlineExceeded)
	var got *net.OpError
	assert.ErrorAs(t, lost, &got)
	var other *library.CloseError
	assert.False(t, errors.As(lost, &other))
	failed := &failure{cause: network, ended: context.DeadlineExceeded, unsent: true}
	assert.ErrorIs(t, failed, context.DeadlineExceeded)
	assert.ErrorIs(t, failed, parley.ErrNotSent)
	assert.NotErrorIs(t, lost, parley.ErrNotSent)
	assert.False(t, failed.Temporary(), "the classes of package parley say what to do")
}

// The library repeats texts of the peer, which may hold the token that the peer was sent.
func TestLost_ErrorsOfTheLibraryAreRedacted(t *testing.T) {
	cfg := Config{Redact: func(text string) string { return strings.ReplaceAll(text, "s3cret", "[redacted]") }}
	for name, err := range map[string]error{
		"read":  fmt.Errorf("failed to read frame header: %w", errors.New("got s3cret\nand more")),
		"close": library.CloseError{Code: 4000, Reason: "no s3cret\nhere"},
	} {
		lost := cfg.lost(err)
		assert.NotContains(t, lost.Error(), "s3cret", name)
		assert.NotContains(t, lost.Error(), "\n", name)
		assert.Contains(t, lost.Error(), "[redacted]", name)
		assert.NotContains(t, fmt.Sprintf("%+v %s %q", lost, lost, lost), "s3cret", name)
	}
}
