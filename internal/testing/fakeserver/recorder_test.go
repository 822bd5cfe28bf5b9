package fakeserver

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestRecorder_KeepsAResponse(t *testing.T) {
	r := &recorder{header: http.Header{}}
	r.Header().Set("X-A", "1")
	r.WriteHeader(201)
	r.WriteHeader(500)
	_, _ = r.Write([]byte("one "))
	r.Flush()
	_, _ = r.Write([]byte("two"))

	w := httptest.NewRecorder()
	r.writeTo(w, len(r.body))
	assert.Equal(t, 201, w.Code)
	assert.Equal(t, "1", w.Header().Get("X-A"))
	assert.Empty(t, w.Header().Get("Content-Length"))
	assert.Equal(t, "one two", w.Body.String())

	w = httptest.NewRecorder()
	r.writeTo(w, 3)
	assert.Equal(t, "7", w.Header().Get("Content-Length"), "the whole is announced")
	assert.Equal(t, "one", w.Body.String())
}

func TestRecorder_NothingWrittenIs200(t *testing.T) {
	w := httptest.NewRecorder()
	(&recorder{}).writeTo(w, 0)
	assert.Equal(t, 200, w.Code)
}
