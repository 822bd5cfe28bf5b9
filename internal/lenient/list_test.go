package lenient

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

type item struct {
	ID string `json:"id"`
}

func (i *item) isItem() bool { return i.ID != "" }

func TestList_Shapes(t *testing.T) {
	for name, body := range map[string]string{
		"array":               `[{"id":"a"},{"id":"b"}]`,
		"envelope":            `{"total":2,"data":[{"id":"a"},{"id":"b"}]}`,
		"leading blanks":      " \r\n\t[{\"id\":\"a\"},{\"id\":\"b\"}]",
		"null among them":     `[null,{"id":"a"},null,{"id":"b"}]`,
		"envelope with id":    `{"id":"list","data":[{"id":"a"},{"id":"b"}]}`,
		"null in an envelope": `{"data":[{"id":"a"},null,{"id":"b"}]}`,
	} {
		t.Run(name, func(t *testing.T) {
			got, err := List(new(Decoder), []byte(body), (*item).isItem)
			require.NoError(t, err)
			assert.Equal(t, []*item{{"a"}, {"b"}}, got)
		})
	}
}

func TestList_OneObject(t *testing.T) {
	for _, body := range []string{`{"id":"a"}`, `{"id":"a","data":null}`, `{"id":"a","data":"text"}`} {
		got, err := List(new(Decoder), []byte(body), (*item).isItem)
		require.NoError(t, err)
		assert.Equal(t, []*item{{"a"}}, got)
	}
}

func TestList_EmptyIsNotNil(t *testing.T) {
	for _, body := range []string{
		`[]`, `{"data":[]}`, `{"total":0,"data":null}`, `{"data":null,"totalItems":0.0}`,
		`{"data":null,"total":0,"totalItems":"x"}`,
	} {
		got, err := List(new(Decoder), []byte(body), (*item).isItem)
		require.NoError(t, err)
		assert.Equal(t, []*item{}, got)
	}
}

func TestList_NoList(t *testing.T) {
	for _, body := range []string{
		``, `null`, `7`, `"a"`, `{}`, `{"data":null}`, `{"status":500,"message":"x"}`,
		`{"total":0}`, `{"data":null,"total":1}`, `{"data":null,"total":null}`, `{"data":null,"total":"0"}`,
		`{"data":{},"total":0}`, `[`, `{`, `[7]`, `{"id":7}`, `{"data":[7]}`, `<html>`,
	} {
		_, err := List(new(Decoder), []byte(body), (*item).isItem)
		assert.Error(t, err, body)
	}
}

type itemPage struct {
	Total int     `json:"total"`
	Data  []*item `json:"data"`
}

func TestPage(t *testing.T) {
	for body, want := range map[string]itemPage{
		`{"total":2e0,"data":[{"id":"a"},null]}`: {2, []*item{{"a"}}},
		`{"total":0,"data":null}`:                {0, []*item{}},
		`{"data":[]}`:                            {0, []*item{}},
		`[{"id":"a"}]`:                           {0, []*item{{"a"}}},
		"\ufeff" + `[{"id":"a"}]`:                {0, []*item{{"a"}}},
		"\ufeff" + `{"total":1.0,"data":[{}]}`:   {1, []*item{{}}},
		`{"id":"a"}`:                             {0, []*item{{"a"}}},
	} {
		var got itemPage
		require.NoError(t, Page(new(Decoder), []byte(body), &got, &got.Data, (*item).isItem), body)
		assert.Equal(t, want, got, body)
	}
	for _, body := range []string{`null`, `{}`, `{"data":null}`, `{"total":"x","data":[]}`, `<html>`, ``} {
		var got itemPage
		require.Error(t, Page(new(Decoder), []byte(body), &got, &got.Data, (*item).isItem), body)
	}
}

func TestKind(t *testing.T) {
	assert.Equal(t, byte('{'), Kind([]byte(" \n{}")))
	assert.Equal(t, byte('['), Kind([]byte("\ufeff []")))
	assert.Equal(t, byte(0), Kind(nil))
	assert.Equal(t, byte(0), Kind([]byte(" ")))
}

func FuzzList(f *testing.F) {
	for _, seed := range []string{`[{"id":"a"}]`, `{"data":[{"id":"a"}]}`, `{"id":"a"}`, `[null]`, `null`, `{}`, ``} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		got, err := List(new(Decoder), body, (*item).isItem)
		assert.Equal(t, err == nil, got != nil)
		assert.NotContains(t, got, (*item)(nil))
	})
}
