package transport

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/seed-127a5941/parley"
)

func TestNested(t *testing.T) {
	err := &Error{
		text: "test: fetch token: no (POST /token, 1 attempt)", causes: []error{parley.ErrDecode},
		info: parley.ErrorInfo{Operation: "test: fetch token"},
	}
	nested := Nested("cannot fetch a token", err)
	assert.EqualError(t, nested, "cannot fetch a token: no (POST /token, 1 attempt)")
	assert.ErrorIs(t, nested, parley.ErrDecode)
	assert.True(t, isNested([]error{parley.ErrClosed, nested}))
	other := errors.New("no call")
	assert.Same(t, other, Nested("cannot fetch a token", other))
	assert.NoError(t, Nested("cannot fetch a token", nil))
	assert.False(t, isNested([]error{other}))
}
