package uistream_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// Another message waits for the end of the answer under way. It is not taken for an edit of the first one.
func TestResolve_AnotherMessageWaits(t *testing.T) {
	middle := make(gate)
	v := newVendor(once([]any{delta("Hel"), middle, delta("lo")}, delta("Next")))
	s := newSite(t, siteConfig(v))
	first := s.begun(v, "m1", "hello")
	time.AfterFunc(20*time.Millisecond, func() { close(middle) })
	assert.Equal(t, "Next", s.say("c1", "m2", "next").text())
	assert.Equal(t, "Hello", s.read(first).text())
}
