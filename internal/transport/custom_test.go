package transport

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley"
)

func TestDoRequest_SendsWhatItIsTold(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		assert.Equal(t, "PATCH /things/a%2Fb/parts/2?deep=true", r.Method+" "+r.URL.String())
		assert.JSONEq(t, `{"name":"x"}`, string(body))
		_, _ = io.WriteString(w, `{"id":"1","count":12}`)
	}))
	defer server.Close()
	var out struct {
		ID    string `json:"id"`
		Count int    `json:"count"`
	}
	err := newTestClient(t, server.URL, nil).DoRequest(t.Context(), parley.Request{
		Operation: "rename part", Method: "PATCH", Path: "/things/{id}/parts/{n}", Args: []string{"a/b", "2"},
		Query: url.Values{"deep": {"true"}}, Body: map[string]string{"name": "x"},
	}, &out)
	require.NoError(t, err)
	assert.Equal(t, "1", out.ID)
	assert.Equal(t, 12, out.Count)
}

func TestDoRequest_RefusesWhatCannotBeSent(t *testing.T) {
	address, n := counted(t, status(200))
	c := newTestClient(t, address, nil)
	valid := parley.Request{Operation: "x", Method: "GET", Path: "/x/{id}", Args: []string{"1"}}
	var target struct{}
	for field, change := range map[string]func(r *parley.Request, out *any){
		"Operation": func(r *parley.Request, _ *any) { r.Operation = "" },
		"Method":    func(r *parley.Request, _ *any) { r.Method = "get" },
		"Path":      func(r *parley.Request, _ *any) { r.Path = "x/{id}" },
		"Args":      func(r *parley.Request, _ *any) { r.Args = nil },
		"id":        func(r *parley.Request, _ *any) { r.Args = []string{".."} },
		"out":       func(_ *parley.Request, out *any) { *out = target },
	} {
		r, out := valid, any(&target)
		change(&r, &out)
		err := c.DoRequest(t.Context(), r, out)
		assert.ErrorIs(t, err, parley.ErrInvalidArgument, field)
		assert.ErrorContains(t, err, ": "+field+" ", field)
	}
	assert.ErrorContains(t, c.DoRequest(t.Context(), parley.Request{}, nil), "test: request: ")
	for _, r := range []parley.Request{
		{Operation: "x", Method: "GET", Path: "/x?key=1"}, {Operation: "x", Method: "CONNECT", Path: "/x"},
		{Operation: "x", Method: "GET", Path: "/x", Args: []string{"1"}}, {Operation: "x", Path: "/x"},
	} {
		assert.ErrorIs(t, c.DoRequest(t.Context(), r, nil), parley.ErrInvalidArgument, r)
	}
	assert.Zero(t, n.Load(), "nothing was sent")
}

func TestDoRequest_FollowsTheRulesOfOtherCalls(t *testing.T) {
	address, n := counted(t, status(502))
	c := newTestClient(t, address, nil)
	err := c.DoRequest(t.Context(), parley.Request{Operation: "say", Method: "POST", Path: "/say"}, nil)
	assert.ErrorIs(t, err, parley.ErrDeliveryUnknown)
	assert.EqualValues(t, 1, n.Swap(0))
	err = c.DoRequest(t.Context(), parley.Request{Operation: "read", Method: "GET", Path: "/read", Idempotent: true},
		nil)
	assert.ErrorIs(t, err, parley.ErrServer)
	assert.EqualValues(t, 3, n.Load())
	failure := asFailure(t, err)
	assert.Equal(t, "test: read GET /read", failure.Operation+" "+failure.Method+" "+failure.Path)
}

func TestDoRequest_AnyBodyIsFineWithoutOut(t *testing.T) {
	for _, body := range []string{"", "OK", "null", `{"id":"1"}`} {
		address, _ := counted(t, func(w http.ResponseWriter, _ *http.Request, _ int) { _, _ = io.WriteString(w, body) })
		request := parley.Request{Operation: "rate", Method: "POST", Path: "/rate"}
		require.NoError(t, newTestClient(t, address, nil).DoRequest(t.Context(), request, nil))
		var out map[string]any
		err := newTestClient(t, address, nil).DoRequest(t.Context(), request, &out)
		assert.Equal(t, body != `{"id":"1"}`, err != nil)
		if err != nil {
			assert.ErrorIs(t, err, parley.ErrDecode)
			assert.ErrorIs(t, err, parley.ErrDeliveryUnknown)
		}
	}
}
