package uistream_test

import (
	"bufio"
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// shows reads an event stream until a line contains text, for 30 s at most.
func (s *site) shows(path, text string) bool {
	s.t.Helper()
	ctx, leave := context.WithTimeout(s.t.Context(), 30*time.Second)
	defer leave()
	response := s.request(ctx, "ann", http.MethodGet, path, "")
	for lines := bufio.NewScanner(response.Body); lines.Scan(); {
		if strings.Contains(lines.Text(), text) {
			return true
		}
	}
	return false
}

// Another replica shows the answer while it is being made, if the Store can.
func TestFollow_AnotherReplicaStreams(t *testing.T) {
	middle := make(gate)
	v := newVendor(always(delta("Hel"), middle, delta("lo")))
	a, b := replicas(t, v, newShared())
	first := a.begun(v, "m1", "hello")
	assert.True(t, b.shows("/c1/stream", "Hel"))
	close(middle)
	assert.Equal(t, "Hello", a.read(first).text())
}
