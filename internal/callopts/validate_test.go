package callopts

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func problemOf(o *Options, credentials ...string) string {
	argument, problem := o.Validate(credentials...)
	if problem == "" {
		return ""
	}
	return argument + " " + problem
}

func TestValidate_HeadersThatTheSDKOwns(t *testing.T) {
	names := []string{
		"Accept", "accept-encoding", "AUTHORIZATION", "Connection", "Content-Type", "content-length",
		"Content-Encoding",
		"Cookie", "Host", "Idempotency-Key", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization",
		"Proxy-Connection", "TE", "Trailer", "Transfer-Encoding", "Upgrade", "User-Agent", "X-Idempotency-Key",
		"Fake-Secret-Key", "Sec-WebSocket-Key", "sec-websocket-extensions",
	}
	for _, name := range names {
		canonical := Canonical(name)
		got := problemOf(&Options{Headers: []Header{{canonical, "x"}}}, "Fake-Secret-Key")
		assert.Contains(t, got, "WithHeader cannot set "+canonical, name)
	}
}

func TestValidate_HeadersThatCannotBeSent(t *testing.T) {
	for _, name := range []string{"", "a b", "a:b", "a\r\nb", "ä"} {
		assert.Contains(t, problemOf(&Options{Headers: []Header{{name, "x"}}}), "invalid header name", "%q", name)
	}
	for _, value := range []string{"a\r\nb: c", "a\x00", "a\x7f"} {
		got := problemOf(&Options{Headers: []Header{{"X-Trace", value}}})
		assert.Contains(t, got, "WithHeader has a value for X-Trace with a control character", "%q", value)
		assert.NotContains(t, got, "b: c")
	}
}

func TestValidate_WhatIsFine(t *testing.T) {
	var none *Options
	assert.Empty(t, problemOf(none))
	fine := &Options{
		Headers:        []Header{{"X-Trace", "a\tb ä"}, {"X-Trace", ""}, {"Expect", "100-continue"}},
		AttemptTimeout: new(-time.Second), MaxRetries: new(-1),
	}
	assert.Empty(t, problemOf(fine))
}

func TestValidate_AttemptTimeoutOfZero(t *testing.T) {
	assert.Contains(t, problemOf(&Options{AttemptTimeout: new(time.Duration(0))}), "WithAttemptTimeout must not be 0")
}

func TestIsToken_EachByte(t *testing.T) {
	const tokens = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	for c := range 256 {
		want := strings.IndexByte(tokens, byte(c)) >= 0
		assert.Equal(t, want, isToken(string([]byte{byte(c)})), "%q alone", byte(c))
		assert.Equal(t, want, isToken(string([]byte{'a', byte(c)})), "%q at the end", byte(c))
	}
	assert.False(t, isToken(""))
}
