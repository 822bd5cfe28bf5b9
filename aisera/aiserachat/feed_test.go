package aiserachat

import (
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/seed-127a5941/parley/chat"
)

func event(n int) chat.Event { return chat.Event{Kind: chat.EventMessage, ID: strconv.Itoa(n)} }

// drain reads the events that a loop at *at has not got yet.
func drain(f *feed, at *int) (ids []string) {
	for {
		e, more := f.next(at)
		if more != nil {
			return ids
		}
		ids = append(ids, e.ID)
		*at++
	}
}

func TestFeed_EachLoopGetsEverythingInOrder(t *testing.T) {
	var f feed
	f.publish(event(1)) // before anybody listens
	first := f.enter()
	second := f.enter()
	f.publish(event(2))
	f.publish(event(3))
	assert.Equal(t, []string{"1", "2", "3"}, drain(&f, &first))
	assert.Equal(t, []string{"2", "3"}, drain(&f, &second))
	f.leave(second)
	f.publish(event(4))
	_, more := f.next(&first)
	assert.Nil(t, more)
	assert.Equal(t, []string{"4"}, drain(&f, &first))
	_, more = f.next(&first)
	f.publish(event(5))
	<-more
	f.leave(first) // without event 5
	f.publish(event(6))
	third := f.enter()
	assert.Equal(t, []string{"5", "6"}, drain(&f, &third), "the next loop gets the events that the last one did not")
}

func TestFeed_TheOldestAreLostWhenNobodyReads(t *testing.T) {
	for _, listens := range []bool{true, false} {
		var f feed
		at := 0
		if listens {
			at = f.enter()
		}
		for n := range kept + 10 {
			f.publish(event(n))
		}
		if !listens {
			at = f.enter()
		}
		ids := drain(&f, &at)
		assert.Len(t, ids, kept)
		assert.Equal(t, "10", ids[0])
	}
}
