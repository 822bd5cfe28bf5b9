package syntphony_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/syntphony"
	"github.com/seed-127a5941/parley/syntphony/syntphonytest"
)

func TestDo_SendsTheCredential(t *testing.T) {
	server := syntphonytest.NewServer()
	defer server.Close()
	client, err := syntphony.NewClient(server.Config())
	require.NoError(t, err)
	err = client.Do(t.Context(), parley.Request{
		Operation: "get widget", Method: "GET", Path: "/widgets/{id}", Args: []string{"7"},
	}, nil)
	assert.ErrorIs(t, err, syntphony.ErrNotFound, "the fake server knows no such operation")
	requests := server.Requests()
	last := requests[len(requests)-1]
	assert.Equal(t, "GET", last.Method)
	assert.Regexp(t, "/widgets/7$", last.Path)
	assert.Regexp(t, "^Bearer .", last.Header.Get("Authorization"))
}
