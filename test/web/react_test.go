package web_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// reactSite serves the page with useChat for each version of ai at /VERSION/, and an API below /api.
func reactSite(t *testing.T, api http.Handler) *httptest.Server {
	t.Helper()
	bundles, err := makeBundles()
	require.NoError(t, err)
	mux := http.NewServeMux()
	for version, script := range bundles {
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

// makeBundles returns the scripts of the page by version of ai.
var makeBundles = sync.OnceValues(func() (map[string][]byte, error) {
	bundles := map[string][]byte{}
	for _, version := range versions {
		file := filepath.Join(made(), "page-"+version+".js")
		if err := output(".", "node", "js/bundle.mjs", version, file); err != nil {
			return nil, err
		}
		script, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		bundles[version] = script
	}
	return bundles, nil
})

// openChat opens the page with useChat.
func openChat(b browser, site *httptest.Server, version, api, id string, resume bool) page {
	b.t.Helper()
	query := url.Values{"api": {api}, "id": {id}}
	if resume {
		query.Set("resume", "")
	}
	return b.open(site.URL+"/"+version+"/?"+query.Encode(), nil)
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

// TestReact_EachVendor talks to each vendor in a page, takes a choice, stops, opens the page again in mid-answer, and
// tries again after a failure.
func TestReact_EachVendor(t *testing.T) {
	t.Parallel()
	b := startBrowser(t)
	for _, version := range versions {
		t.Run("ai"+version, func(t *testing.T) {
			for _, name := range vendorNames {
				t.Run(name, func(t *testing.T) {
					v := newVendor(t, name)
					talk(t, browser{b.of(t)}, v, reactSite(t, newHandler(t, v)), version)
				})
			}
		})
	}
}

// talk says something to a vendor in the page, and then does what the vendor is good for.
func talk(t *testing.T, b browser, v *vendor, site *httptest.Server, version string) {
	t.Helper()
	p := openChat(b, site, version, "/api/chat", "c1", false)
	defer p.do("close", nil)
	p.say("one")
	p.until(answered("You said: one"))
	heard := []string{"one", "two"}
	switch v.driver.Name() {
	case "syntphony", "aisera":
		p.say("rich")
		p.until(ready + `&& document.querySelector("button.choice")`)
		p.click("button.choice")
		p.until(ready + `&& document.querySelectorAll(".assistant").length === 3`)
		heard = []string{
			"one", "rich", map[string]string{"syntphony": "choice-1", "aisera": "The first"}[v.driver.Name()],
		}
	case "raia":
		v.refuse()
		p.say("two")
		p.until(`document.querySelector("[role=alert]")?.innerText.includes("not available")`)
		p.click("#retry")
		p.until(answered("You said: two"))
	case "siteassist":
		reloadInMidAnswer(b, p, site, version)
		heard = []string{"one", "long"}
	}
	p.requireNoProblems()
	assert.Equal(t, heard, v.heard())
}

// reloadInMidAnswer stops an answer, and shows all of it in a new page that resumes.
func reloadInMidAnswer(b browser, p page, site *httptest.Server, version string) {
	b.t.Helper()
	p.say("long")
	p.until(`answers().at(-1)?.includes("Begin and so on")`)
	p.click("#stop")
	p.until(ready)
	again := openChat(b, site, version, "/api/chat", "c1", true)
	defer again.do("close", nil)
	again.until(ready + `&& answers().at(-1)?.includes("and so on end.")`)
	if version != "5" { // whose Strict Mode appends a second replay to the first
		again.until(`answers().at(-1).split("Begin").length === 2`)
	}
	again.requireNoProblems()
}

const ready = `document.querySelector("main").dataset.status === "ready"`

// answered is true when the last answer is a text and the client is ready.
func answered(text string) string {
	return fmt.Sprintf(ready+` && answers().at(-1) === %q`, text)
}
