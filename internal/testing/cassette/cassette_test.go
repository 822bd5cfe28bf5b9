package cassette

import (
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"gopkg.in/dnaeon/go-vcr.v4/pkg/cassette"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var vendor = &Vendor{
	Variables: []Variable{
		{Name: "ACME_KEY", Fake: "fake-key"},
		{Name: "ACME_URL", Fake: "https://api.acme.example/v1", Default: "https://api.acme.example/v1"},
	},
	Credentials: []string{"Acme-Key", "Authorization"},
	Headers:     []string{"Locale"},
	Issued:      []string{"sessionToken"},
}

const transcribed = `# source: transcribed from a page that does not exist
version: 2
interactions:
  - request:
      method: POST
      url: https://api.acme.example/v1/things/a%2Fb?limit=10&q=x+y
      headers:
        ACME-KEY: [REDACTED]
        Content-Type: [application/json]
        Locale: [en-US]
      body: |
        {"name": "thing", "count": 1, "big": 12345678901234567890}
    response:
      code: 201
      headers:
        content-type: [application/json]
      body: |
        {"id": "1"}
`

func write(t *testing.T, text string) string {
	path := filepath.Join(t.TempDir(), "cassettes", "one.yaml")
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
	return path
}

// call is a request that a test varies.
type call struct {
	method, url, body string
	header            map[string]string
}

func matching() call {
	return call{
		method: "POST", url: "https://api.acme.example/v1/things/a%2Fb?q=x%20y&limit=10",
		body: `{"big":12345678901234567890,"count":1.0,"name":"th\u0069ng"}`,
		header: map[string]string{
			"Acme-Key": "any", "Content-Type": "application/json; charset=utf-8", "Locale": "en-US",
		},
	}
}

func (c call) send(t *testing.T, client http.RoundTripper) (*http.Response, error) {
	var body io.Reader
	if c.body != "" {
		body = strings.NewReader(c.body)
	}
	r, err := http.NewRequestWithContext(t.Context(), c.method, c.url, body)
	require.NoError(t, err)
	for name, value := range c.header {
		r.Header.Set(name, value)
	}
	return client.RoundTrip(r)
}

func text(t *testing.T, response *http.Response) string {
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	return string(body)
}

func TestReplay_AnswersTheRequestThatMatches(t *testing.T) {
	tape, err := vendor.Replay(write(t, transcribed))
	require.NoError(t, err)
	response, err := matching().send(t, tape)
	require.NoError(t, err)
	assert.Equal(t, 201, response.StatusCode)
	assert.Equal(t, "201 Created", response.Status)
	assert.Equal(t, "application/json", response.Header.Get("Content-Type"), "whatever the cassette's spelling")
	assert.EqualValues(t, len("{\"id\": \"1\"}\n"), response.ContentLength)
	assert.JSONEq(t, `{"id":"1"}`, text(t, response))
	require.NoError(t, tape.Stop())
}

func TestReplay_FailsOnADifference(t *testing.T) {
	for name, change := range map[string]func(*call){
		"method":            func(c *call) { c.method = "PUT" },
		"host":              func(c *call) { c.url = strings.Replace(c.url, "acme", "evil", 1) },
		"scheme":            func(c *call) { c.url = strings.Replace(c.url, "https", "http", 1) },
		"path":              func(c *call) { c.url = strings.Replace(c.url, "things", "other", 1) },
		"escapes of a path": func(c *call) { c.url = strings.Replace(c.url, "a%2Fb", "a/b", 1) },
		"query value":       func(c *call) { c.url = strings.Replace(c.url, "limit=10", "limit=11", 1) },
		"query lacks one":   func(c *call) { c.url = strings.Replace(c.url, "&limit=10", "", 1) },
		"query has more":    func(c *call) { c.url += "&more=1" },
		"query twice":       func(c *call) { c.url += "&limit=10" },
		"no credential":     func(c *call) { delete(c.header, "Acme-Key") },
		"empty credential":  func(c *call) { c.header["Acme-Key"] = "" },
		"more credentials":  func(c *call) { c.header["Authorization"] = "Bearer x" },
		"header":            func(c *call) { c.header["Locale"] = "es-ES" },
		"content type":      func(c *call) { c.header["Content-Type"] = "text/plain" },
		"body value":        func(c *call) { c.body = strings.Replace(c.body, "th", "Th", 1) },
		"body type":         func(c *call) { c.body = strings.Replace(c.body, "1.0", `"1"`, 1) },
		"body lacks one":    func(c *call) { c.body = strings.Replace(c.body, `"count":1.0,`, "", 1) },
		"body has more":     func(c *call) { c.body = strings.Replace(c.body, "{", `{"more":null,`, 1) },
		"last digit":        func(c *call) { c.body = strings.Replace(c.body, "890,", "891,", 1) },
		"body cut":          func(c *call) { c.body = c.body[:10] },
		"no body":           func(c *call) { c.body = "" },
	} {
		t.Run(name, func(t *testing.T) {
			tape, err := vendor.Replay(write(t, transcribed))
			require.NoError(t, err)
			other := matching()
			change(&other)
			_, err = other.send(t, tape)
			require.ErrorIs(t, err, cassette.ErrInteractionNotFound)
			assert.NotContains(t, err.Error(), "limit", "no query")
			require.ErrorContains(t, tape.Stop(), "no request came for exchange 0: POST")
		})
	}
}

func TestReplay_GivesEachExchangeOnce(t *testing.T) {
	tape, err := vendor.Replay(write(t, transcribed))
	require.NoError(t, err)
	_, err = matching().send(t, tape)
	require.NoError(t, err)
	_, err = matching().send(t, tape)
	require.ErrorIs(t, err, cassette.ErrInteractionNotFound)
}

func TestReplay_RefusesACassette(t *testing.T) {
	for name, c := range map[string]struct {
		change func(string) string
		want   string
	}{
		"without a source": {
			func(s string) string { _, rest, _ := strings.Cut(s, "\n"); return rest }, "source: transcribed from",
		},
		"of no page": {
			func(s string) string { return strings.Replace(s, "a page that does not exist", "", 1) },
			"source: transcribed from",
		},
		"of another source": {
			func(s string) string { return strings.Replace(s, "transcribed from", "made up by", 1) },
			"source: transcribed from",
		},
		"without a date": {
			func(s string) string { return "# source: recorded live\n" + s }, "source: transcribed from",
		},
		"with a late source": {func(s string) string { return "\n" + s }, "source: transcribed from"},
		"with an address":    {func(s string) string { return s + "# jane@acme.co\n" }, "e-mail address"},
		"with a number":      {func(s string) string { return s + "# +44 20 7946 0123\n" }, "phone number"},
		"of another version": {
			func(s string) string { return strings.Replace(s, "version: 2", "version: 1", 1) }, "version",
		},
		"that is no such YAML": {func(s string) string { return s + "]" }, "yaml"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := vendor.Replay(write(t, c.change(transcribed)))
			require.ErrorContains(t, err, c.want)
		})
	}
	_, err := vendor.Replay(filepath.Join(t.TempDir(), "none.yaml"))
	require.ErrorIs(t, err, cassette.ErrCassetteNotFound)
	_, err = vendor.Replay(write(t,
		strings.Replace(transcribed, "transcribed from a page that does not exist", "recorded live 2026-07-01", 1)))
	require.NoError(t, err)
}

