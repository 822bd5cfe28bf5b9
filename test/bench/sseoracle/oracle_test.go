package sseoracle

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"
	gosse "github.com/tmaxmax/go-sse"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/sse"
)

const limit = 1 << 20

// ours and theirs leave out events without data. go-sse yields them for a lone id or name too, which no browser does.
func ours(t testing.TB, r io.Reader) (events []string, err error) {
	d := sse.NewDecoder(r, limit)
	for {
		event, err := d.Next()
		if err != nil {
			require.True(t, err == io.EOF || errors.Is(err, parley.ErrTruncated), "%v", err)
			return events, err
		}
		if len(event.Data) > 0 && !event.Bare {
			events = append(events, string(event.Data))
		}
	}
}

func theirs(t testing.TB, r io.Reader) (events []string) {
	for event, err := range gosse.Read(r, &gosse.ReadConfig{MaxEventSize: limit}) {
		require.True(t, err == nil || errors.Is(err, gosse.ErrUnexpectedEOF), "%v", err)
		if err == nil && event.Data != "" {
			events = append(events, event.Data)
		}
	}
	return events
}

// compare compares the two. If ours reports a stream that was cut, theirs may have yielded the cut event as a whole
// one. That difference is intended.
func compare(t testing.TB, stream []byte) {
	got, err := ours(t, bytes.NewReader(stream))
	slow, slowErr := ours(t, iotest.OneByteReader(bytes.NewReader(stream)))
	require.Equal(t, got, slow)
	require.Equal(t, err, slowErr)
	want := theirs(t, bytes.NewReader(stream))
	if errors.Is(err, parley.ErrTruncated) && len(want) == len(got)+1 {
		want = want[:len(got):len(got)]
	}
	require.Equal(t, strings.Join(want, "\x00|"), strings.Join(got, "\x00|"), "%q", stream)
	require.Len(t, got, len(want))
}

var seeds = []string{
	"data: a\n\ndata: b\r\rdata: c\r\n\r\n",
	"\xef\xbb\xbfdata: a\ndata: b\n\n",
	": comment\nevent: x\nid: 7\nretry: 10\ndata: a\n\n",
	"data\ndata:\ndata:  x\n\n",
	"data: a\n\ndata: cut\n",
	"data: a\n\ndata: cu",
	"id\n\nevent: lone\n\ndata: a\n\n",
	"data: a\r\n\ndata: b\n\r\n\rdata: c\n\n",
}

func FuzzAgainstGoSSE(f *testing.F) {
	for _, seed := range seeds {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, stream []byte) { compare(t, stream) })
}

// TestAgainstGoSSE_AllShortStreams compares every stream of up to seven pieces that matter to the line rules.
func TestAgainstGoSSE_AllShortStreams(t *testing.T) {
	pieces := []string{"\n", "\r", "data", ": ", "x"}
	var walk func(stream string, depth int)
	walk = func(stream string, depth int) {
		compare(t, []byte(stream))
		if depth == 0 {
			return
		}
		for _, piece := range pieces {
			walk(stream+piece, depth-1)
		}
	}
	walk("", 7)
}

func BenchmarkParse(b *testing.B) {
	event := `data: {"type":"text-delta","id":"msg_68c276dd2b3481a2bb6da153039cf9cd093857e78e8e8f18",` +
		`"delta":"Hello "}` + "\n\n"
	stream := []byte(strings.Repeat(event, 10_000))
	b.Run("parley", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			d := sse.NewDecoder(bytes.NewReader(stream), 0)
			for _, err := d.Next(); err == nil; _, err = d.Next() {
			}
		}
	})
	b.Run("go-sse", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			for range gosse.Read(bytes.NewReader(stream), nil) {
			}
		}
	})
}
