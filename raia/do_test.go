package raia_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/raia"
)

// Do sends the first key that is set.
func TestDo_SendsTheFirstKey(t *testing.T) {
	var sent http.Header
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { sent = r.Header }))
	defer server.Close()
	for header, cfg := range map[string]raia.Config{
		"Agent-Secret-Key":        {AgentKey: "fake-a", OrganizationKey: "fake-o", SuperAdminKey: "fake-s"},
		"Organization-Secret-Key": {OrganizationKey: "fake-o", SuperAdminKey: "fake-s"},
		"Super-Admin-Secret-Key":  {SuperAdminKey: "fake-s"},
	} {
		cfg.BaseURL = server.URL
		client, err := raia.NewClient(cfg)
		require.NoError(t, err)
		request := parley.Request{Operation: "ping", Method: "POST", Path: "/ping"}
		require.NoError(t, client.Do(t.Context(), request, nil))
		keys := 0
		for _, name := range []string{"Agent-Secret-Key", "Organization-Secret-Key", "Super-Admin-Secret-Key"} {
			if sent.Get(name) != "" {
				keys++
			}
		}
		assert.NotEmpty(t, sent.Get(header))
		assert.Equal(t, 1, keys)
	}
}

func TestDo_ErrorsAreThoseOfOtherCalls(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Request-Id", "request-1")
		w.WriteHeader(http.StatusBadGateway)
	}))
	defer server.Close()
	client, err := raia.NewClient(raia.Config{AgentKey: "fake-a", BaseURL: server.URL})
	require.NoError(t, err)
	err = client.Do(t.Context(), parley.Request{
		Operation: "start", Method: "POST", Path: "/things/{id}", Args: []string{"7"},
	}, nil)
	assert.ErrorIs(t, err, raia.ErrServer)
	info, ok := parley.InfoOf(err)
	assert.True(t, ok)
	assert.Equal(t, parley.ErrorInfo{
		Vendor: "raia", Operation: "raia: start", Method: "POST", Path: "/things/{id}", StatusCode: 502,
		RequestID: "request-1", Attempts: 1, Delivery: parley.DeliveryUnknown,
	}, info)
}
