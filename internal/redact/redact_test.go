package redact

import (
	"fmt"
	"net/url"
	"testing"

	"github.com/stretchr/testify/assert"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

type opaque struct{ secret string }

func (o opaque) Format(s fmt.State, verb rune) { Format(s, verb, "opaque") }

func TestFormat(t *testing.T) {
	o := opaque{"hush"}
	assert.Equal(t, `opaque opaque opaque opaque "opaque" opaque`,
		fmt.Sprintf("%v %+v %#v %s %q %d", o, o, &o, o, o, o))
}

func TestSecret(t *testing.T) {
	assert.Equal(t, "a [redacted] b [redacted]", Secret("a x+y b x%2By", "x+y"))
	assert.Equal(t, "ab", Secret("ab", "b"))
	assert.Equal(t, "ab", Secret("ab", ""))
	const odd = `k"ey\<&>/+ %é=`
	for _, form := range []string{
		odd, `k\"ey\\<&>/+ %é=`, `k\"ey\\\u003c\u0026\u003e/+ %é=`, url.QueryEscape(odd), url.PathEscape(odd),
		"k%22ey%5c%3c%26%3e%2f%2b+%25%c3%a9%3d", "k%22ey%5c%3c&%3e%2f+%20%25%c3%a9=",
	} {
		assert.Equal(t, "at [redacted].", Secret("at "+form+".", odd), form)
	}
}

func TestForms(t *testing.T) {
	assert.Equal(t, []string{"plain"}, Forms("plain"))
	assert.Equal(t, []string{"a/b", "a%2Fb", "a%2fb"}, Forms("a/b"))
	assert.Empty(t, Forms("ab"))
	assert.Empty(t, Forms(""))
}

func TestWords(t *testing.T) {
	raw := `{"a":"twelve bytes","b":["seven b",{"c":"eight by"}],"d":7,"long member name":null}`
	assert.ElementsMatch(t, []string{"twelve bytes", "eight by"}, Words([]byte(raw)))
	assert.Empty(t, Words([]byte("no JSON")))
}

func TestRedactor_HidesTheLongestFirstAndShortWordsNever(t *testing.T) {
	r := New([]string{"key", "key-of-all", "ab"}, []string{"seven b", "eight by"},
		func(s string) string { return s + "!" })
	assert.Equal(t, "[redacted] [redacted] ab seven b [redacted]!", r.Text("key-of-all key ab seven b eight by"))
	assert.Equal(t, "key", Redactor{}.Text("key"))
}
