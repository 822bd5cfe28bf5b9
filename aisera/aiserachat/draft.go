package aiserachat

import (
	"slices"
	"strings"
	"time"

	"github.com/seed-127a5941/parley/aisera"
)

// draft is an answer that comes in parts. The zero value is ready to use.
type draft struct {
	id   string          // the request id of the parts, empty if the server echoes none
	text strings.Builder // so far
	last time.Time       // when the last part came
}

// add takes in a part. If parts do not continue each other, a part without text changes nothing: it may carry only
// choices.
func (d *draft) add(r *aisera.Response, appends bool) {
	d.id, d.last = r.RequestID, time.Now()
	text := r.Text()
	if !appends && text != "" {
		d.text.Reset()
	}
	d.text.WriteString(text)
}

// end returns the whole text of the answer that r ends, and empties the draft.
func (d *draft) end() string {
	text := d.text.String()
	d.text.Reset()
	return text
}

// Bounds of drafts, because an answer may never end.
const (
	mostDrafts = 8                // the oldest one is dropped
	draftLife  = 30 * time.Second // after the last part; the same time as a Conn waits for an answer that was left
)

// drafts are the answers that no turn completes, each with another id. The zero value is ready to use.
type drafts struct{ all []*draft } // the latest one is the last

// of returns the draft to which r belongs.
func (ds *drafts) of(r *aisera.Response) *draft {
	now := time.Now()
	ds.all = slices.DeleteFunc(ds.all, func(d *draft) bool { return now.Sub(d.last) > draftLife })
	i := slices.IndexFunc(ds.all, func(d *draft) bool { return d.id == r.RequestID })
	if i >= 0 {
		return ds.all[i]
	}
	d := &draft{id: r.RequestID, last: now}
	if r.Mode == aisera.ModeStreamingInProgress {
		ds.keep(d)
	}
	return d
}

// keep adds d in place of another draft with the same id.
func (ds *drafts) keep(d *draft) {
	ds.drop(d.id)
	ds.all = append(ds.all, d)
	ds.all = slices.Delete(ds.all, 0, max(0, len(ds.all)-mostDrafts))
}

// drop removes the draft with this id, if there is one.
func (ds *drafts) drop(id string) {
	ds.all = slices.DeleteFunc(ds.all, func(d *draft) bool { return d.id == id })
}
