package callopts

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

type other struct{}

func addHeader(ctx context.Context, name, value string) context.Context {
	return With(ctx, func(o *Options) { o.Headers = append(o.Headers, Header{name, value}) })
}

func TestFrom_NothingWasSaid(t *testing.T) {
	assert.Nil(t, From(t.Context()))
}

func TestWith_InnerContextsDoNotChangeOuterOnes(t *testing.T) {
	outer := addHeader(t.Context(), "A", "1")
	left, right := addHeader(outer, "B", "2"), addHeader(outer, "C", "3")
	assert.Equal(t, []Header{{"A", "1"}}, From(outer).Headers)
	assert.Equal(t, []Header{{"A", "1"}, {"B", "2"}}, From(left).Headers)
	assert.Equal(t, []Header{{"A", "1"}, {"C", "3"}}, From(right).Headers)
}

func TestWith_InnermostValueCounts(t *testing.T) {
	ctx := t.Context()
	for n := range 3 {
		ctx = With(ctx, func(o *Options) { o.MaxRetries = &n })
	}
	assert.Equal(t, 2, *From(ctx).MaxRetries)
	assert.Nil(t, From(ctx).AttemptTimeout)
}

func TestWithout_KeepsOtherValues(t *testing.T) {
	ctx := context.WithValue(addHeader(t.Context(), "A", "1"), other{}, "kept")
	bare := Without(ctx)
	assert.Nil(t, From(bare))
	assert.Equal(t, "kept", bare.Value(other{}))
	assert.NotNil(t, From(addHeader(bare, "B", "2")))
	assert.Equal(t, t.Context(), Without(t.Context()))
}

func TestFrom_AllocatesNothing(t *testing.T) {
	ctx := With(t.Context(), func(o *Options) { o.AttemptTimeout = new(time.Second) })
	assert.Zero(t, testing.AllocsPerRun(100, func() { _ = From(ctx) }))
}
