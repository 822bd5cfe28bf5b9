package main

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestControl_ListsAndRefuses(t *testing.T) {
	r := start(t)
	_, index := r.do("GET", "/", "")
	for path := range strings.Lines(strings.ReplaceAll(index, "GET ", "")) {
		status, _ := r.do("GET", strings.TrimSpace(path), "")
		assert.Equal(t, http.StatusOK, status, path)
	}
	_, env := r.do("GET", "/env", "")
	assert.Contains(t, env, "RAIA_AGENT_KEY="+r.env["RAIA_AGENT_KEY"]+"\n")
	for _, c := range []struct {
		path, body string
		status     int
		text       string
	}{
		{"/raia/fail", `{"failure":{"reset":1}}`, 400, "reset"},
		{"/raia/fail", `{"failures":{}}`, 400, `unknown field "failures"`},
		{"/raia/fail", `{"failure":{"delay":"soon"}}`, 400, "invalid duration"},
		{"/raia/fail", `{"failure":{"delay":1}}`, 400, "string"},
		{"/raia/human", `{"conversation":"none","text":"x"}`, 404, "no such conversation"},
		{"/siteassist/human", `{}`, 404, "no such conversation"},
		{"/aisera/human", `{}`, 404, "no such conversation"},
		{"/raia/revoke", ``, 501, "no tokens"},
		{"/syntphony/human", ``, 501, "no humans"},
		{"/syntphony/answer", `{"reply":[]}`, 400, "Reply"},
		{"/nobody/fail", ``, 404, ""},
	} {
		status, body := r.do("POST", c.path, c.body)
		assert.Equal(t, c.status, status, "%s %s", c.path, c.body)
		assert.Contains(t, body, c.text)
	}
}
