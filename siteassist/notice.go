package siteassist

import (
	"encoding/json"
	"net/http"
	"strings"

	"github.com/seed-127a5941/parley/internal/transport"
)

const (
	mediaEvents = "text/event-stream"
	mediaText   = "text/plain"

	maxNotice = 1 << 10 // bytes of the text that says that a message is queued
)

// readNotice returns the text of a response that says that the message is queued for a human agent. It reports false
// for any other response. The vendor sends the notice as text/plain and prints no status for it. An answer in another
// protocol and the page of a proxy may be text/plain as well, so readNotice also checks the text itself.
func readNotice(reply *transport.Response) (string, bool) {
	if transport.MediaType(reply.Header) != mediaText || isAISDK(reply.Header) {
		return "", false
	}
	body := strings.TrimSpace(strings.ToValidUTF8(string(reply.Body), replacement))
	if len(body) > maxNotice || isFramed(body) {
		return "", false
	}
	var quoted string
	if json.Unmarshal([]byte(body), &quoted) == nil { // the vendor's pages do not say whether it is sent with quotes
		return quoted, true
	}
	return body, true
}

// isAISDK reports whether the response has a header of the AI SDK's streams.
func isAISDK(header http.Header) bool {
	for name := range header {
		if strings.HasPrefix(name, "X-Vercel-Ai-") {
			return true
		}
	}
	return false
}

// isFramed reports whether text is JSON, a page of markup, an event stream or the AI SDK's older data stream.
func isFramed(text string) bool {
	if text != "" && strings.ContainsRune("{[<", rune(text[0])) {
		return true
	}
	for line := range strings.Lines(text) {
		name, value, ok := strings.Cut(line, ":")
		switch {
		case !ok:
		case name == "data", name == "event", name == "id", name == "retry":
			return true
		case len(name) == 1 && value != "" && strings.ContainsRune(`"{[`, rune(value[0])):
			return true // such as 0:"Hello"
		}
	}
	return false
}
