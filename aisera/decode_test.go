package aisera

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestDecode_NumericIDsSurvive(t *testing.T) {
	for raw, want := range map[string][2]string{
		`{"followUpId":12345678901234567890,"reqId":1}`:         {"12345678901234567890", "1"},
		`{"followUpId":"F1","reqId":"r1"}`:                      {"F1", "r1"},
		`{"data":{"followUpId":7,"reqId":1.50},"answers":[{}]}`: {"7", "1.50"},
		`{"followUpId":null,"reqId":{"a":1},"modeType":"x"}`:    {"", ""},
		`{"followUpId":true,"header":{"reqId":[1]},"error":""}`: {"", ""},
	} {
		r, err := decodeResponse([]byte(raw))
		require.NoError(t, err)
		assert.Equal(t, want, [2]string{r.FollowUpID, r.RequestID}, raw)
	}
}

func TestDecode_WhatIsAReply(t *testing.T) {
	for raw, want := range map[string]bool{
		`{}`: false, `{"type":"ping"}`: false, `{"data":{"x":1},"header":{}}`: false,
		`{"modeType":null,"answers":null}`: false,
		`{"answers":[]}`:                   true, `{"answers":{}}`: true, `{"modeType":"Normal"}`: true,
		`{"header":{"reqId":3}}`: true,
		`{"followUpId":"x"}`:     true, `{"error":"no"}`: true, `{"errors":[]}`: true, `not JSON`: true,
	} {
		assert.Equal(t, want, decodeFrame([]byte(raw), nil).isReply(), raw)
	}
}
