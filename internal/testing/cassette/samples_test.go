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
)

// answering is a transport without a network, with one response.
type answering string

func (a answering) RoundTrip(*http.Request) (*http.Response, error) {
	return &http.Response{StatusCode: 200, Body: io.NopCloser(strings.NewReader(string(a)))}, nil
}

func TestDifferences_NoticesWhatAFakeLacks(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "a.yaml"), []byte(`version: 2
interactions:
  - request: {method: GET, url: "https://vendor.example/v2/things/123e4567-e89b-12d3-a456-426614174000?x=1"}
    response: {code: 200, body: '{"id":"a","n":1,"list":[{"x":true}],"none":null,"gone":"b"}'}
  - request: {method: GET, url: "https://vendor.example/v2/other"}
    response: {code: 200, body: '{}'}
  - request: {method: GET, url: "https://vendor.example/v2/failed"}
    response: {code: 404, body: '{}'}
`), 0o600))
	samples, err := LoadSamples(dir)
	require.NoError(t, err)
	collector := &Collector{Base: answering(`{"id":"b","n":"1","list":[{}],"none":1,"more":1}`)}
	client := &http.Client{Transport: collector}
	resp, err := client.Get("http://fake.example/v2/things/00000000-0000-4000-8000-000000000001")
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	const at = "GET /v2/things/{id}: "
	assert.ElementsMatch(t, []string{
		"GET /v2/other was not called", at + "n is a string and no float64", at + "list[]: x is missing",
		at + "gone is missing",
	}, collector.Differences(samples))
}
