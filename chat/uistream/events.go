package uistream

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/seed-127a5941/parley/chat"
)

const (
	// looksPerBeat is how often an event stream looks, between two heartbeats, whether another replica has changed the
	// conversation.
	looksPerBeat = 3
	// fromTheStart is no ID of a vendor's message, so everything that came unasked follows it.
	fromTheStart = "-"
)

var errStale = errors.New("uistream: the conversation has gone on elsewhere")

// events serves GET /{id}/events.
func (h *Handler) events(w http.ResponseWriter, r *http.Request, user chat.User, id string) error {
	if can := h.config.Driver.Capabilities(); !can.History && !can.Push {
		return chat.ErrUnsupported
	}
	ctx, cancel := context.WithCancel(r.Context())
	defer cancel()
	defer context.AfterFunc(h.open, cancel)()
	if h.open.Err() != nil {
		return errShutdown
	}
	f := &feed{h: h, res: h.newResponse(w), key: key{user.ID, id}, user: user, after: r.Header.Get("Last-Event-ID")}
	if f.after == "" {
		f.after = r.URL.Query().Get("after")
	}
	defer f.res.end()
	for ctx.Err() == nil {
		err := f.follow(ctx)
		switch {
		case err == nil, errors.Is(err, errStale), ctx.Err() != nil:
		case !f.res.begun:
			return err
		default:
			f.fail(err)
			return nil
		}
	}
	return nil
}

// feed is a stream of events for one reader.
type feed struct {
	h     *Handler
	res   *response
	key   key
	user  chat.User
	after string // ID of the last message that was sent
}

// follow sends unasked messages until the conversation goes on elsewhere.
func (f *feed) follow(ctx context.Context) error {
	_, state, err := f.h.load(ctx, f.key)
	if err != nil {
		return err
	}
	t, err := f.h.talks.use(f.key, f.user, state)
	if err != nil {
		return err
	}
	defer f.h.talks.release(t)
	if err := f.begin(ctx, t, state); err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	events, result := make(chan chat.Event), make(chan error, 1)
	ended := make(chan struct{})
	defer func() { cancel(nil); <-ended }()
	go func() {
		defer close(ended)
		result <- forward(ctx, t, f.after, events)
	}()
	return f.pour(ctx, cancel, t, events, result)
}

// begin finds the ID of the last message, if the reader does not say, and tells the reader. So a reader that comes
// back misses no message, even if there was no event before it left.
func (f *feed) begin(ctx context.Context, t *talk, state chat.State) error {
	if f.after == "" && f.h.config.Driver.Capabilities().History {
		f.after = fromTheStart
		if state != nil {
			history, err := t.History(ctx)
			if err != nil {
				return err
			}
			if n := len(history); n > 0 {
				f.after = history[n-1].ID
			}
		}
	}
	if f.res.begun {
		return nil
	}
	return f.res.write(append([]byte("retry: 3000\n"), eventFrame(f.after, "", nil)...))
}

// forward passes unasked messages on until ctx ends. A panic of the driver is an error of the stream. Its value is only
// in the text, because no code of the user gets the error.
func forward(ctx context.Context, t *talk, after string, to chan<- chat.Event) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = fmt.Errorf("uistream: the driver panicked: %v", cause)
		}
	}()
	for e, err := range t.Events(ctx, after) {
		if err != nil {
			return err
		}
		select {
		case to <- e:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}

// pour writes events until ctx ends or the conversation goes on elsewhere.
func (f *feed) pour(
	ctx context.Context, cancel context.CancelCauseFunc, t *talk, events <-chan chat.Event, result <-chan error,
) error {
	beat, look := time.NewTicker(f.res.heartbeat), time.NewTicker(f.res.heartbeat/looksPerBeat)
	defer beat.Stop()
	defer look.Stop()
	for {
		var err error
		select {
		case e := <-events:
			err = f.send(e)
		case err := <-result:
			return err
		case <-t.stale:
			return errStale
		case <-look.C:
			err = f.look(ctx, t)
		case <-beat.C:
			err = f.res.beat()
		}
		if err != nil {
			cancel(err)
			return err
		}
	}
}

// look reports errStale if the Store has another State than t.
func (f *feed) look(ctx context.Context, t *talk) error {
	_, state, err := f.h.load(ctx, f.key)
	if err == nil && !f.h.talks.current(t, state) {
		return errStale
	}
	return nil // a Store that has failed is asked again
}

func (f *feed) send(e chat.Event) error {
	switch e.Kind {
	case chat.EventMessage:
		if err := f.res.write(eventFrame(e.ID, "message", uiMessage(e))); err != nil {
			return err
		}
		f.after = e.ID
	case chat.EventStatus:
		return f.res.write(eventFrame("", "status", map[string]any{"status": e.Status}))
	}
	return nil
}

// fail tells why the stream ends. The reader may come back.
func (f *feed) fail(err error) {
	_ = f.res.write(eventFrame("", "failure", f.h.failed(err, f.user.Locale))) // a reader that has left needs no reason
}

// eventFrame returns an event. One without data only sets the last event ID of the reader.
func eventFrame(id, name string, data any) []byte {
	var b bytes.Buffer
	if id != "" && !strings.ContainsAny(id, "\r\n\x00") {
		b.WriteString("id: " + id + "\n")
	}
	if data != nil {
		b.WriteString("event: " + name + "\ndata: ")
		b.Write(encode(data))
		b.WriteString("\n")
	}
	b.WriteString("\n")
	return b.Bytes()
}

// saveIdle saves the State of a conversation in which no turn runs, unless another replica has gone on with it. What
// cannot be saved is known to this replica only.
func (h *Handler) saveIdle(ctx context.Context, t *talk, state chat.State) error {
	lease, err := h.config.Store.Lock(ctx, t.key.user, t.key.id)
	if err != nil {
		return err
	}
	defer lease.Unlock()
	record, err := h.config.Store.Load(ctx, t.key.user, t.key.id)
	if err != nil {
		return err
	}
	if !h.talks.current(t, record.State) {
		return errStale
	}
	record.State = state
	return h.talks.save(ctx, t, lease, record)
}
