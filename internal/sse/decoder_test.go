package sse

import (
	"bytes"
	"errors"
	"io"
	"math"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/seed-127a5941/parley"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// events reads r to its end.
func events(r io.Reader, limit int64) (got []string, err error) {
	d := NewDecoder(r, limit)
	for {
		event, err := d.Next()
		if err != nil {
			return got, err
		}
		if !event.Bare {
			got = append(got, string(event.Data))
		}
	}
}

// readers returns readers of s that return it whole, a byte at a time, and with io.EOF beside the last byte.
func readers(s string) map[string]io.Reader {
	return map[string]io.Reader{
		"whole":       strings.NewReader(s),
		"bytes":       iotest.OneByteReader(strings.NewReader(s)),
		"EOF at once": iotest.DataErrReader(strings.NewReader(s)),
	}
}

func TestDecoder_EveryCutPosition(t *testing.T) {
	for _, end := range []string{"\n", "\r", "\r\n"} {
		stream := strings.ReplaceAll("\xef\xbb\xbf: hi\ndata: one\ndata: two\n\nevent: x\ndata: three\n\n", "\n", end)
		whole := []string{"one\ntwo", "three"}
		for cut := range len(stream) {
			for how, r := range readers(stream[:cut]) {
				got, err := events(r, 0)
				require.True(t, slices.Equal(whole[:len(got)], got), "%s cut at %d: a part of an event was delivered",
					how, cut)
				if _, open := reference([]byte(stream[:cut])); open {
					require.ErrorIs(t, err, parley.ErrTruncated, "%s cut at %d", how, cut)
				} else {
					require.Equal(t, io.EOF, err, "%s cut at %d", how, cut)
				}
			}
		}
	}
}

func TestDecoder_Limit(t *testing.T) {
	tests := map[string]struct {
		stream string
		ok     bool
	}{
		"exactly":             {"data: " + strings.Repeat("x", 100) + "\n\n", true},
		"no blank, exactly":   {"data:" + strings.Repeat("x", 100) + "\n\n", true},
		"one more":            {"data: " + strings.Repeat("x", 101) + "\n\n", false},
		"no blank, one more":  {"data:" + strings.Repeat("x", 101) + "\n\n", false},
		"lines, exactly":      {strings.Repeat("data: 123456789\n", 10) + "\n", true},
		"lines, one more":     {strings.Repeat("data: 123456789\n", 10) + "data\n\n", true},
		"lines, two more":     {strings.Repeat("data: 123456789\n", 10) + "data:x\n\n", false},
		"no line end":         {"data: " + strings.Repeat("x", 1000), false},
		"a long other field":  {"event: " + strings.Repeat("x", 10_000) + "\ndata: a\n\n", true},
		"a long comment":      {":" + strings.Repeat("x", 100_000) + "\ndata: x\n\n", true},
		"many small events":   {strings.Repeat("data: 123456789\n\n", 100), true},
		"many small comments": {strings.Repeat(": 123456789\n", 100) + "data: a\n\n", true},
		"many other fields":   {strings.Repeat("retry: 123456789\n", 100) + "data: a\n\n", true},
	}
	for name, test := range tests {
		for how, r := range readers(test.stream) {
			_, err := events(r, 100)
			if test.ok {
				assert.Equal(t, io.EOF, err, "%s, %s", name, how)
			} else {
				assert.ErrorIs(t, err, parley.ErrResponseTooLarge, "%s, %s", name, how)
			}
		}
	}
}

func TestDecoder_TheLargestLimit(t *testing.T) {
	for _, limit := range []int64{math.MaxInt64, math.MaxInt64 - 1, math.MaxInt32, 1 << 40} {
		big := strings.Repeat("x", 3*bufferSize)
		got, err := events(strings.NewReader("data: "+big+"\ndata: a\n\ndata: b\n\n"), limit)
		assert.Equal(t, io.EOF, err)
		assert.Equal(t, []string{big + "\na", "b"}, got)
	}
}

// endless is an event of n bytes that needs no memory.
type endless struct{ n, read int }

func (r *endless) Read(p []byte) (int, error) {
	if r.read >= r.n {
		return 0, io.EOF
	}
	for i := range p {
		p[i] = 'x'
	}
	n := len(p)
	if r.read == 0 {
		n = copy(p, "data: ")
	}
	r.read += n
	return n, nil
}

func TestDecoder_HugeEventCostsLittle(t *testing.T) {
	r := &endless{n: 200 << 20}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := NewDecoder(r, 0).Next()
	runtime.ReadMemStats(&after)

	assert.ErrorIs(t, err, parley.ErrResponseTooLarge)
	assert.Less(t, r.read, 5<<20, "it was read on after the limit")
	assert.Less(t, after.TotalAlloc-before.TotalAlloc, uint64(9<<20), "allocated in all")
}

func TestDecoder_ReaderError(t *testing.T) {
	broken := errors.New("connection reset")
	for _, stream := range []string{"", "\xef", "data: a\n\n", "data: a\n\nda"} {
		_, err := events(io.MultiReader(strings.NewReader(stream), iotest.ErrReader(broken)), 0)
		assert.ErrorIs(t, err, broken, "%q", stream)
	}
}

func TestDecoder_AllocatesNothingPerEvent(t *testing.T) {
	stream := bytes.Repeat(
		[]byte("data: {\"type\":\"text-delta\",\"id\":\"msg_1\",\"delta\":\"Hello \"}\r\n\r\n: ping\nid: 7\n"), 10_000,
	)
	d := NewDecoder(bytes.NewReader(stream), 0)
	_, err := d.Next() // makes the buffer
	require.NoError(t, err)
	allocs := testing.AllocsPerRun(9_000, func() {
		if _, err := d.Next(); err != nil {
			t.Fatal(err)
		}
	})
	assert.Zero(t, allocs)
}

func FuzzDecoder(f *testing.F) {
	f.Add([]byte("data: a\r\ndata: b\r\n\r\n"), uint8(3))
	f.Add([]byte("\xef\xbb\xbf: c\rdata: a\r\rdata"), uint8(0))
	f.Add([]byte("data\n\nevent: x\ndata:  y\n\n"), uint8(200))
	f.Fuzz(func(t *testing.T, stream []byte, limit uint8) {
		whole, wholeErr := events(bytes.NewReader(stream), int64(limit))
		slow, slowErr := events(iotest.OneByteReader(bytes.NewReader(stream)), int64(limit))
		require.Equal(t, whole, slow, "the split of the reads changes the events")
		require.Equal(t, wholeErr.Error(), slowErr.Error())
		for _, event := range whole {
			require.NotContains(t, event, "\r")
			require.True(t, limit == 0 || len(event) <= int(limit))
		}
		want, open := reference(stream)
		require.LessOrEqual(t, len(whole), len(want))
		require.True(t, slices.Equal(want[:len(whole)], whole), "%q", whole)
		if !errors.Is(wholeErr, parley.ErrResponseTooLarge) {
			require.Len(t, whole, len(want))
			require.Equal(t, open, errors.Is(wholeErr, parley.ErrTruncated))
		}
	})
}

// reference reads a stream as the text of the WHATWG describes it, without regard to cost. open reports an event that
// has begun and not ended.
func reference(stream []byte) (events []string, open bool) {
	text := strings.TrimPrefix(string(stream), "\xef\xbb\xbf")
	text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
	lines := strings.Split(text, "\n")
	data, any, named := "", false, false
	for _, line := range lines[:len(lines)-1] { // bytes after the last line end are not a line
		name, value, _ := strings.Cut(line, ":")
		switch {
		case line == "" && any:
			events = append(events, strings.TrimSuffix(data, "\n"))
			data, any, named = "", false, false
		case line == "":
			named = false
		case name == "event":
			named = strings.TrimPrefix(value, " ") != ""
		case name == "data":
			data, any = data+strings.TrimPrefix(value, " ")+"\n", true
		}
	}
	rest := lines[len(lines)-1]
	return events, any || named || rest != "" && rest[0] != ':'
}

func BenchmarkDecoder(b *testing.B) {
	event := "data: {\"type\":\"text-delta\",\"id\":\"msg_68c276dd2b3481a2bb6da153039cf9cd093857e78e8e8f18\"," +
		"\"delta\":\"Hello \"}\n\n"
	stream := []byte(strings.Repeat(event, 10_000))
	b.Run("floor", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if n := floor(bytes.NewReader(stream)); n != 10_000 {
				b.Fatal(n)
			}
		}
	})
	b.Run("ours", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			d, n := NewDecoder(bytes.NewReader(stream), 0), 0
			for _, err := d.Next(); err == nil; _, err = d.Next() {
				n++
			}
			if n != 10_000 {
				b.Fatal(n)
			}
		}
	})
}
