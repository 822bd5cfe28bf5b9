package aisera

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestMode(t *testing.T) {
	for mode, want := range map[Mode][3]bool{ // final, unsolicited, broken
		"":                         {true, false, false},
		"of the future":            {true, false, false},
		ModeNormal:                 {true, false, false},
		ModeStatusUpdate:           {false, false, false},
		ModeStreamingInProgress:    {false, false, false},
		ModeStreamingCompleted:     {true, false, false},
		ModeLiveAgentTyping:        {false, true, false},
		ModeCampaign:               {true, true, false},
		ModeAskForApproval:         {true, true, false},
		ModeFormError:              {true, false, false},
		ModeError:                  {true, false, true},
		ModeExternalSystemError:    {true, false, true},
		ModeLiveAgentWaitingUpdate: {true, false, false},
	} {
		assert.Equal(t, want, [3]bool{mode.final(), mode.unsolicited(), mode.broken()}, mode)
	}
}
