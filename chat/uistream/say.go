package uistream

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/seed-127a5941/parley/chat"
)

// say serves POST /.
func (h *Handler) say(w http.ResponseWriter, r *http.Request, user chat.User, _ string) error {
	said, err := readRequest(w, r, h.config.MaxBody, h.config.MaxText)
	if err != nil {
		return err
	}
	return h.answer(w, r, ask{
		key: key{user.ID, said.conversation}, user: user, kind: kindMessage, said: said, mark: said.mark(),
	})
}

// greeting serves POST /{id}/greeting.
func (h *Handler) greeting(w http.ResponseWriter, r *http.Request, user chat.User, id string) error {
	if !h.config.Driver.Capabilities().Greeting {
		return chat.ErrUnsupported
	}
	return h.answer(w, r, ask{key: key{user.ID, id}, user: user, kind: kindGreeting})
}

// human serves POST /{id}/human.
func (h *Handler) human(w http.ResponseWriter, r *http.Request, user chat.User, id string) error {
	if !h.config.Driver.Capabilities().HandOver {
		return chat.ErrUnsupported
	}
	return h.answer(w, r, ask{key: key{user.ID, id}, user: user, kind: kindHuman})
}

// stream serves GET /{id}/stream.
func (h *Handler) stream(w http.ResponseWriter, r *http.Request, user chat.User, id string) error {
	return h.answer(w, r, ask{
		key: key{user.ID, id}, user: user, resume: true, wanted: r.URL.Query().Get("message"),
	})
}

// answer serves an answer under way, a stored one, or a new turn when the conversation is free.
func (h *Handler) answer(w http.ResponseWriter, r *http.Request, a ask) error {
	res := h.uiResponse(w)
	defer res.end()
	for tried := false; ; tried = true {
		run, err := h.await(r.Context(), res, a)
		switch {
		case err != nil:
			return h.late(res, err, tried, a.user.Locale)
		case run == nil:
			return h.none(res)
		}
		if again := h.copy(res, r, run); !again {
			return nil
		}
	}
}

// await returns the run that was asked for, with its reader counted. A turn that runs has to end first, in
// Config.MaxWait. A nil run means that there is no answer under way.
func (h *Handler) await(ctx context.Context, res *response, a ask) (*run, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, h.config.MaxWait, ErrLocked)
	defer cancel()
	for {
		r, mine, err := h.resolve(ctx, a)
		if mine || r == nil || err != nil {
			return r, err
		}
		if !a.resume {
			err = res.wait(ctx, r.done)
		}
		r.detach()
		if a.resume || err != nil {
			return nil, err
		}
	}
}

// copy serves a run. again means that the run ended before it had a chunk.
func (h *Handler) copy(res *response, r *http.Request, run *run) (again bool) {
	defer run.detach()
	state, n, err := res.copy(r.Context(), run)
	if err != nil || state == whole { // the client has left, or has all
		return false
	}
	if n > 0 || h.open.Err() != nil {
		abort()
	}
	select { // before the conversation is looked at again
	case <-time.After(pollInterval):
	case <-r.Context().Done():
	}
	return true
}

// none responds that there is no answer under way.
func (h *Handler) none(res *response) error {
	if res.begun {
		abort()
	}
	res.w.WriteHeader(http.StatusNoContent)
	return nil
}

// abort cuts the connection, because the turn goes on elsewhere or later. A page comes back after that, and not after a
// response that ends.
func abort() {
	panic(http.ErrAbortHandler) //nolint:forbidigo // it is how net/http aborts a response
}

// late tells of an error, in the response if that has begun. tried means that a turn of the message has begun, so that
// the vendor may have it.
func (h *Handler) late(res *response, err error, tried bool, locale string) error {
	if !res.begun {
		return err
	}
	f := h.failed(err, locale)
	if tried {
		f.uncertain()
	}
	if known, ok := errors.AsType[*requestError](err); ok {
		f = failure{Class: classInvalid.name, Action: "edit", Said: "no", Message: known.text}
	}
	_ = res.write(frame([][]byte{ // a client that has left needs no error
		encode(chunk{Type: typeError, Data: f, Transient: true}), encode(chunk{Type: "error", ErrorText: f.Message}),
	}))
	return nil
}
