package sse

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley"
)

func TestDecoder_NamesOfEvents(t *testing.T) {
	stream := "event: error\ndata: a\n\ndata: b\n\nevent: x\n\ndata: c\n\nevent:one\nevent: two\ndata: d\n\nevent: " +
		"y\nevent\ndata: e\n\n"
	for how, r := range readers(stream) {
		d := NewDecoder(r, 0)
		var got []string
		for event, err := d.Next(); err != io.EOF; event, err = d.Next() {
			require.NoError(t, err, how)
			got = append(got, string(event.Name)+"="+string(event.Data))
		}
		assert.Equal(t, []string{"error=a", "=b", "=c", "two=d", "=e"}, got, how)
	}
}

// Servers that fail in the middle of a stream write a JSON object into it without any framing.
func TestDecoder_BareObjects(t *testing.T) {
	for name, test := range map[string]struct {
		stream string
		want   []string
	}{
		"between events":          {"data: a\n\n{\"x\":1}\ndata: b\n\n", []string{"a", `bare {"x":1}`, "b"}},
		"inside an event":         {"data: a\n{\"x\":1}\ndata: b\n\n", []string{`bare {"x":1}`, "a\nb"}},
		"over several lines":      {"data: a\n\n{\n  \"x\": 1\n}\n", []string{"a", "bare {\n  \"x\": 1\n}"}},
		"behind other text":       {"oops\n{\"x\":1}\n", []string{`bare {"x":1}`}},
		"two of them":             {"{\"x\":1}\n{\"x\":2}\n", []string{`bare {"x":1}`, `bare {"x":2}`}},
		"no JSON":                 {"{x}\ndata: a\n\n", []string{"a"}},
		"behind half of one":      {"{\"x\":\n{\"y\":1}\n", []string{`bare {"y":1}`}},
		"larger than what counts": {"{\"x\":\"" + strings.Repeat("x", maxStray) + "\"}\ndata: a\n\n", []string{"a"}},
	} {
		for how, r := range readers(test.stream) {
			d := NewDecoder(r, 0)
			var got []string
			for event, err := d.Next(); err != io.EOF; event, err = d.Next() {
				require.NoError(t, err, "%s, %s", name, how)
				text := string(event.Data)
				if event.Bare {
					text = "bare " + text
				}
				got = append(got, text)
			}
			assert.Equal(t, test.want, got, "%s, %s", name, how)
		}
	}
}

func TestDecoder_BareObjectIsDeliveredWithItsLine(t *testing.T) {
	event, err := NewDecoder(&tape{t, []string{"{\"x\"", ":1}\n"}}, 0).Next()
	require.NoError(t, err)
	assert.True(t, event.Bare)
	assert.Equal(t, `{"x":1}`, string(event.Data))
}

func TestDecoder_StrayText(t *testing.T) {
	long := strings.Repeat("x", 100<<10)
	for stream, want := range map[string]string{
		"data: a\n\n":                               "",
		"data: a\n\nInternal Server Error":          "Internal Server Error\n",
		"data: a\n\nInternal\nServer Error\n":       "Internal\nServer Error\n",
		"before\ndata: a\n\nbehind\n":               "behind\n",
		"data: a\n\n<html>\n: x\nid: 1\n</html>":    "<html>\n</html>\n",
		"data: a\n\nda":                             "",
		"data: a\n\nretr":                           "",
		"data: a\n\nretro":                          "retro\n",
		"data: a\n\n{\"error\":1":                   "{\"error\":1\n",
		"data: a\n\n" + long:                        long[:maxStray] + "\n",
		"data: a\n\n" + long + "\n" + long + "\nx":  long[:maxStray] + "\n",
		"data: a\n\nevent: " + long + "\n: " + long: "",
	} {
		for how, r := range readers(stream) {
			d := NewDecoder(r, 0)
			err := error(nil)
			for err == nil {
				_, err = d.Next()
			}
			assert.Equal(t, want, string(d.Stray()), "%.40q, %s", stream, how)
		}
	}
}

func TestDecoder_StrayTextSurvivesAnErrorOfTheReader(t *testing.T) {
	broken := errors.New("connection reset")
	d := NewDecoder(io.MultiReader(strings.NewReader("data: a\n\nupstream is do"), iotest.ErrReader(broken)), 0)
	_, err := d.Next()
	require.NoError(t, err)
	_, err = d.Next()
	assert.ErrorIs(t, err, broken)
	assert.Equal(t, "upstream is do\n", string(d.Stray()))
}

func TestDecoder_Pending(t *testing.T) {
	for stream, want := range map[string]struct {
		data    string
		pending bool
	}{
		"":                              {},
		"data: a\n\n":                   {},
		"data: a\n\n: ping":             {},
		"data: a\n\nevent: x\n":         {"", true},
		"data: a\n\nevent: x\n: ping":   {"", true},
		"data: a\n\nevent: x\n\n":       {},
		"event: x\ndata: a\n\n":         {},
		"data: a\n\nid: 1\n":            {},
		"data: a\n\nd":                  {"d", true},
		"data: a\n\ndata: ":             {"", true},
		"data: a\n\ndata: [DO":          {"[DO", true},
		"data: a\n\ndata:[DONE]\n":      {"[DONE]", true},
		"data: a\n\ndata: b\n: ping":    {"b", true},
		"data: a\n\ndata: b\ndata: c\n": {"b\nc", true},
		"data: a\n\nother":              {"other", true},
	} {
		for how, r := range readers(stream) {
			d := NewDecoder(r, 0)
			err := error(nil)
			for err == nil {
				_, err = d.Next()
			}
			data, pending := d.Pending()
			assert.Equal(t, want.pending, pending, "%q, %s", stream, how)
			assert.Equal(t, want.data, string(data), "%q, %s", stream, how)
			assert.Equal(t, want.pending, errors.Is(err, parley.ErrTruncated), "%q, %s", stream, how)
		}
	}
	d := NewDecoder(strings.NewReader("data: a\n\n"), 0)
	_, err := d.Next()
	require.NoError(t, err)
	_, pending := d.Pending()
	assert.False(t, pending, "an event that was delivered")
}
