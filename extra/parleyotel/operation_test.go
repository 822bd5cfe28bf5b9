package parleyotel_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/seed-127a5941/parley"
)

func TestOnCall_ServerThatIsNoAddress(t *testing.T) {
	r := newRecorder(t)
	for _, server := range []string{"", "host", "host:port"} {
		_, end := r.Hooks().OnCall(t.Context(), parley.Call{Vendor: "raia", Operation: "raia: do it", Server: server})
		end(parley.CallResult{Err: errors.New("x")})
	}
	for _, span := range r.take() {
		assert.NotContains(t, attributesOf(span), "server.address")
	}
}
