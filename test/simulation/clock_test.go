package simulation

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestShift(t *testing.T) {
	const wire = "HTTP/1.1 200 OK\r\nDate: Sat, 01 Jan 2000 00:30:00 GMT\r\nT: T\r\n\r\n" +
		`{"createdAt":"2000-01-01T00:30:00.123Z","text":"2000-01-01Tea"}`
	const want = "HTTP/1.1 200 OK\r\nDate: Fri, 31 Dec 1999 23:30:00 GMT\r\nT: T\r\n\r\n" +
		`{"createdAt":"1999-12-31T23:30:00.123Z","text":"2000-01-01Tea"}`
	assert.Equal(t, want, string(shift([]byte(wire), -time.Hour)))
	assert.Equal(t, wire, string(shift([]byte(want), time.Hour)))
	assert.Empty(t, shift(nil, time.Hour))
}
