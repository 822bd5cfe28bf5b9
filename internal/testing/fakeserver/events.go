package fakeserver

import (
	"bytes"
	"context"
	"net/http"
	"strings"
)

// eventLimit lets a number of events of a stream pass and then ends the connection. Later writes of the handler are
// lost, but the handler runs to its end.
type eventLimit struct {
	http.ResponseWriter
	failure Failure
	left    int             // events that still pass; at 0 the connection ends
	client  context.Context // ends when the client has left
}

// Unwrap lets http.ResponseController find the methods of the connection's writer.
func (l *eventLimit) Unwrap() http.ResponseWriter { return l.ResponseWriter }

func (l *eventLimit) Write(p []byte) (int, error) {
	if !strings.HasPrefix(l.Header().Get("Content-Type"), "text/event-stream") {
		return l.ResponseWriter.Write(p)
	}
	for rest := p; l.left > 0 && len(rest) > 0; {
		event, next := firstEvent(rest)
		_, _ = l.ResponseWriter.Write(event)
		if rest = next; bytes.HasSuffix(event, eventEnd) {
			l.count()
		}
	}
	return len(p), nil
}

// Flush sends the bytes that were written, unless the connection has ended.
func (l *eventLimit) Flush() {
	if l.left > 0 {
		_ = http.NewResponseController(l.ResponseWriter).Flush()
	}
}

// count counts an event. It ends the connection after the last event that may pass.
func (l *eventLimit) count() {
	if l.left--; l.left > 0 {
		return
	}
	_ = http.NewResponseController(l.ResponseWriter).Flush()
	pause(l.client, l.failure.Delay)
	if text := l.failure.Garbage + l.failure.Body; text != "" {
		_, _ = l.ResponseWriter.Write([]byte(text))
		_ = http.NewResponseController(l.ResponseWriter).Flush()
	}
	hangUp(l.ResponseWriter, l.failure.Reset, "")
}

var eventEnd = []byte("\n\n")

// firstEvent splits p after the first event.
func firstEvent(p []byte) (event, rest []byte) {
	if i := bytes.Index(p, eventEnd); i >= 0 {
		return p[:i+len(eventEnd)], p[i+len(eventEnd):]
	}
	return p, nil
}
