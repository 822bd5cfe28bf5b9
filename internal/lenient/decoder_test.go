package lenient

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// words has an UnmarshalJSON method.
type words []string

func (w *words) UnmarshalJSON(raw []byte) error {
	var text string
	err := json.Unmarshal(raw, &text)
	*w = strings.Fields(text)
	return err
}

type role string

type base struct {
	ID     string `json:"id"`
	Hidden int    `json:"hidden"`
}

type inner struct {
	Name  string   `json:"name"`
	Score *float64 `json:"score"`
}

// everything has a field of each kind that a response has.
type everything struct {
	base
	Hidden  string         `json:"hidden"` // hides that of base
	Role    role           `json:"role"`
	Is      bool           `json:"is_known"`
	Count   int            `json:"count"`
	Small   int8           `json:"small"`
	Size    *int64         `json:"size"`
	Ratio   float64        `json:"ratio"`
	Texts   []string       `json:"texts"`
	Inner   inner          `json:"inner"`
	One     *inner         `json:"one"`
	Some    []*inner       `json:"some"`
	Rows    [][]inner      `json:"rows"`
	Data    map[string]any `json:"data"`
	Counts  map[string]int `json:"counts"`
	Any     any            `json:"any"`
	Raw     json.RawMessage
	Words   words      `json:"words"`
	Address netip.Addr `json:"address"`
	At      time.Time  `json:"at"`
	Bytes   []byte     `json:"bytes"`
	Pair    [2]int     `json:"pair"`
	Float   float32    `json:"float"`
	Skipped string     `json:"-"`
	_       string
}

// outer hides a field of a struct that it embeds behind its own.
type outer struct {
	Hidden string `json:"hidden"`
	Name   string `json:"name"`
	base
}

// These types are left to encoding/json.
type (
	texts struct {
		Count int `json:"count,string"`
	}
	tree struct {
		Name  string  `json:"name"`
		Trees []*tree `json:"trees"`
	}
	twice struct {
		withTag
		withoutTag
	}
	withTag struct {
		A string `json:"Name"`
	}
	withoutTag struct {
		Name string // hidden by the tag, says encoding/json
	}
	pointing struct{ *Pointed }
	Pointed  struct {
		ID string `json:"id"`
	}
	tagged struct {
		Pointed `json:"pointed"`
	}
	quoted struct {
		A string `json:"a&b"`
	}
	folded struct{ Fſ string } // encoding/json takes "fs" for its name
)

// numbers has strings that encoding/json decodes only if they are numbers.
type numbers struct {
	A json.Number   `json:"a"`
	B *json.Number  `json:"b"`
	C []json.Number `json:"c"`
}

var usualForms = []string{
	`{}`, ` { } `, "\ufeff {}\n",
	`{"id":"a\nb","hidden":"h","role":"user","is_known":true,"count":12,"small":-128,"size":-0,"ratio":1.5e3}`,
	`{"id":null,"role":null,"is_known":null,"count":null,"size":null,"ratio":null,"texts":null,"inner":null,` +
		`"one":null,"some":null,"data":null,"counts":null,"any":null,"Raw":null,"words":"","address":"","bytes":null}`,
	`{"texts":[],"some":[],"rows":[]}`,
	`{"texts" : [ "a" , "\u00e9" ,null ], "inner":{"name":"n","score":0.5},"one":{},"some":[null,{"name":"x"}]}`,
	`{"rows":[[],[{"name":"a"},{"name":"b"}],null]}`,
	`{"data":{"a":[1,2.5,-1e2,true,false,null,"x",{"b":[]}],"\u0061":7},"counts":{"a":1},"any":[1,{"a":null}]}`,
	`{"Raw":{"a": [1e5]},"words":"a b","address":"::1","at":"2026-05-04T10:20:30.456Z","bytes":"AAE=","pair":[1]}`,
	`{"unknown":{"a":[1]},"skipped":1,"internal":"x","float":1.5,"-":2,"":3}`,
	"{\"id\":\"\xff\",\"data\":{\"\xff\":\"\xfe\"}}",
}

