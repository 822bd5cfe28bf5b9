package syntphony_test

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"runtime"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/syntphony"
)

// hasty is a server that responds to its first requests with 429 before it reads their bodies. It is written on sockets
// because net/http's server stops reading soon after it has responded.
type hasty struct {
	listener net.Listener
	refuse   atomic.Int32
	sums     chan [32]byte // of the bodies that came whole and were not refused
	lengths  chan int64
}

func newHasty(t *testing.T, refuse int32) *hasty {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	h := &hasty{listener: listener, sums: make(chan [32]byte, 10), lengths: make(chan int64, 10)}
	h.refuse.Store(refuse)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			h.serve(conn)
		}
	}()
	t.Cleanup(func() { _ = listener.Close(); <-done })
	return h
}

func (h *hasty) serve(conn net.Conn) {
	defer conn.Close()
	reader := bufio.NewReader(conn)
	for {
		request, err := http.ReadRequest(reader)
		if err != nil {
			return
		}
		refused := h.refuse.Add(-1) >= 0
		if refused {
			_, _ = io.WriteString(conn, "HTTP/1.1 429 Too Many Requests\r\nContent-Length: 0\r\n\r\n")
		}
		h.lengths <- request.ContentLength
		file, _, err := request.FormFile("file") // reads the body
		if err != nil {
			return
		}
		if refused {
			continue
		}
		sum := sha256.New()
		_, _ = io.Copy(sum, file)
		h.sums <- [32]byte(sum.Sum(nil))
		fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
			len(minimalReply), minimalReply)
	}
}

// stalling is a file whose Read stalls once, longer than newClient's wait between two attempts. It notices when two
// attempts use it at a time.
type stalling struct {
	*bytes.Reader
	reads   atomic.Int32
	busy    atomic.Int32
	overlap atomic.Bool
}

func (s *stalling) enter() func() {
	if s.busy.Add(1) > 1 {
		s.overlap.Store(true)
	}
	return func() { s.busy.Add(-1) }
}

func (s *stalling) Read(p []byte) (int, error) {
	defer s.enter()()
	if s.reads.Add(1) == 4 {
		<-time.After(100 * time.Millisecond) // as a slow disk may
	}
	return s.Reader.Read(p)
}

func (s *stalling) Seek(offset int64, whence int) (int64, error) {
	defer s.enter()()
	return s.Reader.Seek(offset, whence)
}

// The server refuses a large upload before it has read it. net/http then still reads the file. Without the wait for
// that, the next attempt would be a race and would send other bytes than those of the file.
func TestConversationsSendAudio_RefusedBeforeItWasRead(t *testing.T) {
	t.Parallel()
	server := newHasty(t, 1)
	client := newClient(t, config("http://"+server.listener.Addr().String()))
	content := recording("ogg", large())
	for i := range content {
		content[i] ^= byte(i >> 7)
	}
	copy(content, "OggS")
	file := &stalling{Reader: bytes.NewReader(content)}
	_, err := client.Conversations.SendAudio(t.Context(), "", caller, syntphony.Audio{Content: file}, syntphony.Input{})
	require.NoError(t, err)
	assert.False(t, file.overlap.Load(), "two attempts read the file at a time")
	assert.Equal(t, sha256.Sum256(content), <-server.sums)
	first, second := <-server.lengths, <-server.lengths
	assert.Equal(t, first, second)
	assert.Greater(t, first, int64(large()))
}

// measured is a file of size bytes that needs no memory and watches the heap while it is read.
type measured struct {
	size, at, next int64
	most           uint64
}

func (m *measured) Read(p []byte) (int, error) {
	if m.at >= m.size {
		return 0, io.EOF
	}
	if m.at >= m.next {
		m.next = m.at + 5*mega
		m.most = max(m.most, liveHeap())
	}
	n := int(min(int64(len(p)), m.size-m.at))
	clear(p[:n])
	if m.at == 0 {
		copy(p, "OggS")
	}
	m.at += int64(n)
	return n, nil
}

func (m *measured) Seek(offset int64, whence int) (int64, error) {
	switch whence {
	case io.SeekStart:
		m.at = offset
	case io.SeekCurrent:
		m.at += offset
	default:
		m.at = m.size + offset
	}
	m.next = m.at
	return m.at, nil
}

func liveHeap() uint64 {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}

// counting accepts uploads without keeping them, so that the heap is the client's. It refuses every other one.
func counting(t *testing.T) *syntphony.Client {
	refuse := false
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	done := make(chan struct{})
	buffer := make([]byte, 64<<10)
	reader := bufio.NewReaderSize(nil, 4<<10)
	go func() {
		defer close(done)
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			for reader.Reset(conn); ; {
				request, err := http.ReadRequest(reader)
				if err != nil {
					break
				}
				_, _ = io.CopyBuffer(struct{ io.Writer }{io.Discard}, struct{ io.Reader }{request.Body}, buffer)
				if refuse = !refuse; refuse {
					_, _ = io.WriteString(conn, "HTTP/1.1 429 Too Many Requests\r\nContent-Length: 0\r\n\r\n")
					continue
				}
				fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(minimalReply), minimalReply)
			}
			_ = conn.Close()
		}
	}()
	t.Cleanup(func() { _ = listener.Close(); <-done })
	return newClient(t, config("http://"+listener.Addr().String()))
}

func TestConversationsSendAudio_MemoryDoesNotGrowWithTheFile(t *testing.T) {
	client := counting(t)
	send := func(size int64) uint64 {
		file := &measured{size: size}
		_, err := client.Conversations.SendAudio(t.Context(), "", caller, syntphony.Audio{Content: file},
			syntphony.Input{})
		require.NoError(t, err)
		return file.most
	}
	send(mega) // warms connection and pools up
	least := int64(math.MaxInt64)
	for range 3 { // what other tests left behind may be in one figure and not in the other
		base := liveHeap()
		least = min(least, int64(send(16*mega))-int64(base))
	}
	assert.Less(t, least, int64(128<<10))
}
