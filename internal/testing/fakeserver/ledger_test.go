package fakeserver

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestLedger_KeepsOrderAndTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := Unstarted(echo)
		s.Act(Action{Operation: "WS", Text: "one"})
		time.Sleep(time.Second)
		s.Act(Action{Operation: "WS", Text: "two", Conversation: "c", User: "u"})
		ledger := s.Ledger()
		assert.Len(t, ledger, 2)
		assert.Equal(t, Action{Time: time.Now(), Operation: "WS", Text: "two", Conversation: "c", User: "u"}, ledger[1])
		assert.Equal(t, time.Second, ledger[1].Time.Sub(ledger[0].Time))
		ledger[0].Text = "changed"
		assert.Equal(t, "one", s.Ledger()[0].Text)
		s.Close()
	})
}