func TestBodies_AreComparedByWhatTheySay(t *testing.T) {
	form, other := "application/x-www-form-urlencoded", "multipart/form-data; boundary=other"
	multi := func(boundary, text string) string {
		return "--" + boundary +
			"\r\nContent-Disposition: form-data; name=\"json\"\r\nContent-Type: application/json\r\n\r\n" + text +
			"\r\n--" + boundary +
			"\r\nContent-Disposition: form-data; name=\"file\"; filename=\"f.ogg\"\r\n\r\nOggS\r\n--" + boundary +
			"--\r\n"
	}
	own := "multipart/form-data; boundary=own"
	for name, c := range map[string]struct {
		typeA, a, typeB, b string
		same               bool
	}{
		"JSON numbers": {
			"application/json", "[1e2, 0.50, 2.5e300]", "application/json", "[100, 5e-1, 25E299]", true,
		},
		"JSON numbers differ": {"application/json", "[0.5]", "application/json", "[0.51]", false},
		"a number too large":  {"application/json", "[1e999]", "application/json", "[1e999]", true},
		"problem JSON": {
			"application/problem+json", `{"a":1}`, "application/problem+json", `{ "a": 1 }`, true,
		},
		"order of a list":     {"application/json", "[1,2]", "application/json", "[2,1]", false},
		"null is not absent":  {"application/json", `{"a":null}`, "application/json", `{}`, false},
		"two JSON values":     {"application/json", `{} {}`, "application/json", `{}`, false},
		"no JSON, both empty": {"application/json", "", "application/json", "\n", true},
		"form":                {form, "a=1&b=x+y", form, "b=x%20y&a=1\n", true},
		"form differs":        {form, "a=1", form, "a=2", false},
		"parts":               {own, multi("own", `{"a":1}`), other, multi("other", `{ "a": 1 }`), true},
		"parts from YAML": {
			own, multi("own", `{"a":1}`), other, strings.ReplaceAll(multi("other", `{"a":1}`), "\r", ""), true,
		},
		"a part differs": {own, multi("own", `{"a":1}`), other, multi("other", `{"a":2}`), false},
		"the name differs": {
			own, multi("own", `{}`), other, strings.Replace(multi("other", `{}`), "f.ogg", "g.ogg", 1), false,
		},
		"a part is missing":     {own, multi("own", `{}`), other, "--other--\r\n", false},
		"parts are cut":         {own, multi("own", `{}`), other, multi("other", `{}`)[:60], false},
		"text":                  {"text/plain", "a", "text/plain", "a", true},
		"text differs":          {"text/plain", "a", "text/plain", "a ", false},
		"no body and no type":   {"", "", "", "", true},
		"no body, but its type": {"application/json", "", "", "", false},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, c.same, sameBody(c.typeA, []byte(c.a), c.typeB, []byte(c.b)))
		})
	}
}

func TestReplay_ACassetteWithoutAURL(t *testing.T) {
	r, err := http.NewRequestWithContext(t.Context(), "GET", "https://api.acme.example/", nil)
	require.NoError(t, err)
	assert.Equal(t, "url", vendor.difference(r, cassette.Request{URL: "%"}))
	assert.Equal(t, "", hostOf("%"))
}

type brokenBody struct{ io.Reader }

func (brokenBody) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }
func (brokenBody) Close() error             { return nil }

func TestReplay_ABodyThatCannotBeRead(t *testing.T) {
	tape, err := vendor.Replay(write(t, transcribed))
	require.NoError(t, err)
	r, err := http.NewRequestWithContext(t.Context(), "POST", matching().url, nil)
	require.NoError(t, err)
	r.Body = brokenBody{}
	_, err = tape.RoundTrip(r)
	require.ErrorIs(t, err, io.ErrUnexpectedEOF)
}
