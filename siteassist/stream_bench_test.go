package siteassist

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const deltas = 10_000

// longStream has 10 000 events as the vendor's example shows them.
func longStream() []byte {
	event := `data: {"type":"text-delta","id":"msg_68c276dd2b3481a2bb6da153039cf9cd093857e78e8e8f18",` +
		`"delta":"Hello "}` + "\n\n"
	return []byte(strings.Repeat(event, deltas-1) + "data: {\"type\":\"finish\"}\n\n")
}

// floor does the minimum of a hand-written reader of the same stream.
func floor(t testing.TB, r io.Reader) (n int) {
	type chunk struct{ Type, ID, Delta string }
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		data, ok := bytes.CutPrefix(lines.Bytes(), []byte("data: "))
		if !ok {
			continue
		}
		c := new(chunk)
		if err := json.Unmarshal(data, c); err != nil {
			t.Fatal(err)
		}
		n++
	}
	return n
}

func ours(t testing.TB, client *Client) (n int) {
	s, err := client.Messages.Stream(t.Context(), testID, SendMessageParams{Content: "Hi"})
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range s.Chunks() {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	return n
}

// longAgentStream has 10 000 events of a model that thinks and uses tools.
func longAgentStream() []byte {
	round := strings.Repeat(`data: {"type":"reasoning-delta","id":"rs_68c276dd","delta":"I look at "}`+"\n\n", 50) +
		strings.Repeat(`data: {"type":"tool-input-delta","toolCallId":"c_9tR2","inputTextDelta":"{\"que"}`+"\n\n", 50)
	return []byte(strings.Repeat(round, deltas/100) + "data: {\"type\":\"finish\"}\n\n")
}

// TestStream_AllocationsPerEvent shows that a delta costs three allocations: the chunk, its Raw and its text. The floor
// has three or four of its own, unless GOEXPERIMENT=jsonv2 shares its short texts.
func TestStream_AllocationsPerEvent(t *testing.T) {
	for name, body := range map[string][]byte{"text": longStream(), "agent": longAgentStream()} {
		client := inMemory(t, "text/event-stream",
			func(*http.Request) io.ReadCloser { return io.NopCloser(bytes.NewReader(body)) })
		got := testing.AllocsPerRun(3, func() { require.InDelta(t, deltas, ours(t, client), 1) })
		assert.LessOrEqual(t, got/deltas, 3.05, name) // and two ids in a hundred events of the agent
	}
}

func BenchmarkStream(b *testing.B) {
	body := longStream()
	client := inMemory(b, "text/event-stream",
		func(*http.Request) io.ReadCloser { return io.NopCloser(bytes.NewReader(body)) })
	b.Run("floor", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			floor(b, bytes.NewReader(body))
		}
	})
	b.Run("ours", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			ours(b, client)
		}
	})
}
