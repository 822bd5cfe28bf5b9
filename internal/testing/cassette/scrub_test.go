package cassette

import (
	"encoding/base64"
	"fmt"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// key has characters that URLs, JSON and HTML escape.
const key = `k/3y+"<s3cret>&=`

// live is a vendor on loopback, and the transport to it.
func live(t *testing.T, h http.HandlerFunc) (string, http.RoundTripper) {
	server := httptest.NewServer(h)
	transport := &http.Transport{}
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		server.Close()
	})
	return server.URL, transport
}

func reply(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Set-Cookie", "session=of-somebody")
		_, _ = io.WriteString(w, body)
	}
}

// recording sends c to a vendor that answers with h, and keeps the exchange at path.
func recording(t *testing.T, path string, h http.HandlerFunc, calls ...call) error {
	host, transport := live(t, h)
	tape, err := vendor.Record(path, Settings{"ACME_KEY": key, "ACME_URL": host + "/v7"}, transport)
	require.NoError(t, err)
	for _, c := range calls {
		c.url = host + c.url
		response, err := c.send(t, tape)
		require.NoError(t, err)
		text(t, response)
	}
	return tape.Stop()
}

func TestRecord_ScrubsAndReplays(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "live-one.yaml")
	asJSON := strings.ReplaceAll(key, `"`, `\"`)
	token := "t0k3n-of-the-vendor"
	sent := call{
		method: "POST", url: "/v7/things?key=" + url.QueryEscape(key) + "&lower=" +
			strings.ToLower(url.QueryEscape(key)) +
			"&mail=jane%40acme.co&phoneNumber=447946012345&me=%2B447946012345",
		body: `{"plain":"` + asJSON +
			`","mail":"Jane.Doe+x@acme.co.uk","mobile":"0 7946 012345","text":"call (415) 555-2671 or +1 ` +
			`415-555-2671"}`,
		header: map[string]string{
			"Acme-Key": key, "Content-Type": "application/json", "Locale": "en-US", "Authorization": "Bearer " + key,
			"X-Other": key,
		},
	}
	answer := fmt.Sprintf(`{"sessionToken":%q,"list":[{"sessionToken":"x"},{"echo":%q}],"path":"/a/%s?x=%s",
		"mail":"keep@example.org","phone":"+1234567890","phoneNumber":"text","at":"2023-10-01T12:00:00+0000",`+
		`"id":"5f7b1b3b-3b3b-4b3b-3b3b-3b3b3b3b3b3b"}`,
		token, "Bearer "+token, url.PathEscape(key), url.QueryEscape(key))
	after := call{
		method: "GET", url: "/v7/me?token=" + token, header: map[string]string{"Authorization": "Bearer " + token},
	}
	require.NoError(t, recording(t, path, reply(answer), sent, after))

	data, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Regexp(t, `\A# source: recorded live \d{4}-\d{2}-\d{2}\n`, string(data))
	for _, lost := range []string{
		"k/3y", "s3cret", token, "127.0.0.1", "acme.co", "Jane", "jane", "7946", "415", "of-somebody", "X-Other",
		"X-Oth",
	} {
		assert.NotContains(t, strings.ReplaceAll(string(data), "api.acme.example", ""), lost)
	}
	for _, kept := range []string{
		"keep@example.org", "someone@example.com", "someone%40example.com", "+1234567890",
		"5f7b1b3b-3b3b-4b3b-3b3b-3b3b3b3b3b3b",
		"2023-10-01T12:00:00+0000", `"phoneNumber": "text"`, "Acme-Key:\n", "REDACTED-sessionToken",
		`"sessionToken": "x"`,
	} {
		assert.Contains(t, string(data), kept)
	}

	tape, err := vendor.Replay(path)
	require.NoError(t, err)
	fake := strings.NewReplacer(url.QueryEscape(key), "fake-key", strings.ToLower(url.QueryEscape(key)), "fake-key",
		asJSON, "fake-key",
		"jane%40acme.co", "someone%40example.com", "%2B447946012345", "%2B1234567890", "447946012345", "%2B1234567890",
		"Jane.Doe+x@acme.co.uk", "someone@example.com", "0 7946 012345", "+1234567890", "(415) 555-2671", "+1234567890",
		"+1 415-555-2671", "+1234567890", "/v7", "https://api.acme.example/v1", token, "REDACTED-sessionToken")
	sent.url, sent.body = fake.Replace(sent.url), fake.Replace(sent.body)
	// madeUp writes it so if the number had no sign.
	sent.url = strings.Replace(sent.url, "&phoneNumber=%2B", "&phoneNumber=+", 1)
	response, err := sent.send(t, tape)
	require.NoError(t, err)
	assert.Contains(t, text(t, response), `"echo": "Bearer REDACTED-sessionToken"`)
	after.url = fake.Replace(after.url)
	_, err = after.send(t, tape)
	require.NoError(t, err)
	require.NoError(t, tape.Stop())
}

