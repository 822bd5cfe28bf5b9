package fakeserver

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestDial_TalksToAccept(t *testing.T) {
	s, _ := start(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/ws" {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		peer, err := Accept(w, r)
		if err != nil {
			return
		}
		defer peer.Drop()
		if frame, err := peer.Read(r.Context()); err == nil {
			_ = peer.Write(r.Context(), append([]byte("heard "), frame...))
		}
	}))
	url := strings.Replace(s.URL(), "http", "ws", 1)
	client, _, err := Dial(t.Context(), url+"/ws")
	require.NoError(t, err)
	defer client.Drop()
	require.NoError(t, client.Write(t.Context(), []byte("one")))
	frame, err := client.Read(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "heard one", string(frame))

	_, response, err := Dial(t.Context(), url+"/other")
	require.Error(t, err)
	assert.Equal(t, http.StatusForbidden, response.StatusCode)
}
