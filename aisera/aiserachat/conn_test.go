package aiserachat

import (
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/seed-127a5941/parley/chat"
)

func event(n int) chat.Event { return chat.Event{Kind: chat.EventMessage, ID: strconv.Itoa(n)} }

func drain(feed chan chat.Event) (ids []string) {
	for len(feed) > 0 {
		ids = append(ids, (<-feed).ID)
	}
	return ids
}

func TestFeeds_EachGetsEverythingInOrder(t *testing.T) {
	var f feeds
	f.publish(event(1)) // before anybody listens
	first := f.add()
	second := f.add()
	f.publish(event(2))
	f.publish(event(3))
	assert.Equal(t, []string{"1", "2", "3"}, drain(first))
	assert.Equal(t, []string{"2", "3"}, drain(second))
	f.remove(second)
	f.publish(event(4))
	assert.Empty(t, drain(second))
	assert.Equal(t, []string{"4"}, drain(first))
}

func TestFeeds_TheOldestAreLostWhenNobodyReads(t *testing.T) {
	for _, listens := range []bool{true, false} {
		var f feeds
		var feed chan chat.Event
		if listens {
			feed = f.add()
		}
		for n := range kept + 10 {
			f.publish(event(n))
		}
		if !listens {
			feed = f.add()
		}
		ids := drain(feed)
		assert.Len(t, ids, kept)
		assert.Equal(t, "10", ids[0])
	}
}
