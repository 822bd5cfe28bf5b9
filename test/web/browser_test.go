package web_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
)

// browser is a Chromium that a Node process drives.
type browser struct{ *node }

func startBrowser(t *testing.T) browser {
	t.Helper()
	return browser{startNode(t, "js/browser.mjs", chromium(t))}
}

// page is a page of the browser in a context of its own: cookies and storage are not shared.
type page struct {
	*node
	name string
}

// open loads a URL. options are those of playwright's newContext and may be nil.
func (b browser) open(url string, options args) page {
	b.t.Helper()
	p := page{b.node, fmt.Sprint("page ", b.last.Load())}
	p.do("open", args{"url": url, "options": options, "ms": patience.Milliseconds()})
	return p
}

func (p page) do(op string, a args) {
	p.t.Helper()
	p.get(op, a, nil)
}

func (p page) get(op string, a args, result any) {
	p.t.Helper()
	all := args{"page": p.name}
	for name, value := range a {
		all[name] = value
	}
	p.call(op, all, result)
}

// until waits until a JavaScript expression is true in the page.
func (p page) until(expression string) {
	p.t.Helper()
	p.do("until", args{"expression": expression})
}

// evaluate returns the value of a JavaScript expression.
func evaluate[T any](p page, expression string) T {
	p.t.Helper()
	var value T
	p.get("evaluate", args{"expression": expression}, &value)
	return value
}

func (p page) press(keys ...string) { p.t.Helper(); p.do("press", args{"keys": keys}) }

func (p page) typeText(text string) { p.t.Helper(); p.do("type", args{"text": text}) }

func (p page) click(selector string) { p.t.Helper(); p.do("click", args{"selector": selector}) }

// requireNoProblems fails if the page threw an exception or printed an error or a warning.
func (p page) requireNoProblems() {
	p.t.Helper()
	var problems []string
	p.get("problems", nil, &problems)
	require.Empty(p.t, problems)
}