// otherForms are left to encoding/json. Some of them are not valid.
var otherForms = []string{
	``, `null`, `[]`, `7`, `"a"b"`, `{`, `{}x`, `{"x":1,}`, `{"x":tru}`,
	`{"id":1}`, `{"id":"a","id":"b"}`, `{"ID":"a"}`, `{"i\u0064":"a"}`,
	`{"isKnown":true}`, `{"is-known":true}`, `{"role":{}}`, `{"is_known":"x"}`, `{"count":1.0}`, `{"count":1e3}`,
	`{"count":+1}`, `{"count":01}`, `{"count":9223372036854775808}`, `{"small":128}`, `{"small":-129}`, `{"ratio":"x"}`,
	`{"ratio":1e999}`, `{"ratio":.5}`, `{"ratio":0x1p3}`, `{"ratio":Inf}`, `{"texts":{}}`, `{"texts":[1]}`,
	`{"texts":["a",]}`, `{"texts":["a"`, `{"inner":[]}`, `{"inner":{"name":1}}`, `{"inner":{"Name":"a"}}`,
	`{"one":{"name":"a","name":"b"}}`, `{"some":[{}{}]}`, `{"data":[]}`, `{"data":{"a":}}`, `{"data":{"a":tru}}`,
	`{"data":{"a":01}}`, `{"data":{"a":1e999}}`, `{"data":{"a":[1,]}}`, `{"data":{"a":"\x"}}`, `{"data":{"\x":1}}`,
	`{"data":{"a":nul}}`, `{"any":[}`, `{"Raw":{"a":}}`, `{"words":7}`, `{"words":"a b}`, `{"address":"x"}`,
	`{"address":7}`, `{"at":"x"}`, `{"pair":{}}`, `{"counts":{"a":"x"}}`, "{\"id\":\"a\nb\"}",
	"{\"counts\":\ufeff{}}", "{\"any\":\ufeff7}", // a byte order mark may stand before the whole text only
}

func TestDecoder_UsualForms(t *testing.T) {
	for _, text := range usualForms {
		assert.True(t, decodesAlike[everything](t, []byte(text)), text)
	}
	assert.True(t, decodesAlike[outer](t, []byte(`{"id":"a","name":"b","hidden":"c"}`)))
	assert.False(t, decodesAlike[outer](t, []byte(`{"id":"a","name":"b","hidden":"c","hidden":"d"}`)))
	assert.True(t, decodesAlike[[]*inner](t, []byte(`[{"name":"a"},null]`)))
}

func TestDecoder_OtherForms(t *testing.T) {
	for _, text := range otherForms {
		assert.False(t, decodesAlike[everything](t, []byte(text)), text)
	}
}

func TestDecoder_OtherTypes(t *testing.T) {
	for _, text := range []string{
		`{"count":"7"}`, `{"count":7}`, `{"name":"a","trees":[{"name":"b","trees":[]}]}`, `{"id":"a"}`,
		`{"pointed":{"id":"a"}}`, `{"a&b":"c"}`, `{"Name":"a"}`, `{"fs":"a"}`, `{"Fſ":"a"}`,
	} {
		raw := []byte(text)
		decodesAlike[texts](t, raw)
		decodesAlike[tree](t, raw)
		decodesAlike[twice](t, raw)
		decodesAlike[pointing](t, raw)
		decodesAlike[tagged](t, raw)
		decodesAlike[quoted](t, raw)
		decodesAlike[folded](t, raw)
		decodesAlike[any](t, raw)
	}
}

func TestDecoder_StringsThatAreNumbers(t *testing.T) {
	for _, text := range []string{`{"a":"x"}`, `{"a":""}`, `{"b":"x"}`, `{"c":["1",null,"x"]}`} {
		assert.False(t, decodesAlike[numbers](t, []byte(text)), text)
	}
	assert.True(t, decodesAlike[numbers](t, []byte(`{"a":1e400,"b":"-7","c":[1.50]}`)))
}

