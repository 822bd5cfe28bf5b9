package lenient

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var validSeeds = []string{
	``, ` `, `1`, ` 1 `, `-0`, `-`, `01`, `-01`, `1.`, `.5`, `1.5`, `1e5`, `1E+5`, `1e-5`, `1e`, `1e+`, `1.5e1x`, `+1`,
	`1 2`, `true`, `tru`, `truex`, `false`, `falsy`, `null`, `nul`, `nulL`, `""`, `"`, `"a`, `"\`, `"\"`, `"\x"`,
	`"\u12"`, `"\u12g4"`, `"\u12aF"`, `"\"\\\/\b\f\n\r\t"`, "\"\x01\"", "\"\x7f\"", "\"\xff\"", "\"\x00\"", "\x00",
	"1\x00", "\"a\"\x00", `{}`, ` { } `, `{`, `{"a"}`, `{"a":}`, `{"a":1`, `{"a":1,}`, `{,}`, `{a:1}`,
	`{"a" : 1 , "b":[]}`,
	`{"a":1 "b":2}`, `{"a":1]`, `[]`, `[ ]`, `[`, `[1`, `[1,`, `[1,]`, `[,]`, `[1 2]`, `[1}`,
	`[1 , [ 2 , {} ] ]`, `]`, `}`,
	`{"a":{"b":[{"c":"}"}]}}`, "\ufeff1", "\v1", "{\"a\":1}\n", `{"a":tru}`, `["\ud83d"]`, `1a`, `"a"b`,
}

func TestValid(t *testing.T) {
	for _, text := range validSeeds {
		assert.Equal(t, json.Valid([]byte(text)), Valid([]byte(text)), "%q", text)
	}
}

func TestValid_Depth(t *testing.T) {
	for _, levels := range []int{maxDepth, maxDepth + 1} {
		for _, text := range []string{
			strings.Repeat(`[`, levels) + strings.Repeat(`]`, levels),
			strings.Repeat(`{"a":`, levels-1) + `{}` + strings.Repeat(`}`, levels-1),
			strings.Repeat(`[`, 1_000_000),
		} {
			assert.Equal(t, json.Valid([]byte(text)), Valid([]byte(text)), levels)
		}
	}
}

func FuzzValid(f *testing.F) {
	for _, seed := range validSeeds {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		require.Equal(t, json.Valid(raw), Valid(raw))
	})
}

func BenchmarkValid(b *testing.B) {
	raw := []byte(`{"hits":[{"title":"Hours","text":"We open at nine and close at five.","score":0.75,"pinned":true},` +
		`{"title":"Help","text":"Call us.","score":12,"pinned":false,"parent":null}]}`)
	b.Run("encoding/json", func(b *testing.B) {
		for b.Loop() {
			json.Valid(raw)
		}
	})
	b.Run("lenient", func(b *testing.B) {
		for b.Loop() {
			Valid(raw)
		}
	})
}
