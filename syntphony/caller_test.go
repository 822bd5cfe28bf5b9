package syntphony_test

import (
	"net/http"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/syntphony"
)

func TestConversationsSend_Headers(t *testing.T) {
	server, client := newStub(t, 200, minimalReply)
	_, err := client.Conversations.Send(t.Context(), "", syntphony.Caller{
		UserRef: "ref", OS: "iOS", OSVersion: "26", Browser: "Safari", BrowserVersion: "25", BusinessKey: "client 7",
	}, syntphony.Input{Text: "hi"})
	require.NoError(t, err)
	header := only(t, server).Header
	for name, want := range map[string]string{
		"API-KEY": testAPIKey, "AUTHORIZATION": "Bearer " + testToken, "OS": "iOS", "OS-VERSION": "26",
		"BROWSER":         "Safari",
		"BROWSER-VERSION": "25", "USER-REF": "ref", "BUSINESS-KEY": "client 7", "LOCALE": "en-US",
		"Content-Type": "application/json", "Accept": "application/json",
	} {
		assert.Equal(t, []string{want}, header.Values(name), name)
	}
	assert.Empty(t, header.Values("CHANNEL"))
}

func TestConversationsSend_EmptyHeadersAreLeftOut(t *testing.T) {
	server, client := newStub(t, 200, minimalReply)
	_, err := client.Conversations.Send(t.Context(), "", caller, syntphony.Input{Text: "hi"})
	require.NoError(t, err)
	header := only(t, server).Header
	assert.Equal(t, "es-ES", header.Get("LOCALE"), "the caller's before the config's")
	for _, name := range []string{"OS-VERSION", "BROWSER", "BROWSER-VERSION", "BUSINESS-KEY"} {
		assert.NotContains(t, header, http.CanonicalHeaderKey(name))
	}
}

// A program that does not know the user's system sends its own, because the vendor requires one.
func TestConversationsSend_DefaultOS(t *testing.T) {
	server, client := newStub(t, 200, minimalReply)
	_, err := client.Conversations.Send(t.Context(), "", syntphony.Caller{UserRef: "ref"}, syntphony.Input{Text: "hi"})
	require.NoError(t, err)
	assert.Equal(t, runtime.GOOS, only(t, server).Header.Get("OS"))
}
