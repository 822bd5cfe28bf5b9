package transport

import (
	"errors"
	"slices"
	"strconv"
	"strings"
)

// Only the text of net/http's error tells that an HTTP/2 server did not process a request, because the types of these
// errors are not exported and net/http wraps them with %v where a request has no GetBody. The constants are whole texts
// of net/http and of golang.org/x/net/http2. A text of another form, such as "http2: server sent GOAWAY and closed the
// connection", proves no such thing.
const (
	http2GoAway = "http2: Transport received Server's graceful shutdown GOAWAY" // with a last stream id below ours
	// The first stream of a connection gets this text, and a code after it.
	http2FirstGoAway = "http2: Transport received GOAWAY from server ErrCode:"
	http2Unusable    = "http2: client conn not usable"               // noticed before the request had a stream
	http2Unopened    = "http2: client conn could not be established" // the same for the first stream of a connection

	http2BodyWritten = "http2: Transport: cannot retry err ["
	http2NoGetBody   = "] after Request.Body was written; define Request.GetBody to avoid this error"

	http2StreamError = "stream error: stream ID "
	http2Refused     = "; REFUSED_STREAM; received from peer"
)

// http2Codes are the names that net/http prints for the error codes of RFC 9113 section 7.
var http2Codes = []string{
	"NO_ERROR", "PROTOCOL_ERROR", "INTERNAL_ERROR", "FLOW_CONTROL_ERROR", "SETTINGS_TIMEOUT", "STREAM_CLOSED",
	"FRAME_SIZE_ERROR", "REFUSED_STREAM", "CANCEL", "COMPRESSION_ERROR", "CONNECT_ERROR", "ENHANCE_YOUR_CALM",
	"INADEQUATE_SECURITY", "HTTP_1_1_REQUIRED",
}

// isUnprocessed reports whether err, or an error that it wraps, says that the server did not process the request (RFC
// 9113 sections 6.8 and 8.7). The caller may rely on that only if no response has begun.
func isUnprocessed(err error) bool {
	for ; err != nil; err = errors.Unwrap(err) {
		if isUnprocessedText(err.Error()) {
			return true
		}
	}
	return false
}

func isUnprocessedText(text string) bool {
	if inner, ok := strings.CutPrefix(text, http2BodyWritten); ok {
		if text, ok = strings.CutSuffix(inner, http2NoGetBody); !ok {
			return false
		}
	}
	switch text {
	case http2GoAway, http2Unusable, http2Unopened:
		return true
	}
	if code, ok := strings.CutPrefix(text, http2FirstGoAway); ok {
		return slices.Contains(http2Codes, code)
	}
	id, ok := strings.CutPrefix(text, http2StreamError)
	if !ok {
		return false
	}
	id, ok = strings.CutSuffix(id, http2Refused)
	_, err := strconv.ParseUint(id, 10, 32) // the number of a stream
	return ok && err == nil
}
