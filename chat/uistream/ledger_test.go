package uistream

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestLedger_Decides(t *testing.T) {
	said, edited := mark("m1", "", "hello"), mark("m1", "", "hullo")
	assert.NotEqual(t, mark("m1", "a", "b"), mark("m1", "", "a\x00b"))
	for name, c := range map[string]struct {
		ledger ledger
		mark   string
		want   decision
	}{
		"the first message":       {ledger{}, said, decideSend},
		"another message":         {ledger{Turn: &turn{Mark: mark("m0", "", "x"), End: endSaid}}, said, decideSend},
		"behind one that is open": {ledger{Turn: &turn{Mark: mark("m0", "", "x")}}, said, decideSend},
		"behind a hand-over":      {ledger{Turn: &turn{Kind: kindHuman, End: endSaid}}, said, decideSend},
		"open":                    {ledger{Turn: &turn{Mark: said}}, said, decideRecover},
		"open and edited":         {ledger{Turn: &turn{Mark: said}}, edited, decideEdited},
		"answered":                {ledger{Turn: &turn{Mark: said, End: endSaid}}, said, decideReplay},
		"answered and edited":     {ledger{Turn: &turn{Mark: said, End: endSaid}}, edited, decideEdited},
		"not said":                {ledger{Turn: &turn{Mark: said, End: endUnsaid}}, said, decideSend},
		"not said and edited":     {ledger{Turn: &turn{Mark: said, End: endUnsaid}}, edited, decideSend},
		"long ago":                {ledger{Said: []string{said}}, said, decideOld},
		"long ago and edited":     {ledger{Said: []string{said}}, edited, decideEdited},
	} {
		assert.Equal(t, c.want, c.ledger.decide(c.mark), name)
	}
}

// A Record stays small, however long a conversation is.
func TestLedger_IsBounded(t *testing.T) {
	var l ledger
	for i := range 1000 {
		l.conclude(turn{Kind: kindMessage, Mark: mark(fmt.Sprint(i), "", "x"), End: endSaid})
		l.remember(message{ID: fmt.Sprint(i)}, message{ID: fmt.Sprint(i, "-answer")})
	}
	assert.Len(t, l.Said, maxSaid)
	assert.Len(t, l.Messages, maxTranscript)
	assert.Contains(t, string(l.Messages[maxTranscript-1]), "999-answer")
	for range 20 {
		l.remember(message{Parts: []part{{Type: "text", Text: strings.Repeat("x", 1<<18)}}})
	}
	assert.Len(t, l.Messages, 3)
}

func TestLedger_OfARecordThatCannotBeRead(t *testing.T) {
	_, err := decodeLedger(Record{Data: json.RawMessage(`[]`)})
	require.Error(t, err)
}

func TestTurn_IsUnreadForAWhile(t *testing.T) {
	chunks := []json.RawMessage{[]byte("{}")}
	assert.True(t, (&turn{Chunks: chunks, Unread: time.Now()}).unread())
	assert.False(t, (&turn{Chunks: chunks, Unread: time.Now().Add(-unreadLife)}).unread())
	assert.False(t, (&turn{Unread: time.Now()}).unread())
	assert.False(t, (&turn{Chunks: chunks}).unread())
	var none *turn
	assert.False(t, none.unread())
}

func TestTurn_MergesTheMessagesOfAnAnswer(t *testing.T) {
	said := message{ID: "u", Role: "user"}
	one := message{ID: "1", Role: "assistant", Parts: []part{{Text: "One"}}}
	two := message{ID: "2", Role: "assistant", Parts: []part{{Text: "Two"}}, Metadata: metadata{ID: "2"}}
	other := message{ID: "3", Role: "assistant"}
	last := turn{Answer: "answer", IDs: []string{"1", "2"}}
	assert.Equal(t, []message{said, {
		ID: "answer", Role: "assistant", Parts: []part{{Text: "One"}, {Text: "Two"}}, Metadata: metadata{ID: "2"},
	}, other}, last.merge([]message{said, one, two, other}))
}

// A message under way that the vendor does not list yet stands at the end.
func TestTurn_ShowsAMessageThatTheVendorDoesNotList(t *testing.T) {
	open := turn{Kind: kindMessage, ID: "m2", Text: "more"}
	listed := []message{
		{ID: "said-1", Role: "user", Parts: []part{{Type: "text", Text: "hello"}}}, {ID: "2", Role: "assistant"},
	}
	adopted := open.adopt(listed)
	assert.Len(t, adopted, 3)
	assert.Equal(t, "m2", adopted[2].ID)
}
