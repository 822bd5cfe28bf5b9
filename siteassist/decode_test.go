package siteassist

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestText_OfAnythingElseIsEmpty(t *testing.T) {
	for raw, want := range map[string]string{`"a\u00e9"`: "aé", `5`: "", `null`: "", `{"a":1}`: "", ``: "", `"a`: ""} {
		assert.Equal(t, want, text([]byte(raw)), raw)
	}
}

func TestRequireMember(t *testing.T) {
	assert.NoError(t, requireMember("id", "x"))
	assert.EqualError(t, requireMember("id", ""), "the response has no id")
}

func TestEncodeUnion(t *testing.T) {
	for _, test := range []struct {
		raw    []byte
		fields any
		want   string
	}{
		{nil, struct{ A int }{1}, `{"type":"x","A":1}`},
		{nil, struct{}{}, `{"type":"x"}`},
		{[]byte(`{ "type":"y" }`), struct{ A int }{1}, `{ "type":"y" }`},
	} {
		got, err := encodeUnion("x", test.raw, test.fields)
		assert.NoError(t, err)
		assert.Equal(t, test.want, string(got))
	}
	_, err := encodeUnion("x", nil, math.Inf(1))
	assert.Error(t, err)
}
