package aisera

import (
	"bufio"
	"context"
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"runtime"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestCost_AUsualFrameIsDecodedOnce shows that the tolerant types, which scan answers again and again, are not used for
// usual frames.
func TestCost_AUsualFrameIsDecodedOnce(t *testing.T) {
	if raceEnabled {
		t.Log("the race detector allocates too: only the plain run counts")
		return
	}
	frame := []byte(`{"modeType":"Normal","reqId":"r-1","followUpId":"f-1","answers":[{"text":"one"},{"text":"two"}]}`)
	var floor struct {
		Mode       string                  `json:"modeType"`
		RequestID  string                  `json:"reqId"`
		FollowUpID string                  `json:"followUpId"`
		Answers    []struct{ Text string } `json:"answers"`
	}
	least := testing.AllocsPerRun(100, func() {
		floor.Answers = nil
		require.NoError(t, json.Unmarshal(frame, &floor))
	})
	got := testing.AllocsPerRun(100, func() {
		r, err := decodeResponse(frame)
		require.NoError(t, err)
		require.Len(t, r.Answers, 2)
	})
	t.Logf("by hand %v, ours %v", least, got)
	assert.LessOrEqual(t, got, 9.0, "the reply, the list that grew once, five texts, and the check of the length")
}

func TestCost_Frame(t *testing.T) {
	user, message := User{ID: "u-1"}, Text("hello")
	message.RequestID = "r-1"
	got := testing.AllocsPerRun(100, func() {
		rest, _, err := encodeFrame(user, "c-1", message)
		require.NoError(t, err)
		withToken(rest, []byte(`"token"`))
	})
	assert.LessOrEqual(t, got, 5.0)
}

// bareServer answers each message with reply. It allocates no memory for a message, so that a test can count what the
// client allocates.
func bareServer(t *testing.T, reply string) *Client {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	var serving sync.WaitGroup
	t.Cleanup(func() { _ = listener.Close(); serving.Wait() })
	serving.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			serving.Go(func() { answerEach(conn, reply) })
		}
	})
	address := listener.Addr().String()
	client, err := NewClient(Config{BaseURL: "http://" + address, WebSocketURL: "ws://" + address, Token: "token"})
	require.NoError(t, err)
	return client
}

func answerEach(conn net.Conn, reply string) {
	defer conn.Close()
	r := bufio.NewReaderSize(conn, 1024)
	request, err := http.ReadRequest(r)
	if err != nil {
		return
	}
	sum := sha1.Sum([]byte(request.Header.Get("Sec-WebSocket-Key") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	_, _ = io.WriteString(conn, "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
		"Sec-WebSocket-Accept: "+base64.StdEncoding.EncodeToString(sum[:])+"\r\n\r\n")
	answer := append([]byte{0x81, 126, byte(len(reply) >> 8), byte(len(reply))}, reply...)
	for header := make([]byte, 4); ; {
		if _, err := io.ReadFull(r, header[:2]); err != nil || header[0] != 0x81 {
			return
		}
		length := int(header[1] & 0x7f)
		if length == 126 {
			if _, err := io.ReadFull(r, header[2:]); err != nil {
				return
			}
			length = int(binary.BigEndian.Uint16(header[2:]))
		}
		if _, err := r.Discard(4 + length); err != nil {
			return
		}
		if _, err := conn.Write(answer); err != nil {
			return
		}
	}
}

const usualReply = `{"modeType":"Normal","followUpId":"f-1","answers":[{"text":"Travel is approved."}]}`

// TestCost_Ask counts the allocations of a round trip. By hand, with the WebSocket library and encoding/json, they are
// 19, or 20 with a request id made for the message.
func TestCost_Ask(t *testing.T) {
	if raceEnabled {
		t.Log("the race detector allocates too: only the plain run counts")
		return
	}
	conn, err := bareServer(t, usualReply).Dial(t.Context(), User{ID: "u-1"}, DialOptions{})
	require.NoError(t, err)
	defer conn.Close()
	for name, ctx := range map[string]context.Context{
		"ctx that never ends": context.Background(), "ctx that can end": t.Context(),
	} {
		got := testing.AllocsPerRun(200, func() {
			r, err := conn.Ask(ctx, Text("May I travel?"))
			require.NoError(t, err)
			require.Len(t, r.Answers, 1)
		})
		t.Logf("%s: %v allocations", name, got)
		assert.LessOrEqual(t, got, 16.0, name)
	}
}

// TestCost_IdleConn counts what a connection holds while no message is sent: the reader and one goroutine of the
// library, and the memory of both, of net/http and of the server in this test.
func TestCost_IdleConn(t *testing.T) {
	client := bareServer(t, usualReply)
	const conns = 200
	goroutines, heap := inUse()
	for range conns {
		conn, err := client.Dial(t.Context(), User{ID: "u-1"}, DialOptions{})
		require.NoError(t, err)
		defer conn.Close()
	}
	more, moreHeap := inUse()
	assert.LessOrEqual(t, float64(more-goroutines)/conns, 3.1, "two of the client, and one of the server")
	each := (moreHeap - heap) / conns
	t.Logf("an idle connection holds %.0f bytes at both ends", each)
	assert.LessOrEqual(t, each, float64(13<<10+2500), "13 KiB here, and 2 500 bytes in the server")
}

// inUse returns the number of goroutines and the bytes of the heap in use. The second collection frees the memory that
// pools kept in the first.
func inUse() (goroutines int, heap float64) {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return runtime.NumGoroutine(), float64(m.HeapAlloc)
}
