package parley

import (
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/seed-127a5941/parley/internal/callopts"
)

func TestOptions_ReachTheContext(t *testing.T) {
	var got []Response
	ctx := WithHeader(t.Context(), "x-trace", "1")
	ctx = WithHeader(ctx, "X-Trace", "2")
	ctx = WithAttemptTimeout(ctx, time.Second)
	ctx = WithMaxRetries(ctx, -1)
	ctx = WithResponse(ctx, func(Response) { t.Error("only the innermost function is called") })
	ctx = WithResponse(ctx, func(r Response) { got = append(got, r) })

	o := callopts.From(ctx)
	assert.Equal(t, []callopts.Header{{Name: "X-Trace", Value: "1"}, {Name: "X-Trace", Value: "2"}}, o.Headers)
	assert.Equal(t, time.Second, *o.AttemptTimeout)
	assert.Equal(t, -1, *o.MaxRetries)

	header := http.Header{"A": {"b"}}
	o.OnResponse(callopts.Response{StatusCode: 201, Header: header, RequestID: "r", Attempts: 2, Duration: time.Minute})
	assert.Equal(t, []Response{{StatusCode: 201, Header: header, RequestID: "r", Attempts: 2, Duration: time.Minute}},
		got)
}

func TestWithResponse_NilIsNoFunction(t *testing.T) {
	assert.Nil(t, callopts.From(WithResponse(t.Context(), nil)).OnResponse)
}
