package uistream

import (
	"context"
	"crypto/rand"
	"errors"
	"time"
)

func madeID() string { return "answer-" + rand.Text()[:16] }

// follow begins a run of the turn that another replica carries out.
func (h *Handler) follow(ctx context.Context, k key, t turn) (*run, error) {
	r := newRun(k, t)
	ctx, r.leave = context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(h.open, r.leave)
	if err := h.runs.begin(r, 0); err != nil {
		stop()
		r.leave()
		return nil, err
	}
	go func() {
		defer stop()
		h.tail(ctx, r)
		if ctx.Err() == nil && len(r.chunks) == 0 { // this goroutine alone writes to it
			h.whole(ctx, r)
		}
		r.end(broken)
		r.leave()
		h.runs.finish(r, false)
	}()
	return r, nil
}

// tail reads the log of the other replica from its start.
func (h *Handler) tail(ctx context.Context, r *run) {
	tailer, ok := h.config.Store.(Tailer)
	if !ok || r.turn.Answer == "" {
		return
	}
	next := 0
	for entry, err := range tailer.Tail(ctx, r.key.user, r.key.id) {
		if err != nil {
			if ctx.Err() == nil {
				h.storeFailed(ctx, "tail", err)
			}
			return
		}
		n, raw, ok := readNumbered(entry)
		switch {
		case !ok || n > next || n == 0 && string(raw) != r.turn.Answer:
			return // it is the log of another turn, or lacks something
		case n < next:
			continue // appended twice
		case n > 0:
			r.publish(raw)
			if terminal(raw) {
				r.end(whole)
			}
		}
		next++
	}
}

// whole waits until the lock is free, and publishes the whole answer if there is one.
func (h *Handler) whole(ctx context.Context, r *run) {
	for wait := pollInterval; ; wait = min(2*wait, 8*pollInterval) {
		lease, err := h.config.Store.Lock(ctx, r.key.user, r.key.id)
		if err == nil {
			l, _, err := h.load(ctx, r.key)
			lease.Unlock()
			if t := l.Turn; err == nil && t != nil && !t.open() && t.Answer == r.turn.Answer && t.Chunks != nil {
				for _, c := range t.Chunks {
					r.publish(c)
				}
				r.end(whole)
			}
			return
		}
		if !errors.Is(err, ErrLocked) {
			return
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return
		}
	}
}
