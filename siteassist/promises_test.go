package siteassist

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The first and the last character that are pairs of surrogates.
func TestStream_TheLimitsOfSurrogates(t *testing.T) {
	for _, test := range [][3]string{{`\ud800`, `\udc00`, "\U00010000"}, {`\udbff`, `\udfff`, "\U0010ffff"}} {
		body := event(`{"type":"start"}`) + event(`{"type":"text-delta","id":"1","delta":"a`+test[0]+`"}`) +
			event(`{"type":"text-delta","id":"1","delta":"`+test[1]+`b"}`)
		text, err := stream(t, inMemory(t, "text/event-stream", whole(body+finishEvent))).Text()
		require.NoError(t, err)
		assert.Equal(t, "a"+test[2]+"b", text)
	}
}

func TestStream_PrintsNoMember(t *testing.T) {
	for _, verb := range []string{"%v", "%+v", "%#v"} {
		text := fmt.Sprintf(verb, new(Stream))
		assert.Contains(t, text, "siteassist.Stream")
		assert.NotContains(t, text, "{")
	}
}

// A server that goes back by less than a page is noticed at once.
func TestConversationsAll_AnEarlierOffsetIsAnError(t *testing.T) {
	s := shelf{n: 9, total: func(offset int) string { return fmt.Sprintf(`"total":9,"offset":%d`, min(offset, 1)) }}
	_, asked, err := ids(t, s, ListConversationsParams{Limit: 2})
	assert.ErrorIs(t, err, ErrDecode)
	assert.Len(t, asked, 2)
}
