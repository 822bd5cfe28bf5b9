package web_test

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/chat"
)

// event is an event of GET /{id}/events.
type event struct{ id, name, data string }

// listen returns the events of a conversation until the test ends.
func listen(t *testing.T, api, id string) <-chan event {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, api+"/"+id+"/events", nil)
	require.NoError(t, err)
	response, err := httpClient(t).Do(request)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, response.StatusCode)
	events := make(chan event, 16)
	ended := make(chan struct{})
	t.Cleanup(func() { cancel(); <-ended })
	go func() {
		defer close(ended)
		defer response.Body.Close()
		var e event
		for lines := bufio.NewScanner(response.Body); lines.Scan(); {
			name, value, _ := strings.Cut(lines.Text(), ": ")
			switch name {
			case "id":
				e.id = value
			case "event":
				e.name = value
			case "data":
				e.data = value
			case "":
				if e.data != "" {
					events <- e
				}
				e = event{}
			}
		}
	}()
	return events
}

// TestEvents_AreUIMessages hands what a human says to a client.
func TestEvents_AreUIMessages(t *testing.T) {
	t.Parallel()
	eachVendor(t, []string{"raia", "siteassist"}, func(t *testing.T, v *vendor, n *node, _ string) {
		api := newAPI(t, v)
		c := newClient(n, api, "c1")
		before := c.ask("one").Messages
		events := listen(t, api, "c1")
		v.human("Kim here.")
		for e := range events {
			if e.name != "message" {
				continue
			}
			messages := []any{before[0], before[1], json.RawMessage(e.data)}
			n.call("validate", args{"messages": messages}, nil)
			assert.Contains(t, e.data, "Kim here.")
			assert.Contains(t, e.data, `"role":"human"`)
			assert.NotEmpty(t, e.id)
			view := makeClient(n, args{"id": "c1", "api": api, "messages": messages}).ask("two")
			assert.Equal(t, "ready", view.Status, view.Error)
			assert.Equal(t, chat.FinishQueued, view.last().Metadata["finish"], "%+v", view)
			return
		}
	})
}
