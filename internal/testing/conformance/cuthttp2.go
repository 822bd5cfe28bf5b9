package conformance

import (
	"bytes"
	"io"
	"math"
	"net/http"
	"net/http/httptest"
	"strconv"

	framing "golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

// http2 is HTTP/2 without TLS, with one request per connection.
type http2 struct{}

// firstStream is the id of the first request on a connection.
const firstStream = 1

func (http2) String() string { return "HTTP/2" }

func (http2) protocols() *http.Protocols {
	p := &http.Protocols{}
	p.SetUnencryptedHTTP2(true)
	return p
}

func (http2) response(spec *Spec) string {
	return string(encodeResponse(spec.contentType(), spec.Reply))
}

// encodeResponse returns the server's settings and the frames of a whole successful response.
func encodeResponse(contentType, body string) []byte {
	var header, frames bytes.Buffer
	encoder := hpack.NewEncoder(&header)
	for _, field := range []hpack.HeaderField{
		{Name: ":status", Value: "200"},
		{Name: "content-type", Value: contentType},
		{Name: "content-length", Value: strconv.Itoa(len(body))},
	} {
		_ = encoder.WriteField(field) // a buffer never fails
	}
	f := framing.NewFramer(&frames, nil)
	_ = f.WriteSettings()
	_ = f.WriteHeaders(framing.HeadersFrameParam{
		StreamID: firstStream, BlockFragment: header.Bytes(), EndHeaders: true,
	})
	_ = f.WriteData(firstStream, true, []byte(body))
	return frames.Bytes()
}

// readRequest sends no frame, so that the client does not acknowledge settings at a time of its own.
func (http2) readRequest(conn *served) (path string, err error) {
	conn.preface = math.MaxInt // until the preface is whole
	if _, err := io.ReadFull(conn.in, make([]byte, len(framing.ClientPreface))); err != nil {
		return "", err
	}
	f := framing.NewFramer(io.Discard, conn.in)
	f.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
	for {
		frame, err := f.ReadFrame()
		if err != nil {
			return path, err
		}
		switch frame := frame.(type) {
		case *framing.WindowUpdateFrame: // net/http sends one after its settings
			conn.preface = conn.read - conn.in.Buffered()
		case *framing.MetaHeadersFrame:
			path = frame.PseudoValue("path")
		}
		if frame.Header().Flags.Has(framing.FlagDataEndStream) && frame.Header().StreamID == firstStream {
			return path, nil
		}
	}
}

func (http2) respond(conn *served, token *httptest.ResponseRecorder) {
	_, _ = conn.Write(encodeResponse("application/json", token.Body.String()))
	_, _ = io.Copy(io.Discard, conn.in)
}
