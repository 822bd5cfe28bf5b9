package consumer

import (
	"bytes"
	"go/parser"
	"go/token"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// reply is the response that a page gets.
type reply struct {
	status  int
	body    string
	header  http.Header
	trailer http.Header
}

// get asks a handler over a real connection, because that is how trailers arrive.
func get(t *testing.T, h http.Handler, query string) reply {
	t.Helper()
	server := httptest.NewServer(h)
	defer server.Close()
	resp, err := server.Client().Get(server.URL + "/?" + query)
	require.NoError(t, err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	require.NoError(t, err)
	return reply{resp.StatusCode, string(body), resp.Header, resp.Trailer}
}

func ask(question string) string { return url.Values{"q": {question}}.Encode() }

// logs returns a logger and its output.
func logs() (*slog.Logger, *bytes.Buffer) {
	var buffer bytes.Buffer
	return slog.New(slog.NewJSONHandler(&buffer, &slog.HandlerOptions{Level: slog.LevelDebug})), &buffer
}

func TestPackage_ImportsOnlyThePublicAPI(t *testing.T) {
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		require.NoError(t, err)
		for _, spec := range parsed.Imports {
			assert.False(t, strings.Contains(spec.Path.Value, "parley/internal"), "%s imports %s", file,
				spec.Path.Value)
		}
	}
}
