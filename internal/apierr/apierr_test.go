package apierr

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"go.uber.org/goleak"

	"github.com/seed-127a5941/parley"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestMatches(t *testing.T) {
	classes := map[int]error{
		400: parley.ErrBadRequest, 401: parley.ErrUnauthorized, 402: parley.ErrPaymentRequired,
		403: parley.ErrForbidden, 404: parley.ErrNotFound,
		409: parley.ErrConflict, 422: parley.ErrUnprocessable, 429: parley.ErrRateLimited, 500: parley.ErrServer,
		503: parley.ErrServer, 599: parley.ErrServer,
	}
	for status := range 700 {
		for _, target := range classes {
			assert.Equal(t, classes[status] == target || status >= 500 && status < 600 && target == parley.ErrServer,
				Matches(status, target), "%d %v", status, target)
		}
		assert.False(t, Matches(status, nil))
		assert.False(t, Matches(status, parley.ErrDecode))
	}
}

func TestInvalid(t *testing.T) {
	err := Invalid("title", "is longer than %d characters", 255)
	assert.EqualError(t, err, "invalid argument: title is longer than 255 characters")
	assert.ErrorIs(t, err, parley.ErrInvalidArgument)
	assert.EqualError(t, Required("id"), "invalid argument: id must not be empty")
}
