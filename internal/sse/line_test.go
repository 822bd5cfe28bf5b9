package sse

import (
	"bytes"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley"
)

func TestDecoder_LineRules(t *testing.T) {
	tests := map[string]struct {
		stream string
		want   []string
		err    error // nil means io.EOF
	}{
		"nothing":                  {"", nil, nil},
		"one event":                {"data: a\n\n", []string{"a"}, nil},
		"no blank after the colon": {"data:a\n\n", []string{"a"}, nil},
		"one blank is taken":       {"data:  a \n\n", []string{" a "}, nil},
		"several lines":            {"data: a\ndata: b\n\n", []string{"a\nb"}, nil},
		"empty lines of data":      {"data\ndata\n\n", []string{"\n"}, nil},
		"empty data is an event":   {"data\n\ndata:\n\ndata: \n\n", []string{"", "", ""}, nil},
		"CR":                       {"data: a\rdata: b\r\rdata: c\r\r", []string{"a\nb", "c"}, nil},
		"CRLF":                     {"data: a\r\ndata: b\r\n\r\ndata: c\r\n\r\n", []string{"a\nb", "c"}, nil},
		"mixed": {
			"data: a\r\n\ndata: b\n\r\ndata: c\r\r\ndata: d\n\r", []string{"a", "b", "c", "d"}, nil,
		},
		"CR LF of two line ends": {"data: a\n\r\ndata: b\n\n", []string{"a", "b"}, nil},
		"BOM":                    {"\xef\xbb\xbfdata: a\n\n", []string{"a"}, nil},
		"second BOM is a field":  {"\xef\xbb\xbf\xef\xbb\xbfdata: a\n\ndata: b\n\n", []string{"b"}, nil},
		"BOM alone":              {"\xef\xbb\xbf", nil, nil},
		"half a BOM":             {"\xef\xbb", nil, parley.ErrTruncated},
		"no BOM":                 {"\xef\xbbdata: a\n\ndata: b\n\n", []string{"b"}, nil},
		"comments":               {":\n: ping\n\ndata: a\n:data: x\n\n:", []string{"a"}, nil},
		"other fields": {
			"event: ping\nid: 1\nretry: 10\nfoo\nfoo: bar\ndata: a\n\n", []string{"a"}, nil,
		},
		"other fields alone":            {"event: ping\nid: 1\n\n\n\ndata: a\n\n", []string{"a"}, nil},
		"names that begin with data":    {"database: a\ndat: b\n data: c\nData: d\n\n", nil, nil},
		"colons in the value":           {"data: a: b:\n\n", []string{"a: b:"}, nil},
		"NUL and invalid UTF-8":         {"data: \x00\xff\n\n", []string{"\x00\xff"}, nil},
		"cut before the blank line":     {"data: a\n\ndata: b\n", []string{"a"}, parley.ErrTruncated},
		"cut inside a line":             {"data: a\n\ndat", []string{"a"}, parley.ErrTruncated},
		"cut inside a comment":          {"data: a\n\n: pin", []string{"a"}, nil},
		"cut inside an event's comment": {"data: a\n: pin", nil, parley.ErrTruncated},
		"cut after the event's name":    {"data: a\n\nevent: x\n", []string{"a"}, parley.ErrTruncated},
		"a name without data":           {"data: a\n\nevent: x\n\n", []string{"a"}, nil},
		"an empty name":                 {"data: a\n\nevent:\n", []string{"a"}, nil},
		"cut after another field":       {"data: a\n\nid: 1\nretry: 2\n", []string{"a"}, nil},
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

// tape returns one part per Read and fails the test if more parts are read than necessary.
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
		event, err := NewDecoder(&tape{t, parts}, 0).Next()
		require.NoError(t, err, "%q", parts)
		assert.Equal(t, "a", string(event.Data), "%q", parts)
	}
}

func TestDecoder_CRLFSplitAcrossReads(t *testing.T) {
	d := NewDecoder(io.MultiReader(strings.NewReader("data: a\r"), strings.NewReader("\n\r"),
		strings.NewReader("\ndata: b\r\n\r\n")), 0)
	for _, want := range []string{"a", "b"} {
		event, err := d.Next()
		require.NoError(t, err)
		assert.Equal(t, want, string(event.Data))
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

// TestDecoder_MemoryWhileItWaits shows that a stream of words that come one by one holds only a small buffer. Thousands
// of streams may be open in one process.
func TestDecoder_MemoryWhileItWaits(t *testing.T) {
	event := "data: {\"type\":\"text-delta\",\"id\":\"msg_1\",\"delta\":\"Hello \"}\r\n\r\n"
	reads, writes := io.Pipe()
	defer writes.Close()
	d := NewDecoder(reads, 0)
	for range 100 {
		go func() { _, _ = io.WriteString(writes, event) }()
		got, err := d.Next()
		require.NoError(t, err)
		require.Len(t, got.Data, len(event)-len("data: \r\n\r\n"))
	}
	assert.Equal(t, firstBuffer, cap(d.buffer))
	assert.Nil(t, d.data, "an event that is read whole is not copied")
}

func TestDecoder_BufferGrowsWithTheReads(t *testing.T) {
	d := NewDecoder(strings.NewReader(strings.Repeat("data: "+strings.Repeat("x", 100)+"\n\n", 1000)), 0)
	largest := 0
	for _, err := d.Next(); err == nil; _, err = d.Next() {
		largest = max(largest, cap(d.buffer))
	}
	assert.Equal(t, bufferSize, largest)
}

type emptyReader struct{ reads int }

func (r *emptyReader) Read([]byte) (int, error) {
	r.reads++
	return 0, nil
}

func TestDecoder_ReaderWithoutBytes(t *testing.T) {
	r := new(emptyReader)
	_, err := NewDecoder(r, 0).Next()
	require.ErrorIs(t, err, io.ErrNoProgress)
	assert.Equal(t, emptyReads, r.reads)
}

// A line of any length that is no data costs bounded memory, however many reads it takes.
func TestDecoder_KeepsLittleOfOtherLines(t *testing.T) {
	var d Decoder
	assert.Zero(t, d.spare(bytes.Repeat([]byte("x"), maxStray)))
	assert.Zero(t, d.spare(bytes.Repeat([]byte("x"), 2*maxStray)))
	assert.Zero(t, d.spare(append([]byte(":"), bytes.Repeat([]byte("x"), maxName)...)))
	assert.Positive(t, d.spare([]byte("x")))
}
