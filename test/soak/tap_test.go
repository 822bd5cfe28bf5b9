package soak

import (
	"encoding/binary"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// frame makes a masked frame.
func frame(text string) string {
	head := []byte{0x81, byte(0x80 | len(text))}
	switch {
	case len(text) > 0xffff:
		head = binary.BigEndian.AppendUint64([]byte{0x81, 0x80 | 127}, uint64(len(text)))
	case len(text) > 125:
		head = binary.BigEndian.AppendUint16([]byte{0x81, 0x80 | 126}, uint16(len(text)))
	}
	key := []byte{1, 2, 3, 4}
	masked := []byte(text)
	for i := range masked {
		masked[i] ^= key[i%4]
	}
	return string(head) + string(key) + string(masked)
}

func TestScanner_FindsIDsHoweverTheBytesAreSplit(t *testing.T) {
	a, b, c := newID(1, 1), newID(1, 2), newID(1, 3)
	long := strings.Repeat("padding ", 40)
	for name, test := range map[string]struct {
		wire string
		want []string
	}{
		"HTTP": {
			"POST /" + a + " HTTP/1.1\r\nHost: x\r\n\r\n{" + a + "}POST / HTTP/1.1\r\n\r\n" + b, []string{a, a, b},
		},
		"WebSocket": {
			"GET /ws HTTP/1.1\r\nUpgrade: websocket\r\nHost: x\r\n\r\n" + frame(a) + frame("") + frame(b+long) +
				frame(long+c),
			[]string{a, b, c},
		},
	} {
		for _, size := range []int{1, 2, 7, 64, 1 << 20} {
			var s scanner
			var found []string
			for at := 0; at < len(test.wire); at += size {
				found = append(found, s.scan([]byte(test.wire[at:min(at+size, len(test.wire))]))...)
			}
			if size < 1<<20 {
				assert.Equal(t, test.want, found, "%s in pieces of %d", name, size)
			}
			assert.Subset(t, found, test.want)
			assert.LessOrEqual(t, len(s.tail)+len(s.text), 3*idLength, "it keeps no more than it needs")
		}
	}
}

func TestFrameHead_OfALargeFrame(t *testing.T) {
	head, length, key, ok := frameHead([]byte(frame(strings.Repeat("x", 70_000)))[:14])
	assert.True(t, ok)
	assert.Equal(t, 14, head)
	assert.EqualValues(t, 70_000, length)
	assert.Equal(t, [4]byte{1, 2, 3, 4}, key)
}

func TestTap_CountsConnectionsAndWhatLeft(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer listener.Close()
	l := NewLedger()
	watched, transport := newTap(l, &http.Transport{}, l.Session())
	first, err := transport.DialContext(t.Context(), "tcp", listener.Addr().String())
	require.NoError(t, err)
	_, _ = first.Write([]byte(newID(1, 1)))
	watched.judge(l, "here")
	assert.Equal(t, 1, l.Audit().Broken(RuleConns))
	require.NoError(t, first.Close())
	assert.Zero(t, watched.open.Load())
	_ = first.Close()
	assert.Zero(t, watched.open.Load(), "it is counted once")
	_, _ = first.Write([]byte(newID(1, 2)))
	assert.Contains(t, l.left, newID(1, 1))
	assert.NotContains(t, l.left, newID(1, 2), "no byte of it left")
}