// Each value alone may have few enough levels for encoding/json although the whole has too many.
func TestDecoder_TooManyLevels(t *testing.T) {
	for _, text := range []string{
		`{"any":%s}`, `{"Raw":%s}`, `{"unknown":%s}`, `{"one":{"unknown":%s}}`,
		`{"role":"[\"","some":[{"unknown":%s}]}`,
	} {
		around := strings.Count(text, "{") + strings.Count(text, `:[`)
		for levels, valid := range map[int]bool{maxDepth: true, maxDepth + 1: false} {
			n := levels - around
			raw := []byte(fmt.Sprintf(text, strings.Repeat("[", n)+strings.Repeat("]", n)))
			require.Equal(t, valid, json.Valid(raw), text)
			var got, want everything
			wantErr := Unmarshal(raw, &want)
			require.Equal(t, valid, wantErr == nil, text)
			require.True(t, reflect.DeepEqual(wantErr, new(Decoder).Unmarshal(raw, &got)), "%s %d", text, levels)
			require.True(t, reflect.DeepEqual(want, got), "%s %d", text, levels)
		}
	}
	many := []byte(`[` + strings.Repeat(`{"name":"\"]"},`, maxDepth) + `{}]`)
	assert.True(t, decodesAlike[[]*inner](t, many), "many values beside each other are not deep")
	var list []*inner
	require.Error(t, new(Decoder).Unmarshal(append(many, '"'), &list))
}

// A struct with more members than a form holds is left to encoding/json, as is a member that has more levels than
// Any decodes.
func TestDecoder_LargeTypesAndValues(t *testing.T) {
	var fields []reflect.StructField
	for i := range 65 {
		name := "A" + strings.Repeat("a", i)
		fields = append(fields, reflect.StructField{Name: name, Type: reflect.TypeFor[string]()})
	}
	assert.NotNil(t, builder{}.form(reflect.StructOf(fields[:64])))
	assert.Nil(t, builder{}.form(reflect.StructOf(fields)))
	var d Decoder
	large := reflect.New(reflect.StructOf(fields[:64]))
	require.NoError(t, d.Unmarshal([]byte(`{"`+fields[63].Name+`":"x","A":"y"}`), large.Interface()))
	assert.Equal(t, []any{"y", "x"}, []any{large.Elem().Field(0).Interface(), large.Elem().Field(63).Interface()})

	for depth, usual := range map[int]bool{anyDepth - 1: true, anyDepth: false} {
		nested := strings.Repeat(`[`, depth) + strings.Repeat(`]`, depth)
		assert.Equal(t, usual, decodesAlike[everything](t, []byte(`{"data":{"a":`+nested+`}}`)))
		nested = strings.Repeat(`{"a":`, depth) + `1` + strings.Repeat(`}`, depth)
		assert.Equal(t, usual, decodesAlike[everything](t, []byte(`{"data":{"a":`+nested+`}}`)))
	}
}

// A name of other characters may be written in more than one way.
func TestDecoder_NamesOfMembers(t *testing.T) {
	for name, usual := range map[string]bool{
		"a": true, "z": true, "A": true, "Z": true, "0": true, "9": true, "-_": true,
		"`": false, "{": false, "@": false, "[": false, "/": false, ":": false, "é": false, "a b": false,
	} {
		field := reflect.StructField{
			Name: "A", Type: reflect.TypeFor[string](), Tag: reflect.StructTag(`json:"` + name + `"`),
		}
		assert.Equal(t, usual, builder{}.form(reflect.StructOf([]reflect.StructField{field})) != nil, name)
	}
}

// A value that is not zero keeps what no member replaces. The error of a v that cannot be decoded into is that of
// encoding/json.
func TestDecoder_TakesWhatUnmarshalTakes(t *testing.T) {
	var d Decoder
	v := inner{Name: "before"}
	require.NoError(t, d.Unmarshal([]byte(`{"score":1}`), &v))
	assert.Equal(t, inner{"before", new(1.0)}, v)
	for _, v := range []any{nil, inner{}, (*inner)(nil)} {
		invalid := new(json.InvalidUnmarshalError)
		require.ErrorAs(t, d.Unmarshal([]byte(`{}`), v), &invalid)
	}
}

