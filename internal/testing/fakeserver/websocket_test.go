package fakeserver_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"nhooyr.io/websocket"

	"github.com/seed-127a5941/parley/internal/testing/fakeserver"
)

func TestAccept_IsKnownBeforeTheResponseLeaves(t *testing.T) {
	accepted := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		peer, err := fakeserver.AcceptAnnounced(w, r, func() { accepted++ })
		if err != nil {
			return
		}
		defer peer.Drop()
		message, err := peer.Read(r.Context())
		if err == nil {
			_ = peer.Write(r.Context(), message)
			_ = peer.Close(4000, "bye")
		}
	}))
	defer server.Close()
	refused, err := server.Client().Get(server.URL)
	require.NoError(t, err)
	_ = refused.Body.Close()
	assert.Equal(t, http.StatusUpgradeRequired, refused.StatusCode)
	assert.Zero(t, accepted)

	conn, _, err := websocket.Dial(t.Context(), server.URL, nil)
	require.NoError(t, err)
	assert.Equal(t, 1, accepted)
	require.NoError(t, conn.Write(t.Context(), websocket.MessageText, []byte("hello")))
	_, message, err := conn.Read(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "hello", string(message))
	_, _, err = conn.Read(t.Context())
	assert.Equal(t, websocket.StatusCode(4000), websocket.CloseStatus(err))
}
