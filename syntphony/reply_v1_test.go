//go:build !goexperiment.jsonv2 && !go1.27

package syntphony_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// encoding/json takes a member whose name differs in case only for the known one. encoding/json/v2 does not.
func TestReply_MemberThatDiffersInCaseOnly(t *testing.T) {
	reply, err := replyOf(t, `{"SESSIONCODE":"s-1"}`)
	require.NoError(t, err)
	assert.Equal(t, "s-1", reply.SessionCode)
}