// What a decoder keeps does not depend on the bytes that it was given.
func TestDecoder_KeepsNoPartOfTheData(t *testing.T) {
	raw := []byte(`{"id":"one","texts":["two"],"Raw":{"three":3},"data":{"four":"five"},"any":"six","words":"se ven"}`)
	var d Decoder
	var got, want everything
	require.NoError(t, json.Unmarshal(raw, &want))
	require.NoError(t, d.Unmarshal(raw, &got))
	clear(raw)
	assert.Equal(t, want, got)
}

func TestDecoder_ServesManyGoroutines(t *testing.T) {
	var d Decoder
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			var v everything
			assert.NoError(t, d.Unmarshal([]byte(`{"one":{"name":"a"}}`), &v))
			assert.Equal(t, "a", v.One.Name)
		})
	}
	all.Wait()
}

// TestDecoder_RandomObjects compares both ways of decoding for objects with the names of everything and values of all
// types.
func TestDecoder_RandomObjects(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	usual, objects := 0, 5_000
	if testing.Short() {
		objects = 1_000
	}
	for range objects {
		if decodesAlike[everything](t, []byte(randomObject(random, 3))) {
			usual++
		}
	}
	assert.Greater(t, usual, objects/10, "of the objects have the usual form")
}

var randomNames = strings.Split("id hidden role is_known count small size ratio texts inner one some rows data counts "+
	"any Raw words address at bytes pair float name score ID isknown other", " ")

func randomObject(random *rand.Rand, depth int) string {
	var members []string
	for range random.IntN(4) {
		name := randomNames[random.IntN(len(randomNames))]
		members = append(members, `"`+name+`":`+randomValue(random, depth))
	}
	return `{` + strings.Join(members, ", ") + `}`
}

func randomValue(random *rand.Rand, depth int) string {
	values := []string{
		`null`, `true`, `false`, `0`, `-7`, `300`, `1.5`, `1e3`, `""`, `"a b"`, `"\u00e9\n"`, `"::1"`,
		`"2026-05-04T10:20:30Z"`, `[]`, `{}`, `["a"]`, `[1]`, `{"name":"a"}`, `[{"score":1}]`, `[[{}]]`, `{"a":1}`,
	}
	switch n := random.IntN(len(values) + 4); {
	case n < len(values):
		return values[n]
	case depth == 0:
		return `{`
	case n == len(values):
		return `[` + randomObject(random, depth-1) + `]`
	}
	return randomObject(random, depth-1)
}

func FuzzDecoder(f *testing.F) {
	for _, text := range append(usualForms, otherForms...) {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		decodesAlike[everything](t, raw)
		decodesAlike[tree](t, raw)
		decodesAlike[twice](t, raw)
		decodesAlike[[]*inner](t, raw)
	})
}

// decodesAlike verifies that a Decoder decodes raw as Unmarshal does. It reports whether raw has the usual form.
func decodesAlike[T any](t *testing.T, raw []byte) bool {
	t.Helper()
	var d Decoder
	var got, want, plain T
	wantErr := Unmarshal(raw, &want)
	require.Equal(t, wantErr, d.Unmarshal(raw, &got), "%s", raw)
	require.Equal(t, want, got, "%s", raw)
	usual := d.decoderOf(reflect.TypeFor[T]())
	bare := []byte(strings.Trim(strings.TrimPrefix(string(raw), "\ufeff"), " \t\r\n"))
	if kind := Kind(bare); kind != '{' && kind != '[' || !usual(bare, reflect.ValueOf(&plain).Elem()) {
		return false
	}
	require.NoError(t, wantErr, "%s", raw)
	require.Equal(t, want, plain, "%s", raw)
	return true
}
