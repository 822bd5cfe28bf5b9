package uistream

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/chat"
)

// Handler serves conversations. Use NewHandler. It is an http.Handler for the paths that the package's documentation
// lists. Mount it below another path with http.StripPrefix.
type Handler struct {
	config Config                      // complete, so that no field needs its default any more
	guard  *http.CrossOriginProtection // refuses requests that pages of other origins make

	talks talks    // the conversations that turns or event streams use
	runs  runs     // the responses that are being made
	locks keyLocks // let one request at a time decide about a conversation

	life   context.Context // of turns, which ends when Shutdown gives them up
	giveUp context.CancelFunc
	open   context.Context // of event streams, which ends when Shutdown begins
	close  context.CancelFunc
}

// NewHandler returns a Handler. It starts no goroutine and makes no request. The error matches
// parley.ErrInvalidArgument if config is not valid.
func NewHandler(config Config) (*Handler, error) {
	if err := config.complete(); err != nil {
		return nil, err
	}
	h := &Handler{config: config, guard: http.NewCrossOriginProtection()}
	for _, origin := range config.Origins {
		if err := h.guard.AddTrustedOrigin(origin); err != nil {
			return nil, invalid("Config.Origins: %w", err)
		}
	}
	h.talks = talks{open: map[key]*talk{}, make: h.converse, idle: h.saveIdle}
	h.runs = runs{active: map[key]*run{}, turns: map[string]int{}}
	h.locks = keyLocks{held: map[key]*keyLock{}}
	h.life, h.giveUp = context.WithCancel(context.Background())
	h.open, h.close = context.WithCancel(context.Background())
	return h, nil
}

func (h *Handler) converse(
	user chat.User, state chat.State, save func(context.Context, chat.State) error,
) (*chat.Conversation, error) {
	return chat.New(h.config.Driver, user, chat.Options{
		State: state, Save: save, PollInterval: h.config.PollInterval, RecoverWait: h.config.RecoverWait,
	})
}

// Shutdown ends streams of events, refuses new turns and waits until those that run have ended. If ctx ends before, it
// gives them up, as the death of the process would, and returns ctx's cause: their messages stay pending, and the next
// request on any replica recovers them. Call it before http.Server.Shutdown, which waits for the responses.
func (h *Handler) Shutdown(ctx context.Context) error {
	h.runs.close()
	h.close()
	ended := make(chan struct{})
	go func() {
		h.runs.jobs.Wait()
		close(ended)
	}()
	select {
	case <-ended:
		return nil
	case <-ctx.Done():
	}
	h.giveUp()
	select {
	case <-ended:
	case <-time.After(giveUpTime): // a driver ignores its context
	}
	return context.Cause(ctx)
}

// giveUpTime bounds the wait for turns that were given up.
const giveUpTime = 5 * time.Second

func (h *Handler) storeFailed(ctx context.Context, call string, err error) {
	h.config.Logger.LogAttrs(context.WithoutCancel(ctx), slog.LevelWarn, "store of conversations",
		slog.String("call", call), slog.String("error", err.Error()))
}

// requestError is a request that cannot be served. Its text is for people.
type requestError struct {
	status int
	text   string
}

func (e *requestError) Error() string { return e.text }

var errTooMany = &requestError{
	http.StatusTooManyRequests, "You have too many questions open at once. Please wait for an answer.",
}

// ServeHTTP serves a request.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if h.allowOrigin(w, r) && r.Method == http.MethodOptions && r.Header.Get("Access-Control-Request-Method") != "" {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	if locale, err := h.serve(w, r); err != nil {
		h.refuse(w, r, err, locale)
	}
}

