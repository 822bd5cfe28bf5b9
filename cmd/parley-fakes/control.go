package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/seed-127a5941/parley/raia/raiatest"
)

// All four fakes use the same types for requests, failures and actions.
type (
	request = raiatest.Request
	failure = raiatest.Failure
	action  = raiatest.Action
)

// maxBody is the limit of a body of the control API, in bytes.
const maxBody = 1 << 20

// controlAPI serves the control API of fakes. It lists env under /env.
func controlAPI(fakes []*fake, env []string) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "GET /env\n")
		for _, f := range fakes {
			_, _ = fmt.Fprintf(w, "GET /%[1]s/requests\nGET /%[1]s/ledger\n", f.name)
		}
	})
	mux.HandleFunc("GET /env", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, strings.Join(env, "\n")+"\n")
	})
	for _, f := range fakes {
		mux.HandleFunc("POST /"+f.name+"/fail", command(f.fail))
		mux.HandleFunc("POST /"+f.name+"/answer", command(f.answer))
		mux.HandleFunc("POST /"+f.name+"/human", command(f.human))
		mux.HandleFunc("POST /"+f.name+"/revoke", command(f.revoke))
		mux.HandleFunc("GET /"+f.name+"/requests", list(func() any { return shownRequests(f.server.Requests()) }))
		mux.HandleFunc("GET /"+f.name+"/ledger", list(func() any { return shownActions(f.server.Ledger()) }))
	}
	return mux
}

// refusal is an error with the status of its response.
type refusal struct {
	status int
	text   string
}

func (r *refusal) Error() string { return r.text }

func unsupported(text string) error { return &refusal{http.StatusNotImplemented, text} }

// command serves a POST that decodes its body into a T. No body means an empty object. A member that T does not have is
// an error.
func command[T any](do func(T) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var in T
		decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
		decoder.DisallowUnknownFields()
		err := decoder.Decode(&in)
		if err == nil || errors.Is(err, io.EOF) {
			err = do(in)
		}
		refused, known := errors.AsType[*refusal](err)
		switch {
		case err == nil:
			w.WriteHeader(http.StatusNoContent)
		case known:
			http.Error(w, refused.text, refused.status)
		default:
			http.Error(w, err.Error(), http.StatusBadRequest)
		}
	}
}

func list(get func() any) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(get())
	}
}

// shownRequest is a request in the JSON of the control API.
type shownRequest struct {
	Method string      `json:"method"`
	Path   string      `json:"path"`
	Query  url.Values  `json:"query"`
	Header http.Header `json:"header"`
	Body   string      `json:"body"`
}

func shownRequests(requests []request) []shownRequest {
	shown := make([]shownRequest, len(requests))
	for i, r := range requests {
		shown[i] = shownRequest{Method: r.Method, Path: r.Path, Query: r.Query, Header: r.Header, Body: string(r.Body)}
	}
	return shown
}

// shownAction is an entry of the ledger in the JSON of the control API.
type shownAction struct {
	Time         time.Time `json:"time"`
	Operation    string    `json:"operation"`
	Conversation string    `json:"conversation"`
	User         string    `json:"user"`
	Text         string    `json:"text"`
}

func shownActions(actions []action) []shownAction {
	shown := make([]shownAction, len(actions))
	for i, a := range actions {
		shown[i] = shownAction(a)
	}
	return shown
}
