package aisera

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestCost_AUsualFrameIsDecodedOnce shows that the tolerant types, which scan answers again and again, are not used for
// usual frames.
func TestCost_AUsualFrameIsDecodedOnce(t *testing.T) {
	if raceEnabled {
		t.Log("the race detector allocates too: only the plain run counts")
		return
	}
	frame := []byte(`{"modeType":"Normal","reqId":"r-1","followUpId":"f-1","answers":[{"text":"one"},{"text":"two"}]}`)
	var floor struct {
		Mode       string                  `json:"modeType"`
		RequestID  string                  `json:"reqId"`
		FollowUpID string                  `json:"followUpId"`
		Answers    []struct{ Text string } `json:"answers"`
	}
	least := testing.AllocsPerRun(100, func() {
		floor.Answers = nil
		require.NoError(t, json.Unmarshal(frame, &floor))
	})
	got := testing.AllocsPerRun(100, func() {
		r, err := decodeResponse(frame)
		require.NoError(t, err)
		require.Len(t, r.Answers, 2)
	})
	t.Logf("by hand %v, ours %v", least, got)
	assert.LessOrEqual(t, got, least+5) // for the reply, its decoded form, and its answers
}

func TestCost_Frame(t *testing.T) {
	user, message := User{ID: "u-1"}, Text("hello")
	message.RequestID = "r-1"
	got := testing.AllocsPerRun(100, func() {
		rest, _, err := encodeFrame(user, "c-1", message)
		require.NoError(t, err)
		withToken(rest, []byte(`"token"`))
	})
	assert.LessOrEqual(t, got, 12.0)
}
