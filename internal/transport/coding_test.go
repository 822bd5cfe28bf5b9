package transport

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"io"
	"net/http"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley"
)

func TestCoding_BodyThatCannotBeDecodedIsErrDecodeAfterOneRequest(t *testing.T) {
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	_, _ = io.WriteString(z, `{"id":"1"}`)
	require.NoError(t, z.Close())
	spoilt := bytes.Clone(zipped.Bytes())
	spoilt[len(spoilt)-8] ^= 0xff // the checksum
	corrupt := append(bytes.Clone(zipped.Bytes()[:10]), bytes.Repeat([]byte{0xff}, 20)...)
	for name, tt := range map[string]struct {
		coding, body string
		cause        error
	}{
		"not gzip at all": {"gzip", `{"id":"1","x":2}`, gzip.ErrHeader},
		"wrong checksum":  {"gzip", string(spoilt), gzip.ErrChecksum},
		"corrupt":         {"gzip", string(corrupt), flate.CorruptInputError(1)},
		"brotli":          {"br", "\x0b\x05\x80", parley.ErrDecode},
		"two":             {"gzip, br", "\x0b\x05\x80", parley.ErrDecode},
	} {
		t.Run(name, func(t *testing.T) {
			url, n := counted(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
				w.Header().Set("Content-Encoding", tt.coding)
				_, _ = io.WriteString(w, tt.body)
			})
			c := newTestClient(t, url, nil)
			err := use(t, c, get)
			assert.EqualValues(t, 1, n.Swap(0))
			assert.ErrorIs(t, err, parley.ErrDecode)
			assert.ErrorIs(t, err, tt.cause)
			assert.NotErrorIs(t, err, parley.ErrDeliveryUnknown)
			assert.Equal(t, 200, asFailure(t, err).StatusCode)
			assert.ErrorContains(t, err, "Content-Encoding "+strconv.Quote(tt.coding))
			err = use(t, c, post)
			assert.EqualValues(t, 1, n.Load())
			assert.ErrorIs(t, err, parley.ErrDeliveryUnknown, "the server did act")
		})
	}
}

func TestCoding_OfNoConsequence(t *testing.T) {
	for name, tt := range map[string]struct {
		status       int
		coding, body string
	}{
		"identity": {200, "identity", `{"id":"1"}`},
		"no body":  {204, "br", ""},
		"empty":    {200, "br", ""},
	} {
		t.Run(name, func(t *testing.T) {
			url, _ := counted(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
				w.Header().Set("Content-Encoding", tt.coding)
				w.WriteHeader(tt.status)
				_, _ = io.WriteString(w, tt.body)
			})
			assert.NoError(t, newTestClient(t, url, nil).Send(t.Context(), Call{Operation: post, IDs: []string{"1"}}))
		})
	}
}

// The reader of a stream never sees a response that is refused for its coding, so the SDK closes it.
func TestCoding_OfAStreamThatIsRefusedClosesTheBody(t *testing.T) {
	body := &watched{Reader: newReader("not in that coding")}
	c := newTestClient(t, "https://api.example", func(cfg *Config) {
		cfg.HTTPClient = &http.Client{Transport: roundTripper(func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: 200, Body: body, Header: http.Header{
				"Content-Type": {"text/event-stream"}, "Content-Encoding": {"br"},
			}}, nil
		})}
	})
	_, err := c.Do(t.Context(), Call{Operation: post, IDs: []string{"1"}, StreamType: "text/event-stream"})
	assert.ErrorIs(t, err, parley.ErrDecode)
	assert.True(t, body.closed)
}

func TestCoding_OfAStream(t *testing.T) {
	hold := make(chan struct{})
	coding := "br"
	url, n := counted(t, func(w http.ResponseWriter, _ *http.Request, _ int) {
		w.Header().Set("Content-Encoding", coding)
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = io.WriteString(w, "not in that coding, whatever it is")
		if coding == "br" {
			_ = http.NewResponseController(w).Flush()
			<-hold
		}
	})
	t.Cleanup(func() { close(hold) }) // before the server is closed
	c := newTestClient(t, url, nil)
	_, err := c.Do(t.Context(), Call{Operation: get, IDs: []string{"1"}, StreamType: "text/event-stream"})
	assert.ErrorIs(t, err, parley.ErrDecode, "without waiting for the end of the body")
	assert.EqualValues(t, 1, n.Load())
	coding = "gzip"
	resp, err := c.Do(t.Context(), Call{Operation: get, IDs: []string{"1"}, StreamType: "text/event-stream"})
	require.NoError(t, err)
	_, err = io.ReadAll(resp.Stream)
	assert.ErrorIs(t, err, parley.ErrDecode)
	require.NoError(t, resp.Stream.Close())
}
