package main

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"
)

//go:embed page
var files embed.FS

// contentPolicy lets the page load only what is embedded, and pictures that vendors link.
const contentPolicy = "default-src 'self'; img-src 'self' data: https:; base-uri 'none'; form-action 'self'; " +
	"frame-ancestors 'none'"

func (g *gateway) routes() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /", g.page())
	mux.HandleFunc("GET /api/vendors", g.listVendors)
	for _, v := range g.vendors {
		base := "/api/" + v.name
		handler := g.limited(http.StripPrefix(base, v.handler))
		for _, route := range []string{"POST %s", "POST %s/{id}/greeting", "POST %s/{id}/human",
			"GET %s/{id}/stream", "GET %s/{id}/events", "GET %s/{id}/messages"} {
			mux.Handle(fmt.Sprintf(route, base), handler)
		}
	}
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		if err := g.ready(r.Context()); err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "ready")
	})
	mux.Handle("GET /metrics", promhttp.HandlerFor(g.telemetry.registry, promhttp.HandlerOpts{}))
	return g.observed(secured(mux))
}

// page serves the files of the page and says who the browser is.
func (g *gateway) page() http.Handler {
	content, _ := fs.Sub(files, "page") // the name is valid
	server := http.FileServerFS(content)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/" {
			g.identity.welcome(w, r)
		}
		w.Header().Set("Cache-Control", "no-cache")
		server.ServeHTTP(w, r)
	})
}

// secured gives each request its time and each response its headers. A body has its time even if its handler does not
// read it: net/http reads a rest before it responds, and would wait for ever for one that does not come.
func secured(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.ContentLength != 0 {
			_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(readBody))
		}
		h := w.Header()
		h.Set("Content-Security-Policy", contentPolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		next.ServeHTTP(w, r)
	})
}

// listVendors tells the page which vendors there are and what their drivers can do.
func (g *gateway) listVendors(w http.ResponseWriter, _ *http.Request) {
	all := []any{}
	for _, v := range g.vendors {
		c := v.driver.Capabilities()
		all = append(all, map[string]any{
			"name": v.name, "title": v.title, "fake": g.suggestions != nil,
			"suggestions":  append([]string{}, g.suggestions[v.name]...),
			"capabilities": map[string]bool{"greeting": c.Greeting, "handOver": c.HandOver, "humans": c.Humans},
		})
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(all)
}
