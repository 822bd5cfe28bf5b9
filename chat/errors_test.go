package chat

import (
	"errors"
	"io"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/seed-127a5941/parley"
)

func TestProvesUnsaid_OnlyARefusalProves(t *testing.T) {
	for _, err := range refusals {
		assert.True(t, provesUnsaid(err), "%v", err)
		assert.False(t, provesUnsaid(errors.Join(err, parley.ErrDeliveryUnknown)), "%v", err)
		assert.False(t, provesUnsaid(errors.Join(err, parley.ErrTruncated)), "%v", err)
	}
	for _, err := range []error{io.EOF, parley.ErrDecode, parley.ErrResponseTooLarge, parley.ErrAnswerFailed} {
		assert.False(t, provesUnsaid(err), "%v", err)
	}
}

func TestPasses_WhatTheNextLookWouldRepeat(t *testing.T) {
	for _, err := range lasting {
		assert.False(t, passes(errors.Join(io.EOF, err)), "%v", err)
	}
	for _, err := range []error{io.EOF, parley.ErrServer, parley.ErrRateLimited, parley.ErrDecode, parley.ErrNotSent} {
		assert.True(t, passes(err), "%v", err)
	}
}

func TestUnsentError_HidesADeliveryThatIsUnknown(t *testing.T) {
	err := error(&unsentError{step: "open", cause: errors.Join(io.EOF, parley.ErrDeliveryUnknown)})
	assert.ErrorIs(t, err, parley.ErrNotSent)
	assert.ErrorIs(t, err, io.EOF)
	assert.NotErrorIs(t, err, parley.ErrDeliveryUnknown)
}