// allowOrigin sets the headers of CORS for a page of an origin that may use the Handler, and reports whether it may.
func (h *Handler) allowOrigin(w http.ResponseWriter, r *http.Request) bool {
	if len(h.config.Origins) == 0 {
		return false
	}
	header := w.Header()
	header.Add("Vary", "Origin")
	origin := r.Header.Get("Origin")
	for _, allowed := range h.config.Origins {
		if origin == allowed {
			header.Set("Access-Control-Allow-Origin", origin)
			header.Set("Access-Control-Allow-Credentials", "true")
			header.Set("Access-Control-Allow-Methods", "GET, POST")
			header.Set("Access-Control-Allow-Headers", "authorization, content-type, last-event-id")
			header.Set("Access-Control-Expose-Headers", "retry-after")
			header.Set("Access-Control-Max-Age", "600")
			return true
		}
	}
	return false
}

// validID is what an id of a conversation looks like. Some clients put it into the path without escaping it.
var validID = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

// route serves the requests with a path and a method.
type route func(h *Handler, w http.ResponseWriter, r *http.Request, user chat.User, id string) error

// serve serves a request. It returns the user's locale with an error that needs a response.
func (h *Handler) serve(w http.ResponseWriter, r *http.Request) (locale string, err error) {
	if err := h.guard.Check(r); err != nil {
		return "", &requestError{http.StatusForbidden, "This page may not use the assistant."}
	}
	serve, id, err := routeOf(w, r)
	if err != nil {
		return "", err
	}
	user, err := h.config.User(r)
	if err != nil {
		return "", &requestError{http.StatusUnauthorized, "Please sign in."}
	}
	if user.ID == "" {
		return "", errors.New("uistream: Config.User returned a user without an ID")
	}
	return user.Locale, serve(h, w, r, user, id)
}

func routeOf(w http.ResponseWriter, r *http.Request) (route, string, error) {
	path := strings.Trim(r.URL.Path, "/")
	id, action, _ := strings.Cut(path, "/")
	get := map[string]route{"stream": (*Handler).stream, "events": (*Handler).events, "messages": (*Handler).messages}
	post := map[string]route{"greeting": (*Handler).greeting, "human": (*Handler).human}
	serve, allow := get[action], "GET"
	if post[action] != nil {
		serve, allow = post[action], "POST"
	}
	if path == "" {
		serve, allow = (*Handler).say, "POST"
	}
	switch {
	case serve == nil:
		return nil, "", &requestError{http.StatusNotFound, "There is nothing at this address."}
	case r.Method != allow:
		w.Header().Set("Allow", allow)
		return nil, "", &requestError{http.StatusMethodNotAllowed, "This address does not support the method."}
	case path != "" && !validID.MatchString(id):
		return nil, "", errBadID
	}
	return serve, id, nil
}

var errBadID = &requestError{http.StatusBadRequest, "The id of a conversation has 1 to 64 letters, digits, - and _."}

// refuse responds with a text for people, which the AI SDK shows as the error's message.
func (h *Handler) refuse(w http.ResponseWriter, r *http.Request, err error, locale string) {
	if r.Context().Err() != nil {
		return // the client has left
	}
	c := classOf(err)
	status, text := c.status, h.text(c, locale)
	if known, ok := errors.AsType[*requestError](err); ok {
		status, text = known.status, known.text
	} else if c.match == nil {
		h.config.Logger.LogAttrs(r.Context(), slog.LevelWarn, "chat request", slog.String("error", loggable(err)))
	}
	header := w.Header()
	header.Set("Content-Type", "text/plain; charset=utf-8")
	header.Set("Cache-Control", "no-store")
	header.Set("X-Content-Type-Options", "nosniff")
	if status == http.StatusServiceUnavailable || status == http.StatusTooManyRequests {
		header.Set("Retry-After", "5")
	}
	w.WriteHeader(status)
	_, _ = w.Write([]byte(text)) // a client that has left needs no text
}

// loggable returns the text of an error, but of a vendor's only the operation and the status, because its words may
// quote the user.
func loggable(err error) string {
	if info, ok := parley.InfoOf(err); ok {
		return fmt.Sprintf("%s: status %d", info.Operation, info.StatusCode)
	}
	return err.Error()
}
