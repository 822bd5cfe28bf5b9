package sse

import (
	"bytes"
	"errors"
	"io"
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
		data, err := d.Next()
		if err != nil {
			return got, err
		}
		got = append(got, string(data))
	}
}

func TestDecoder_LineRules(t *testing.T) {
	tests := map[string]struct {
		stream string
		want   []string
		err    error // nil: io.EOF
	}{
		"nothing":                       {"", nil, nil},
		"one event":                     {"data: a\n\n", []string{"a"}, nil},
		"no blank after the colon":      {"data:a\n\n", []string{"a"}, nil},
		"one blank is taken":            {"data:  a \n\n", []string{" a "}, nil},
		"several lines":                 {"data: a\ndata: b\n\n", []string{"a\nb"}, nil},
		"empty lines of data":           {"data\ndata\n\n", []string{"\n"}, nil},
		"empty data is an event":        {"data\n\ndata:\n\ndata: \n\n", []string{"", "", ""}, nil},
		"CR":                            {"data: a\rdata: b\r\rdata: c\r\r", []string{"a\nb", "c"}, nil},
		"CRLF":                          {"data: a\r\ndata: b\r\n\r\ndata: c\r\n\r\n", []string{"a\nb", "c"}, nil},
		"mixed":                         {"data: a\r\n\ndata: b\n\r\ndata: c\r\r\ndata: d\n\r", []string{"a", "b", "c", "d"}, nil},
		"CR LF of two line ends":        {"data: a\n\r\ndata: b\n\n", []string{"a", "b"}, nil},
		"BOM":                           {"\xef\xbb\xbfdata: a\n\n", []string{"a"}, nil},
		"second BOM is a field":         {"\xef\xbb\xbf\xef\xbb\xbfdata: a\n\ndata: b\n\n", []string{"b"}, nil},
		"BOM alone":                     {"\xef\xbb\xbf", nil, nil},
		"half a BOM":                    {"\xef\xbb", nil, parley.ErrTruncated},
		"no BOM":                        {"\xef\xbbdata: a\n\ndata: b\n\n", []string{"b"}, nil},
		"comments":                      {":\n: ping\n\ndata: a\n:data: x\n\n:", []string{"a"}, nil},
		"other fields":                  {"event: ping\nid: 1\nretry: 10\nfoo\nfoo: bar\ndata: a\n\n", []string{"a"}, nil},
		"other fields alone":            {"event: ping\nid: 1\n\n\n\ndata: a\n\n", []string{"a"}, nil},
		"names that begin with data":    {"database: a\ndat: b\n data: c\nData: d\n\n", nil, nil},
		"colons in the value":           {"data: a: b:\n\n", []string{"a: b:"}, nil},
		"NUL and invalid UTF-8":         {"data: \x00\xff\n\n", []string{"\x00\xff"}, nil},
		"cut before the blank line":     {"data: a\n\ndata: b\n", []string{"a"}, parley.ErrTruncated},
		"cut inside a line":             {"data: a\n\ndat", []string{"a"}, parley.ErrTruncated},
		"cut inside a comment":          {"data: a\n\n: pin", []string{"a"}, nil},
		"cut inside an event's comment": {"data: a\n: pin", nil, parley.ErrTruncated},
		"cut after another field":       {"data: a\n\nevent: x\n", []string{"a"}, nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			want := test.err
			if want == nil {
				want = io.EOF
			}
			for how, r := range readers(test.stream) {
				got, err := events(r, 0)
				assert.Equal(t, test.want, got, how)
				assert.ErrorIs(t, err, want, how)
			}
		})
	}
}

// readers gives out s whole, a byte at a time, and with io.EOF beside the last byte.
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
				require.True(t, slices.Equal(whole[:len(got)], got), "%s cut at %d: a part of an event was delivered", how, cut)
				if _, open := reference([]byte(stream[:cut])); open {
					require.ErrorIs(t, err, parley.ErrTruncated, "%s cut at %d", how, cut)
				} else {
					require.Equal(t, io.EOF, err, "%s cut at %d", how, cut)
				}
			}
		}
	}
}

// tape gives out one part per Read and fails the test when it is asked for more than what is needed.
type tape struct {
	t     *testing.T
	parts []string
}

func (r *tape) Read(p []byte) (int, error) {
	require.NotEmpty(r.t, r.parts, "read on where the event was complete")
	n := copy(p, r.parts[0])
	r.parts = r.parts[1:]
	return n, nil
}

func TestDecoder_DeliversWithoutReadingOn(t *testing.T) {
	for _, parts := range [][]string{
		{"data: a\n\n"},
		{"data: a\r\r"},
		{"data: a\r", "\r"},
		{"data: a\r", "\n", "\r"},
		{"data: a\r\n\r"},
		{"\xef", "\xbb", "\xbf", "d", "ata: a\n", "\n"},
	} {
		data, err := NewDecoder(&tape{t, parts}, 0).Next()
		require.NoError(t, err, "%q", parts)
		assert.Equal(t, "a", string(data), "%q", parts)
	}
}

func TestDecoder_CRLFSplitAcrossReads(t *testing.T) {
	d := NewDecoder(io.MultiReader(strings.NewReader("data: a\r"), strings.NewReader("\n\r"),
		strings.NewReader("\ndata: b\r\n\r\n")), 0)
	for _, want := range []string{"a", "b"} {
		data, err := d.Next()
		require.NoError(t, err)
		assert.Equal(t, want, string(data))
	}
	_, err := d.Next()
	assert.Equal(t, io.EOF, err)
}

func TestDecoder_LargeEvents(t *testing.T) {
	big := strings.Repeat("0123456789", 100_000)
	got, err := events(strings.NewReader("data: a\n\ndata: "+big+"\ndata:"+big+"\n\ndata: b\n\n"), 0)
	assert.Equal(t, io.EOF, err)
	require.Len(t, got, 3)
	assert.True(t, got[1] == big+"\n"+big, "the large event changed")
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

// endless is an event of n bytes that costs its test no memory.
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
	stream := bytes.Repeat([]byte("data: {\"type\":\"text-delta\",\"id\":\"msg_1\",\"delta\":\"Hello \"}\r\n\r\n: ping\nid: 7\n"), 10_000)
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

// reference reads a stream as the WHATWG text says it, with no regard to cost. open: an event was begun and not ended.
func reference(stream []byte) (events []string, open bool) {
	text := strings.TrimPrefix(string(stream), "\xef\xbb\xbf")
	text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
	lines := strings.Split(text, "\n")
	data, any := "", false
	for _, line := range lines[:len(lines)-1] { // what follows the last line end is no line
		name, value, _ := strings.Cut(line, ":")
		switch {
		case line == "" && any:
			events = append(events, strings.TrimSuffix(data, "\n"))
			data, any = "", false
		case name == "data":
			data, any = data+strings.TrimPrefix(value, " ")+"\n", true
		}
	}
	rest := lines[len(lines)-1]
	return events, any || rest != "" && rest[0] != ':'
}

func BenchmarkDecoder(b *testing.B) {
	event := "data: {\"type\":\"text-delta\",\"id\":\"msg_68c276dd2b3481a2bb6da153039cf9cd093857e78e8e8f18\",\"delta\":\"Hello \"}\n\n"
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
