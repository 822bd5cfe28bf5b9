package raia

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/lenient"
)

func TestError_DetailsOfOtherTypes(t *testing.T) {
	for body, want := range map[string]int{
		`{"details":{"a":1}}`: 1, `{"details":"text"}`: 1, `{"details":null}`: 0, `{"details":[]}`: 0, `{}`: 0, `[]`: 0,
		``: 0, `{"name":{},"details":[1,2]}`: 2,
	} {
		failure := errorOf(body)
		assert.Len(t, failure.Details, want, body)
		assert.Empty(t, failure.Code)
	}
}

func FuzzReplies(f *testing.F) {
	for _, seed := range []string{
		`{"id":"1","threadId":"t","createdAt":"x"}`, completedResponse, `null`, `{"status":"error"}`,
		`{"skills":[{"systemName":"API"}]}`,
		`{"id":"1","skills":[null,7,{"systemName":"CALENDAR","config":[]}]}`, `{"messages":[null]}`,
		`{"user":{"id":"1"}}`, `[]`, ``,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, decode := range []func() error{
			func() error { var v Conversation; return tryDecode(body, &v, v.afterDecode) },
			func() error { var v Agent; return tryDecode(body, &v, v.afterDecode) },
			func() error { var v AsyncResponse; return tryDecode(body, &v, v.afterDecode) },
			func() error { var v PromptResponse; return tryDecode(body, &v, v.afterDecode) },
			func() error { var v AgentUsage; return tryDecode(body, &v, v.afterDecode) },
			func() error { _, err := decodeMessages(new(lenient.Decoder), body); return err },
			func() error { _, err := decodeFound(new(lenient.Decoder), body); return err },
		} {
			if decode() == nil {
				assert.True(t, json.Valid(body))
			}
		}
	})
}

func tryDecode(body []byte, v any, complete func(parley.Raw) error) error {
	if err := json.Unmarshal(body, v); err != nil {
		return err
	}
	return complete(body)
}

func TestMemberOf(t *testing.T) {
	raw := []byte(` {"a":1,"b":null,"\u0063":{"a":2}}`)
	assert.Equal(t, "1", string(memberOf(raw, "a")))
	assert.Equal(t, "null", string(memberOf(raw, "b")))
	assert.Equal(t, `{"a":2}`, string(memberOf(raw, "c")))
	assert.Nil(t, memberOf(raw, "d"))
	assert.Nil(t, memberOf([]byte(`[1]`), "a"))
	require.EqualError(t, requireAnyMember(raw, "x", "y"), "the response has no x, y")
	require.NoError(t, requireAnyMember(raw, "x", "b"))
}

func TestStringOrList(t *testing.T) {
	for raw, want := range map[string]string{
		`"a"`: "a", `["a","b"]`: "a; b", `[]`: "", `7`: "", `{"a":1}`: "", `["a",7]`: "", ``: "",
	} {
		assert.Equal(t, want, stringOrList([]byte(raw)), raw)
	}
}
