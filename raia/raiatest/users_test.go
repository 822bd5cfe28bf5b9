package raiatest_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/raia"
)

func TestServer_Users(t *testing.T) {
	_, c := start(t)
	ada := user(t, c, "ada@example.com")
	assert.Equal(t, "free", ada.Metadata.CustomData["plan"])
	assert.Equal(t, ada.ID, must[*raia.User](t)(c.Users.Get(t.Context(), ada.ID)).ID)
	_, err := c.Users.Create(t.Context(),
		raia.CreateUserParams{FirstName: "B", LastName: "C", Email: "ada@example.com"})
	require.ErrorIs(t, err, raia.ErrBadRequest, "exists already")

	talk := conversation(t, c, ada.ID)
	found := must[*raia.FoundUser](t)(c.Users.Search(t.Context(), raia.SearchUserParams{Email: "ada@example.com"}))
	assert.Equal(t, []string{talk.ID}, found.ConversationIDs)
	_, err = c.Users.Search(t.Context(), raia.SearchUserParams{FkID: "nobody"})
	require.ErrorIs(t, err, raia.ErrNotFound)

	require.NoError(t, c.Users.Delete(t.Context(), ada.ID))
	_, err = c.Users.Get(t.Context(), ada.ID)
	require.ErrorIs(t, err, raia.ErrNotFound)
	require.ErrorIs(t, c.Users.Delete(t.Context(), ada.ID), raia.ErrNotFound)
}

func TestServer_UserLimits(t *testing.T) {
	_, c := start(t)
	ada := user(t, c, "ada@example.com")
	_, err := c.Users.GetLimits(t.Context(), ada.ID)
	require.ErrorIs(t, err, raia.ErrNotFound)
	_, err = c.Users.CreateLimits(t.Context(), "nobody", raia.MonthlyLimits{})
	require.ErrorIs(t, err, raia.ErrNotFound)
	must[*raia.UserLimits](t)(c.Users.CreateLimits(t.Context(), ada.ID, raia.MonthlyLimits{Tokens: 1}))
	must[*raia.UserLimits](t)(c.Users.UpdateLimits(t.Context(), ada.ID, raia.MonthlyLimits{Tokens: 2, SMS: 3}))
	limits := must[*raia.UserLimits](t)(c.Users.GetLimits(t.Context(), ada.ID))
	assert.Equal(t, raia.MonthlyLimits{Tokens: 2, SMS: 3}, limits.MonthlyLimits)
	assert.Equal(t, ada.ID, limits.ConversationUserID)
	require.NoError(t, c.Users.DeleteLimits(t.Context(), ada.ID))
	_, err = c.Users.GetLimits(t.Context(), ada.ID)
	require.ErrorIs(t, err, raia.ErrNotFound)
}
