package siteassisttest

import (
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/seed-127a5941/parley/internal/testing/fakeserver"
	"github.com/seed-127a5941/parley/siteassist"
)

// Fault is a fault of a stream. Without a stream it has no effect.
type Fault int

// These are the faults.
const (
	FaultNone          Fault = iota
	FaultCutInEvent          // the body ends in the middle of an event
	FaultCutBeforeEnd        // the body ends after an event, before finish
	FaultResetInStream       // the connection is reset
	FaultErrorChunk          // an error chunk, "An error occurred."
	FaultAbortChunk          // an abort chunk
	FaultStall               // no more events come, and the connection stays open
	FaultStayOpen            // the answer is whole, but the connection stays open; FaultAfter is ignored
)

// chunks returns the answer as the chunks of a stream.
func (a Answer) chunks(id string) []siteassist.Chunk {
	chunks := []siteassist.Chunk{&siteassist.StartChunk{MessageID: id}, &siteassist.StartStepChunk{}}
	if a.Chunks != nil {
		chunks = append(chunks, a.Chunks...)
	} else {
		chunks = append(chunks, &siteassist.TextStartChunk{ID: "text-1"})
		for _, word := range strings.SplitAfter(a.Text, " ") {
			chunks = append(chunks, &siteassist.TextDeltaChunk{ID: "text-1", Delta: word})
		}
		chunks = append(chunks, &siteassist.TextEndChunk{ID: "text-1"})
	}
	chunks = append(chunks, &siteassist.FinishStepChunk{}, &siteassist.FinishChunk{})
	return chunks
}

// events returns the answer as events, without [DONE].
func (a Answer) events(id string) []string {
	var events []string
	for _, chunk := range a.chunks(id) {
		raw, _ := chunk.MarshalJSON() // A chunk of a test that cannot be encoded becomes an empty event.
		events = append(events, event(string(raw)))
	}
	return events
}

// kept returns the text and status that are stored. A stream with a fault keeps only the text that was streamed before
// it.
func (a Answer) kept(stream bool) (text string, status siteassist.MessageStatus) {
	chunks, status := a.chunks(""), siteassist.MessageStatusComplete
	if stream && a.faulty() {
		chunks, status = chunks[:a.faultAt(len(chunks))], siteassist.MessageStatusStreaming
		if a.Fault == FaultErrorChunk {
			status = siteassist.MessageStatusError
		}
	}
	for _, chunk := range chunks {
		if delta, ok := chunk.(*siteassist.TextDeltaChunk); ok {
			text += delta.Delta
		}
	}
	return text, status
}

// faulty reports whether the fault ends the stream before its end.
func (a Answer) faulty() bool { return a.Fault != FaultNone && a.Fault != FaultStayOpen }

// faultAt returns how many of n events a stream sends before its fault.
func (a Answer) faultAt(n int) int { return min(max(a.FaultAfter, 0), n-1) }

// errorText is the text of an error chunk, and of the stored answer that it ended.
const errorText = "An error occurred."

func event(data string) string { return "data: " + data + "\n\n" }

// stream writes the answer event by event.
func (a Answer) stream(w http.ResponseWriter, r *http.Request, id string) {
	header := w.Header()
	header.Set("Content-Type", "text/event-stream")
	header.Set("Cache-Control", "no-cache")
	header.Set("X-Vercel-Ai-Ui-Message-Stream", "v1")
	out := &eventWriter{w: w, r: r, pace: a.Pace}
	events := a.events(id)
	if a.faulty() {
		n := a.faultAt(len(events))
		out.write(events[:n]...)
		out.fail(a.Fault, events[n])
		return
	}
	out.write(append(events, event("[DONE]"))...)
	if a.Fault == FaultStayOpen {
		<-r.Context().Done()
	}
}

// eventWriter writes events, and flushes after each.
type eventWriter struct {
	w    http.ResponseWriter
	r    *http.Request
	pace time.Duration
}

func (o *eventWriter) write(events ...string) {
	control := http.NewResponseController(o.w)
	_ = control.Flush()
	for _, event := range events {
		if !o.wait() {
			return
		}
		_, _ = io.WriteString(o.w, event)
		_ = control.Flush()
	}
}

// wait pauses. It reports whether the client is still there.
func (o *eventWriter) wait() bool {
	if o.pace <= 0 {
		return o.r.Context().Err() == nil
	}
	timer := time.NewTimer(o.pace)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-o.r.Context().Done():
		return false
	}
}

// fail ends the stream as fault says, before the event next is sent.
func (o *eventWriter) fail(fault Fault, next string) {
	switch fault {
	case FaultCutInEvent:
		o.write(next[:len(next)/2])
	case FaultErrorChunk:
		o.write(event(`{"type":"error","errorText":"`+errorText+`"}`), event("[DONE]"))
	case FaultAbortChunk:
		o.write(event(`{"type":"abort"}`), event("[DONE]"))
	case FaultResetInStream:
		fakeserver.Reset(o.w)
	case FaultStall:
		<-o.r.Context().Done()
	}
}
