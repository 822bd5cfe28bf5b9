package uistream_test

import (
	"bufio"
	"context"
	"errors"
	"iter"
	"net/http"
	"slices"
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

// tailed is a Store whose Tail changes the entries of the log that it reads.
type tailed struct {
	*shared
	change func(iter.Seq2[[]byte, error]) iter.Seq2[[]byte, error]
}

func (s tailed) Tail(ctx context.Context, user, id string) iter.Seq2[[]byte, error] {
	return s.change(s.shared.Tail(ctx, user, id))
}

// A store that appends again after a lost response has an entry twice.
func TestFollow_AnEntryThatIsTwiceInTheLogIsShownOnce(t *testing.T) {
	twice := func(log iter.Seq2[[]byte, error]) iter.Seq2[[]byte, error] {
		return func(yield func([]byte, error) bool) {
			for entry, err := range log {
				for range 2 {
					if !yield(entry, err) {
						return
					}
				}
			}
		}
	}
	middle := make(gate)
	v := newVendor(always(delta("Hel"), middle, delta("lo")))
	a, b := replicas(t, v, tailed{newShared(), twice})
	first := a.begun(v, "m1", "hello")
	followed := b.request(t.Context(), "ann", http.MethodGet, "/c1/stream", "")
	close(middle)
	said, shown := a.read(first), b.read(followed)
	assert.Equal(t, "Hello", said.text())
	assert.Equal(t, "Hello", shown.text())
	assert.Equal(t, slices.Compact(said.Types), slices.Compact(shown.Types), "the log may join deltas")
}

func TestFollow_ALogThatBreaksOffIsNoEndOfTheAnswer(t *testing.T) {
	read := make(chan struct{})
	begins := func(log iter.Seq2[[]byte, error]) iter.Seq2[[]byte, error] {
		return func(yield func([]byte, error) bool) {
			n := 0
			for entry, err := range log {
				if n++; n > 2 || !yield(entry, err) {
					break
				}
			}
			yield(nil, errors.New("tailed: the connection is lost"))
			close(read)
		}
	}
	middle := make(gate)
	v := newVendor(always(delta("Hel"), middle, delta("lo")))
	a, b := replicas(t, v, tailed{newShared(), begins})
	first := a.begun(v, "m1", "hello")
	followed := b.request(t.Context(), "ann", http.MethodGet, "/c1/stream", "")
	<-read
	cut(t, followed)
	close(middle)
	assert.Equal(t, "Hello", a.read(first).text())
}
