package urlpath

import (
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/seed-127a5941/parley"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestExpand(t *testing.T) {
	tests := []struct{ id, escaped string }{
		{"5f7b1b3b-3b3b", "5f7b1b3b-3b3b"}, {"a/b", "a%2Fb"}, {"a?x=1", "a%3Fx=1"}, {"%2e%2e", "%252e%252e"},
		{"ü", "%C3%BC"}, {"a b", "a%20b"}, {"a\r\nb", "a%0D%0Ab"}, {"a#b", "a%23b"}, {"...", "..."}, {"a;b", "a%3Bb"},
		{"\xff", "%FF"}, {"\x00", "%00"}, {"{id}", "%7Bid%7D"}, {"a\\b", "a%5Cb"},
	}
	for _, tt := range tests {
		path, raw, err := Expand("/a/{id}/b/{other}", tt.id, "x")
		require.NoError(t, err)
		u := url.URL{Path: path, RawPath: raw}
		assert.Equal(t, "/a/"+tt.escaped+"/b/x", u.EscapedPath())
	}
	path, raw, err := Expand("/a/{id}", "5f7b1b3b")
	require.NoError(t, err)
	assert.Equal(t, "/a/5f7b1b3b", path)
	assert.Empty(t, raw, "both are the same")
	path, raw, err = Expand("/a/{id}", "user:7@x$1")
	require.NoError(t, err)
	assert.Equal(t, "/a/user:7@x$1", path)
	assert.Empty(t, raw, "no character of it is escaped in a path")
	path, raw, err = Expand("/plain")
	require.NoError(t, err)
	assert.Equal(t, "/plain", path+raw)
}

func TestIsUnreserved(t *testing.T) {
	for c := range 256 {
		id := "a" + string([]byte{byte(c)})
		if isUnreserved(id) {
			assert.Equal(t, id, url.PathEscape(id))
			assert.Equal(t, id, url.QueryEscape(id))
		} else {
			assert.NotEqual(t, id, url.QueryEscape(id), "QueryEscape leaves only unreserved characters")
		}
	}
	assert.True(t, isUnreserved(""))
}

func TestExpandBelow(t *testing.T) {
	for _, tt := range []struct{ id, path, raw string }{
		{"1", "/v1/a/1", ""}, {"a b", "/v1/a/a b", "/a/a%20b"},
	} {
		path, raw, err := ExpandBelow("/v1", "/a/{id}", tt.id)
		require.NoError(t, err)
		assert.Equal(t, tt.path, path)
		assert.Equal(t, tt.raw, raw)
	}
	path, raw, err := ExpandBelow("/v1", "/plain")
	require.NoError(t, err)
	assert.Equal(t, "/v1/plain", path)
	assert.Empty(t, raw)
}

func TestExpand_RefusesWhatIsNoSegmentAndNamesIt(t *testing.T) {
	for _, id := range []string{"", ".", ".."} {
		_, _, err := Expand("/a/{first}/b/{questionMessageId}", "ok", id)
		assert.ErrorIs(t, err, parley.ErrInvalidArgument)
		assert.ErrorContains(t, err, "questionMessageId")
	}
}

func FuzzExpand(f *testing.F) {
	for _, id := range []string{"a", "a/b", "%2e%2e", ".", "ü", "\x00", "a?b#c", "{id}"} {
		f.Add(id)
	}
	f.Fuzz(func(t *testing.T, id string) {
		path, raw, err := Expand("/pre/{id}/post", id)
		if err != nil {
			require.Contains(t, []string{"", ".", ".."}, id)
			return
		}
		u := url.URL{Scheme: "https", Host: "api.example", Path: path, RawPath: raw}
		parsed, err := url.Parse(u.String())
		require.NoError(t, err)
		segments := strings.Split(parsed.EscapedPath(), "/")
		require.Len(t, segments, 4, "an id is one segment")
		got, err := url.PathUnescape(segments[2])
		require.NoError(t, err)
		require.Equal(t, id, got)
		require.Empty(t, parsed.RawQuery+parsed.Fragment)
	})
}