// TestRecord_RefusesWhatIsLeft uses spellings of a secret that scrubbing does not know. The recording must be refused.
func TestRecord_RefusesWhatIsLeft(t *testing.T) {
	half := len(key) / 2
	for name, body := range map[string]string{
		"another case":        strings.ToUpper(key),
		"base64":              base64.StdEncoding.EncodeToString([]byte("user:" + key)),
		"base64 of URLs":      base64.RawURLEncoding.EncodeToString([]byte("ab:" + key + "??")),
		"base64 behind text":  "Basic=" + base64.StdEncoding.EncodeToString([]byte("u:"+key)),
		"escaped twice":       url.QueryEscape(url.QueryEscape(key)),
		"some of it escaped":  url.QueryEscape(key[:half]) + strings.ReplaceAll(key[half:], "s", "%73"),
		"unicode escapes":     `"k\u002f3y\u002b\u0022\u003cs3cret\u003e\u0026\u003d"`,
		"escaped slash":       strings.NewReplacer(`/`, `\/`, `"`, `\"`).Replace(key),
		"HTML":                "k/3y+&quot;&lt;s3cret&gt;&amp;=",
		"base64, escaped":     url.QueryEscape(base64.StdEncoding.EncodeToString([]byte("1:" + key))),
		"a JSON string twice": strconv.Quote(strconv.Quote(key)),
	} {
		t.Run(name, func(t *testing.T) {
			path := write(t, transcribed)
			err := recording(t, path, reply(body), call{method: "GET", url: "/v7/things"})
			require.ErrorContains(t, err, "not written: the value of ACME_KEY still occurs in it")
			assert.NotContains(t, err.Error(), "s3cret")
			data, err := os.ReadFile(path)
			require.NoError(t, err)
			assert.Equal(t, transcribed, string(data), "what was there stays")
		})
	}
}

func TestRecord_RefusesASecretOfTheVendor(t *testing.T) {
	path := filepath.Join(t.TempDir(), "one.yaml")
	body := `{"sessionToken":"t0k3n-of-the-vendor","again":"T0K3N-of-the-vendor"}`
	err := recording(t, path, reply(body), call{method: "GET", url: "/v7/things"})
	require.ErrorContains(t, err, "the value of sessionToken still occurs in it")
	assert.NoFileExists(t, path)
}

func TestRecord_RefusesSecretsInHeaders(t *testing.T) {
	path := filepath.Join(t.TempDir(), "one.yaml")
	h := func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Request-Id", base64.StdEncoding.EncodeToString([]byte(key)))
	}
	require.ErrorContains(t, recording(t, path, h, call{method: "GET", url: "/v7/things"}), "ACME_KEY still occurs")
	assert.NoFileExists(t, path)
}

func TestRecord_ASettingTooShortToBeFound(t *testing.T) {
	_, err := vendor.Record("x.yaml", Settings{"ACME_KEY": "abc"}, nil)
	require.EqualError(t, err, "cassette: the value of ACME_KEY is too short to be found in a recording")
}

func TestRecord_AVendorThatCannotBeReached(t *testing.T) {
	host, transport := live(t, reply("{}"))
	tape, err := vendor.Record(filepath.Join(t.TempDir(), "one.yaml"), Settings{"ACME_KEY": key}, transport)
	require.NoError(t, err)
	_, err = call{method: "GET", url: strings.Replace(host, "http:", "gopher:", 1)}.send(t, tape)
	require.Error(t, err)
}

func TestRecord_APlaceThatCannotBeWritten(t *testing.T) {
	file := write(t, transcribed)
	for _, path := range []string{filepath.Join(file, "below", "one.yaml"), filepath.Dir(file) + "/.yaml"} {
		if strings.HasSuffix(path, "/.yaml") {
			require.NoError(t, os.Mkdir(path, 0o755))
		}
		require.Error(t, recording(t, path, reply("{}"), call{method: "GET", url: "/v7/things"}))
	}
}

func TestCheck_DataThatIsNoCassette(t *testing.T) {
	s, err := newScrubber(vendor, Settings{"ACME_KEY": key})
	require.NoError(t, err)
	require.Error(t, s.check([]byte("]")))
	assert.True(t, memory(nil).IsFileExists(""))
	require.NoError(t, memory(nil).WriteFile("", nil))
}

