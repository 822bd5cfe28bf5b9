package parley

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
)

// callError is an error of a call.
type callError struct {
	info   ErrorInfo
	causes []error
}

func (e *callError) Error() string        { return e.info.Operation }
func (e *callError) ErrorInfo() ErrorInfo { return e.info }
func (e *callError) Unwrap() []error      { return e.causes }

func TestInfoOf_FindsTheFirstCallDepthFirst(t *testing.T) {
	first := &callError{info: ErrorInfo{Operation: "first", StatusCode: 503}}
	second := &callError{info: ErrorInfo{Operation: "second"}}
	for name, err := range map[string]error{
		"itself":  first,
		"wrapped": fmt.Errorf("handler: %w", first),
		"joined":  errors.Join(context.Canceled, fmt.Errorf("a: %w", fmt.Errorf("b: %w", first)), second),
		"cause":   &callError{info: first.info, causes: []error{second}},
	} {
		info, ok := InfoOf(err)
		assert.True(t, ok, name)
		assert.Equal(t, first.info, info, name)
	}
}

func TestInfoOf_NoCall(t *testing.T) {
	for _, err := range []error{nil, context.Canceled, fmt.Errorf("raia: %w: AgentKey", ErrInvalidArgument)} {
		info, ok := InfoOf(err)
		assert.False(t, ok)
		assert.Zero(t, info)
	}
}

func TestInfoOf_DeliveryFollowsTheClasses(t *testing.T) {
	for want, causes := range map[Delivery][]error{
		DeliveryNone:    {ErrNotSent},
		DeliveryUnknown: {context.DeadlineExceeded, ErrDeliveryUnknown},
		DeliveryDone:    {ErrDeliveryUnknown, ErrAnswerFailed},
	} {
		info, ok := InfoOf(&callError{causes: causes})
		assert.True(t, ok)
		assert.Equal(t, want, info.Delivery)
	}
}

func TestDelivery_String(t *testing.T) {
	assert.Equal(t, "none unknown done Delivery(7)",
		fmt.Sprint(DeliveryNone, " ", DeliveryUnknown, " ", DeliveryDone, " ", Delivery(7)))
}
