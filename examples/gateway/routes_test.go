package main

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestRoutes_Page(t *testing.T) {
	b := open(t, start(t, none).url)
	response, text := b.do(http.MethodGet, "/", "")
	assert.Equal(t, "text/html; charset=utf-8", response.Header.Get("Content-Type"))
	assert.Contains(t, text, "<title>")
	assert.Empty(t, response.Header.Values("Set-Cookie"), "the browser has its cookie")
	for name, want := range map[string]string{
		"Content-Security-Policy": contentPolicy, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer",
		"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
		"Cache-Control": "no-cache",
	} {
		assert.Equal(t, want, response.Header.Get(name), name)
	}
	assert.NotContains(t, strings.ToLower(text), "<style", "the policy forbids what is inline")
	assert.NotContains(t, strings.ToLower(text), "style=", "the policy forbids what is inline")
	status, _ := b.get("/missing")
	assert.Equal(t, http.StatusNotFound, status)
	status, _ = b.get("/../main.go")
	assert.Equal(t, http.StatusNotFound, status)
}

func TestRoutes_Vendors(t *testing.T) {
	b := open(t, start(t, none).url)
	_, text := b.do(http.MethodGet, "/api/vendors", "")
	var all []struct {
		Name         string
		Fake         bool
		Capabilities map[string]bool
		Suggestions  []string
	}
	require.NoError(t, json.Unmarshal([]byte(text), &all))
	require.Len(t, all, 4)
	for _, v := range all {
		assert.True(t, v.Fake)
		assert.Len(t, v.Capabilities, 3)
		assert.NotEmpty(t, v.Suggestions)
	}
	assert.Equal(t, "raia", all[0].Name)
	assert.True(t, all[0].Capabilities["handOver"])
}

func TestRoutes_Refusals(t *testing.T) {
	r := start(t, none)
	b := open(t, r.url)
	response, text := b.do(http.MethodPost, "/api/raia", "{}", "Origin", "https://evil.example")
	assert.Equal(t, http.StatusForbidden, response.StatusCode, text)
	response, _ = b.do(http.MethodPost, "/api/raia", "{}", "Sec-Fetch-Site", "cross-site")
	assert.Equal(t, http.StatusForbidden, response.StatusCode)
	b.Jar = nil
	for _, path := range []string{"/api/raia/x/stream", "/api/raia/x/events", "/api/raia/x/messages"} {
		status, text := b.get(path)
		assert.Equal(t, http.StatusUnauthorized, status)
		assert.Contains(t, text, "Open the page first")
	}
	response, _ = b.do(http.MethodDelete, "/api/raia", "")
	assert.Equal(t, http.StatusMethodNotAllowed, response.StatusCode)
	status, _ := b.get("/api/nobody/x/stream")
	assert.Equal(t, http.StatusNotFound, status)
}