func TestEnvironment_NamesWhatIsNeeded(t *testing.T) {
	_, err := vendor.Environment(func(string) string { return "" })
	require.EqualError(t, err, "cassette: a recording needs the environment variables ACME_KEY; not set: ACME_KEY")
	settings, err := vendor.Environment(func(name string) string {
		if name == "ACME_KEY" {
			return key
		}
		return ""
	})
	require.NoError(t, err)
	assert.Equal(t, Settings{"ACME_KEY": key, "ACME_URL": "https://api.acme.example/v1"}, settings)
	assert.Equal(t, Settings{"ACME_KEY": "fake-key", "ACME_URL": "https://api.acme.example/v1"}, vendor.Fakes())
}

// outcome is a test that ends without the test that runs it.
type outcome struct {
	testing.TB
	cleanups []func()
	said     string
	skipped  bool
	failed   bool
}

func (o *outcome) Helper()          {}
func (o *outcome) Cleanup(f func()) { o.cleanups = append(o.cleanups, f) }
func (o *outcome) Failed() bool     { return o.failed }
func (o *outcome) Error(args ...any) {
	o.failed, o.said = true, fmt.Sprint(args...)
}
func (o *outcome) Fatal(args ...any) {
	o.Error(args...)
	panic(o)
}
func (o *outcome) Skip(args ...any) {
	o.skipped, o.said = true, fmt.Sprint(args...)
	panic(o)
}

func (o *outcome) run(f func(testing.TB)) *outcome {
	defer func() {
		_ = recover()
		for _, clean := range o.cleanups {
			clean()
		}
	}()
	f(o)
	return o
}

func TestPlay_FailsWhatWasNotPlayedWhole(t *testing.T) {
	path := write(t, transcribed)
	o := new(outcome)
	o.run(func(tb testing.TB) { vendor.Play(tb, path) })
	assert.Contains(t, o.said, "no request came for exchange 0")
	o = &outcome{failed: true}
	o.run(func(tb testing.TB) { vendor.Play(tb, path) })
	assert.Empty(t, o.said, "a test that failed already says why")
	o = new(outcome)
	o.run(func(tb testing.TB) { vendor.Play(tb, path+"x") })
	assert.True(t, o.failed)
}

func TestLive_RecordsOnceAndReplays(t *testing.T) {
	path := filepath.Join(t.TempDir(), "live-one.yaml")
	host, transport := live(t, reply(`{"id":"1"}`))
	scenario := func(record bool) func(testing.TB) {
		return func(tb testing.TB) {
			settings, client := vendor.Live(tb, path, record, os.Getenv, transport)
			c := call{
				method: "GET", url: settings["ACME_URL"] + "/things",
				header: map[string]string{"Acme-Key": settings["ACME_KEY"]},
			}
			response, err := c.send(t, client.Transport)
			require.NoError(t, err)
			assert.JSONEq(t, `{"id":"1"}`, text(t, response))
		}
	}
	skipped := new(outcome)
	skipped.run(scenario(false))
	assert.True(t, skipped.skipped)

	t.Setenv("ACME_KEY", "")
	missing := new(outcome)
	missing.run(scenario(true))
	assert.Contains(t, missing.said, "not set: ACME_KEY")
	assert.NoFileExists(t, path)

	t.Setenv("ACME_KEY", key)
	t.Setenv("ACME_URL", host)
	for _, record := range []bool{true, false, true} {
		o := new(outcome)
		o.run(scenario(record))
		assert.Empty(t, o.said)
		assert.FileExists(t, path)
	}
	assert.Empty(t, Cassettes(t, filepath.Dir(path)), "recorded ones are not listed")
	other := write(t, transcribed)
	assert.Equal(t, map[string]string{"one": other}, Cassettes(t, filepath.Dir(other)))
	o := new(outcome)
	o.run(func(tb testing.TB) { Cassettes(tb, "[") })
	assert.True(t, o.failed)
}

// TestImports_NoLibraryCode verifies that no package for users imports go-vcr.
func TestImports_NoLibraryCode(t *testing.T) {
	seen := 0
	require.NoError(t, filepath.WalkDir("../../..", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		if filepath.Base(filepath.Dir(path)) == "cassette" {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		seen++
		for _, one := range file.Imports {
			assert.NotContains(t, one.Path.Value, "go-vcr", path)
			assert.NotContains(t, one.Path.Value, "internal/testing/cassette", path)
		}
		return nil
	}))
	assert.Greater(t, seen, 50)
}

// TestScrub_OnePass uses secrets whose replacements look like other secrets, and secrets that are a part of others.
func TestScrub_OnePass(t *testing.T) {
	v := &Vendor{
		Variables: []Variable{{Name: "A", Fake: "fake-second"}, {Name: "B", Fake: "other"}, {Name: "C", Fake: "third"}},
	}
	s, err := newScrubber(v, Settings{"A": "first", "B": "second", "C": "second-longer"})
	require.NoError(t, err)
	assert.Equal(t, "fake-second other third", s.clean("first second second-longer"))
}
