package raia

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestNewClient_Errors(t *testing.T) {
	for want, cfg := range map[string]Config{
		"raia: new client: invalid argument: at least one of AgentKey, OrganizationKey and SuperAdminKey is " +
			"required": {},
		"raia: new client: invalid argument: AgentKey holds a control character, which a header cannot carry": {
			AgentKey: "a\r\nb",
		},
		"raia: new client: invalid argument: OrganizationKey holds a control character, which a header cannot carry": {
			OrganizationKey: "a\x00",
		},
		"raia: new client: invalid argument: SuperAdminKey holds a control character, which a header cannot carry": {
			SuperAdminKey: "a\n",
		},
		"raia: new client: invalid argument: PollInterval must not be negative": {
			AgentKey: "k", PollInterval: -1,
		},
		"raia: new client: invalid argument: BaseURL must not carry user info": {
			AgentKey: "k", BaseURL: "https://me:pass@api.example",
		},
		"raia: new client: invalid argument: BaseURL must be an absolute URL with a host": {
			AgentKey: "k", BaseURL: "/external",
		},
		"raia: new client: invalid argument: BaseURL must not carry a query": {
			AgentKey: "k", BaseURL: "https://api.example?a=b",
		},
		"raia: new client: invalid argument: BaseURL must be https or wss: http would send credentials in clear " +
			"(AllowInsecureHTTP permits it)": {AgentKey: "k", BaseURL: "http://api.example"},
	} {
		c, err := NewClient(cfg)
		require.EqualError(t, err, want)
		require.ErrorIs(t, err, ErrInvalidArgument)
		assert.Nil(t, c)
	}
}

func TestNewClient_OneKeyIsEnough(t *testing.T) {
	for _, cfg := range []Config{{AgentKey: "k"}, {OrganizationKey: "k"}, {SuperAdminKey: "k\twith a tab"}} {
		_, err := NewClient(cfg)
		require.NoError(t, err)
	}
}

func TestNewClient_DefaultsToTheUSHost(t *testing.T) {
	var got string
	c, err := NewClient(Config{
		AgentKey: "k", HTTPClient: &http.Client{Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			got = r.URL.String()
			return answerWith(200, anID), nil
		})},
	})
	require.NoError(t, err)
	_, err = c.Conversations.Get(t.Context(), "1")
	require.NoError(t, err)
	assert.Equal(t, USBaseURL+"/conversations/1", got)
}
