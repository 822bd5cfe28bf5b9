package bench

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/seed-127a5941/parley/internal/sse"
)

const events = 10_000

func streamWork() Work {
	return Work{
		Name: "stream", Title: "Event stream, 10 000 events decoded (allocations per event)", Units: events,
		Memory: true, Loopback: true,
		JSONv2:  true,
		Formats: []Format{siteassistStream(), agentStream()},
	}
}

func parseWork() Work {
	return Work{
		Name: "parse", Title: "Event stream, 10 000 events parsed only (allocations per event)", Units: events,
		Memory: true,
		Formats: []Format{{
			Name: "siteassist", Site: eventSite(siteassistEvents),
			Want:     Result{events + 1, events*len(siteassistDelta) + len(siteassistFinish)},
			Floor:    Subject{Name: "floor", Open: openParseFloor},
			Subjects: []Subject{parleyParse(), goSSEParse()},
		}},
	}
}

const (
	siteassistDelta = `{"type":"text-delta","id":"msg_68c276dd2b3481a2bb6da153039cf9cd093857e78e8e8f18",` +
		`"delta":"Hello "}`
	siteassistFinish = `{"type":"finish"}`
)

var siteassistEvents = []byte(
	strings.Repeat("data: "+siteassistDelta+"\n\n", events) + "data: " + siteassistFinish + "\n\n",
)

func eventSite(body []byte) func() Site {
	return func() Site {
		return func(*http.Request, int64) Answer { return Answer{Type: "text/event-stream", Body: body} }
	}
}

// lines does the least that a reader must do: LF, one data line per event. It returns at the end or when each returns
// false.
func lines(r io.Reader, each func(data []byte) (more bool, err error)) error {
	scanner := bufio.NewScanner(r)
	for scanner.Scan() {
		data, ok := bytes.CutPrefix(scanner.Bytes(), []byte("data: "))
		if !ok {
			continue
		}
		if more, err := each(data); err != nil || !more {
			return err
		}
	}
	return scanner.Err()
}

// streamFloor posts in and decodes each event into a T of its own, which a caller may keep.
func streamFloor[T any](path string, in any, text func(*T) (text string, counts bool), header ...string) Subject {
	return Subject{Name: "floor", Open: func(p *Target) (Run, error) {
		e, err := newEndpoint(p, http.MethodPost, path, header...)
		if err != nil {
			return nil, err
		}
		return func(ctx context.Context) (r Result, err error) {
			resp, err := e.send(ctx, "application/json", encode(in))
			if err != nil {
				return r, err
			}
			defer resp.Body.Close()
			return r, lines(resp.Body, func(data []byte) (bool, error) {
				chunk := new(T)
				if err := json.Unmarshal(data, chunk); err != nil {
					return false, err
				}
				if s, counts := text(chunk); counts {
					r.add(s)
				}
				return true, nil
			})
		}, nil
	}}
}

type siteassistChunk struct {
	Type  string `json:"type"`
	ID    string `json:"id"`
	Delta string `json:"delta"`
}

func siteassistText(c *siteassistChunk) (string, bool) { return c.Delta, c.Type == "text-delta" }

const siteassistPath = "/v1/conversations/" + conversationID + "/messages"

func siteassistStream() Format {
	return Format{
		Name: "siteassist", Site: eventSite(siteassistEvents), Want: Result{events, events * len("Hello ")},
		Floor:    streamFloor(siteassistPath, siteassistIn{"Hi", true}, siteassistText, "Authorization", "Bearer "+key),
		Subjects: []Subject{parleyStream(), goSSEStream(siteassistPath)},
	}
}

// parse returns a Run of a parser of events. It needs no target.
func parse(name string, each func(body *bytes.Reader, r *Result) error) Subject {
	return Subject{Name: name, Open: func(*Target) (Run, error) {
		return func(context.Context) (r Result, err error) {
			return r, each(bytes.NewReader(siteassistEvents), &r)
		}, nil
	}}
}

func (r *Result) count(data []byte) {
	r.Items++
	r.Text += len(data)
}

func openParseFloor(p *Target) (Run, error) {
	return parse("floor", func(body *bytes.Reader, r *Result) error {
		scanner := bufio.NewScanner(body)
		var data []byte // of one event, which may have several lines
		for scanner.Scan() {
			line := scanner.Bytes()
			if len(line) == 0 {
				if len(data) > 0 {
					r.count(data)
				}
				data = data[:0]
			} else if value, ok := bytes.CutPrefix(line, []byte("data: ")); ok {
				data = append(data, value...)
			}
		}
		return scanner.Err()
	}).Open(p)
}

func parleyParse() Subject {
	return parse("parley/internal/sse", func(body *bytes.Reader, r *Result) error {
		d := sse.NewDecoder(body, 0)
		for {
			event, err := d.Next()
			if errors.Is(err, io.EOF) {
				return nil
			}
			if err != nil {
				return err
			}
			r.count(event.Data)
		}
	})
}
