package chat_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/chat"
)

func TestMemory_KeepsWhatWasSetLast(t *testing.T) {
	s := &script{can: full}
	c := start(t, s, chat.Options{})
	known := "untouched"
	require.NoError(t, s.mem.Get(&known))
	assert.Equal(t, "untouched", known)
	require.NoError(t, s.mem.Set("first"))
	require.NoError(t, s.mem.Set("<second>"))
	require.ErrorIs(t, s.mem.Set(strings.Repeat("x", 3000)), parley.ErrInvalidArgument)
	require.ErrorIs(t, s.mem.Set(func() {}), parley.ErrInvalidArgument)
	require.NoError(t, s.mem.Get(&known))
	assert.Equal(t, "<second>", known)
	require.Error(t, s.mem.Get(new(int)))
	next := &script{can: full}
	start(t, next, chat.Options{State: c.State()})
	require.NoError(t, next.mem.Get(&known))
	assert.Equal(t, "<second>", known)
}
