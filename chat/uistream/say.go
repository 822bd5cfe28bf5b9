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
	ctx, cancel := context.WithTimeoutCause(r.Context(), h.config.MaxWait, ErrLocked)
	defer cancel()
	for {
		run, mine, err := h.resolve(ctx, a)
		switch {
		case err != nil:
			return h.late(res, err, a.user.Locale)
		case run == nil, !mine && a.resume:
			if run != nil {
				run.detach()
			}
			return h.none(res)
		case mine:
			if again, err := h.copy(res, r, run); !again {
				return err
			}
		default:
			err := res.wait(ctx, run.done)
			run.detach()
			if err != nil {
				return h.late(res, err, a.user.Locale)
			}
		}
	}
}

// copy serves a run. again means that the run ended before it had a chunk.
func (h *Handler) copy(res *response, r *http.Request, run *run) (again bool, err error) {
	defer run.detach()
	state, n, err := res.copy(r.Context(), run)
	if err != nil {
		return false, nil // the client has left
	}
	if state == whole {
		return false, nil
	}
	if n > 0 || h.open.Err() != nil {
		abort()
	}
	select { // before the conversation is looked at again
	case <-time.After(pollInterval):
	case <-r.Context().Done():
	}
	return true, nil
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

// late tells of an error, in the response if that has begun.
func (h *Handler) late(res *response, err error, locale string) error {
	if !res.begun {
		return err
	}
	f := h.failed(err, locale)
	if known, ok := errors.AsType[*requestError](err); ok {
		f = failure{Class: classInvalid.name, Action: "edit", Said: "no", Message: known.text}
	}
	_ = res.write(frame([][]byte{ // a client that has left needs no error
		encode(chunk{Type: typeError, Data: f, Transient: true}), encode(chunk{Type: "error", ErrorText: f.Message}),
	}))
	return nil
}
