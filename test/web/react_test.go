package web_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

// reactSite serves the page with useChat for each version of ai at /VERSION/, and an API below /api.
func reactSite(t *testing.T, api http.Handler) *httptest.Server {
	t.Helper()
	requirePeers(t)
	mux := http.NewServeMux()
	for _, version := range versions {
		script := bundle(t, version)
		mux.HandleFunc("GET /"+version+"/{$}", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			_, _ = io.WriteString(w, `<!doctype html><title>useChat</title><link rel="icon" href="data:,">`+
				`<div id="root"></div><script src="page.js"></script>`)
		})
		mux.HandleFunc("GET /"+version+"/page.js", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
			_, _ = w.Write(script)
		})
	}
	mux.Handle("/api/", http.StripPrefix("/api", api))
	site := httptest.NewServer(mux)
	t.Cleanup(site.Close)
	return site
}

// bundle returns the script of the page with a version of ai.
func bundle(t *testing.T, version string) []byte {
	t.Helper()
	file := filepath.Join(t.TempDir(), "page.js")
	output, err := exec.Command("node", "js/bundle.mjs", version, file).CombinedOutput()
	require.NoError(t, err, "%s", output)
	script, err := os.ReadFile(file)
	require.NoError(t, err)
	return script
}

// openChat opens the page with useChat.
func openChat(b browser, site *httptest.Server, version, api, id string, resume bool) page {
	b.t.Helper()
	query := url.Values{"api": {api}, "id": {id}}
	if resume {
		query.Set("resume", "")
	}
	return b.open(id+version, site.URL+"/"+version+"/?"+query.Encode(), nil)
}

// say types a text and sends it.
func (p page) say(text string) {
	p.t.Helper()
	p.click("input")
	p.typeText(text)
	p.press("Enter")
}

// TestFacts_React shows a replayed answer in a page with useChat, and that Strict Mode lets ai 5 ask twice for a stream
// to resume, so that one answer has several readers.
func TestFacts_React(t *testing.T) {
	t.Parallel()
	b := startBrowser(t)
	var resumed atomic.Int64
	api := http.NewServeMux()
	api.HandleFunc("POST /{$}", stream(whole("m1", "Hello")...))
	api.HandleFunc("GET /{id}/stream", func(w http.ResponseWriter, r *http.Request) {
		resumed.Add(1)
		stream(whole("m1", "Resumed")...)(w, r)
	})
	site := reactSite(t, api)
	for _, version := range versions {
		t.Run("ai"+version, func(t *testing.T) {
			p := openChat(b, site, version, "/api/", "c1", false)
			p.say("Hi")
			p.until(`document.querySelector("main").dataset.status === "ready" && answers().at(-1) === "Hello"`)
			p.requireNoProblems()
			p.do("close", nil)
			resumed.Store(0)
			p = openChat(b, site, version, "/api", "c2", true)
			p.until(`answers().at(-1)?.includes("Resumed")`)
			asked := map[string]int64{"5": 2, "6": 1, "7": 1}
			require.Equal(t, asked[version], resumed.Load())
			require.Len(t, evaluate[[]string](p, `answers()`), 1)
		})
	}
}
