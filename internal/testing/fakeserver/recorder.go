package fakeserver

import (
	"maps"
	"net/http"
	"strconv"
)

// recorder keeps a response in memory. It is the http.ResponseWriter of a handler whose response is changed before it
// is sent.
type recorder struct {
	status int // 0 until the handler writes one
	header http.Header
	body   []byte
}

func (r *recorder) Header() http.Header { return r.header }

func (r *recorder) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
}

func (r *recorder) Write(p []byte) (int, error) {
	r.WriteHeader(http.StatusOK)
	r.body = append(r.body, p...)
	return len(p), nil
}

// Flush has no effect. Handlers of streams call it.
func (r *recorder) Flush() {}

// writeTo sends the response with the first n bytes of its body. The header announces the whole body.
func (r *recorder) writeTo(w http.ResponseWriter, n int) {
	maps.Copy(w.Header(), r.header)
	if n < len(r.body) {
		w.Header().Set("Content-Length", strconv.Itoa(len(r.body)))
	}
	w.WriteHeader(max(r.status, http.StatusOK))
	_, _ = w.Write(r.body[:min(n, len(r.body))])
}
