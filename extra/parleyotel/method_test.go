package parleyotel

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestRequestMethod_OfTheUsersOwnMaking(t *testing.T) {
	assert.Equal(t, "PATCH", requestMethod("PATCH").Value.AsString())
	assert.Equal(t, "_OTHER", requestMethod("SECRET").Value.AsString())
	assert.Equal(t, "HTTP /x", spanName(attemptKey{method: "SECRET", path: "/x"}))
}
