package syntphony_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/syntphony"
	"github.com/seed-127a5941/parley/syntphony/syntphonytest"
)

func TestAnswersRate(t *testing.T) {
	server, client := newStub(t, 200, `"Success"`)
	require.NoError(t, client.Answers.Rate(t.Context(), "i-1", true))
	request := only(t, server)
	assert.Equal(t, "POST", request.Method)
	assert.Equal(t, "/prefix/v9/org/org/env/env/likable", request.Path)
	assert.Equal(t, testAPIKey, request.Header.Get("API-KEY"))
	assertJSON(t, `{"evaluation":true,"interactionId":"i-1"}`, request.Body)

	server, client = newStub(t, 200, "")
	require.NoError(t, client.Answers.Rate(t.Context(), "i-1", false))
	assertJSON(t, `{"evaluation":false,"interactionId":"i-1"}`, only(t, server).Body)
}

func TestAnswersRate_Failures(t *testing.T) {
	server, client := newFake(t)
	require.ErrorIs(t, client.Answers.Rate(t.Context(), "unknown", true), syntphony.ErrNotFound)
	server.Fail(1, syntphonytest.Failure{Status: 502, Body: "<html>", Header: http.Header{"X-Request-Id": {"r-1"}}})
	err := client.Answers.Rate(t.Context(), "unknown", true)
	require.ErrorIs(t, err, syntphony.ErrServer)
	require.ErrorIs(t, err, syntphony.ErrDeliveryUnknown)
	var failure *syntphony.Error
	require.ErrorAs(t, err, &failure)
	assert.Equal(t, "r-1", failure.RequestID)
}
