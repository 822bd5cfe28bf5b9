package examples

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const modulePath = "github.com/seed-127a5941/parley"

// listed is a package of this module as "go list" describes it.
type listed struct {
	ImportPath                         string
	Imports, TestImports, XTestImports []string
}

// arrow is an import that the house forbids. Paths of our own packages begin with "./", and "." is package parley.
type arrow struct {
	reason   string
	from, to string // patterns of the packages that must not import, and of those that they must not import
	// exceptFrom and exceptTo are patterns of packages to which the rule does not apply. An empty pattern excepts no
	// package.
	exceptFrom, exceptTo string
	tests                bool // the rule holds for test files too
}

const vendor = `(aisera|raia|siteassist|syntphony)`

// forbidden holds the arrows of the floor plan. A rule about a package that does not exist yet holds from the day on
// which it does.
var forbidden = []arrow{
	{reason: "no internal package knows a vendor", from: `^\./internal/`, to: `^\./` + vendor + `(/|$)`, tests: true},
	{
		reason: "no vendor knows another", from: `^\./aisera(/|$)`, to: `^\./(raia|siteassist|syntphony)(/|$)`,
		tests: true,
	},
	{
		reason: "no vendor knows another", from: `^\./raia(/|$)`, to: `^\./(aisera|siteassist|syntphony)(/|$)`,
		tests: true,
	},
	{
		reason: "no vendor knows another", from: `^\./siteassist(/|$)`, to: `^\./(aisera|raia|syntphony)(/|$)`,
		tests: true,
	},
	{
		reason: "no vendor knows another", from: `^\./syntphony(/|$)`, to: `^\./(aisera|raia|siteassist)(/|$)`,
		tests: true,
	},
	{reason: "a vendor does not know what is built on it", from: `^\./` + vendor + `$`, to: `^\./` + vendor + `/`},
	{reason: "chat knows no vendor", from: `^\./chat(/|$)`, to: `^\./` + vendor + `(/|$)`},
	{reason: "a driver uses exported API only", from: `^\./` + vendor + `/` + vendor + `chat$`, to: `^\./internal/`},
	{reason: "a vendor does not know chat", from: `^\.(/internal/.*|/` + vendor + `)?$`, to: `^\./chat(/|$)`},
	{reason: "package parley knows only callopts", from: `^\.$`, to: `^\./`, exceptTo: `^\./internal/callopts$`},
	{reason: "it knows nothing of ours", from: `^\./internal/(callopts|redact|lenient)$`, to: `^\.(/|$)`},
	{
		reason: "helpers of tests are not for product code", from: `^\.`, to: `^\./internal/testing(/|$)`,
		exceptFrom: `^\./(internal/testing|examples|cmd|` + vendor + `/\w+test|chat/chattest)(/|$)`,
	},
	{
		reason: "only websocket and fakeserver know the WebSocket library", from: `^\.`, to: `^nhooyr\.io/`,
		tests:      true,
		exceptFrom: `^\./internal/(websocket|testing/fakeserver)$`,
	},
	{
		reason: "only transport knows the retry engine", from: `^\.`, to: `^github\.com/hashicorp/`, tests: true,
		exceptFrom: `^\./internal/transport$`,
	},
	{
		reason: "x/oauth2 is for auth and public fields", from: `^\./internal/`, to: `^golang\.org/x/oauth2`,
		exceptFrom: `^\./internal/auth$`,
	},
	{
		reason: "product code is built from three modules", from: `^\.`, to: `^[^/.]+\.[^/]+/`,
		exceptFrom: `^\./internal/testing/`,
		exceptTo:   `^(nhooyr\.io/websocket|github\.com/hashicorp/go-retryablehttp|golang\.org/x/oauth2)(/|$)`,
	},
}

// short replaces the path of this module by ".".
func short(path string) string {
	if path == modulePath || strings.HasPrefix(path, modulePath+"/") {
		return "." + strings.TrimPrefix(path, modulePath)
	}
	return path
}

// broken returns a line for each import of p that an arrow forbids.
func broken(p listed) []string {
	var lines []string
	from := short(p.ImportPath)
	for _, rule := range forbidden {
		if !matches(rule.from, from) || matches(rule.exceptFrom, from) {
			continue
		}
		all := p.Imports
		if rule.tests {
			all = slices.Concat(p.Imports, p.TestImports, p.XTestImports)
		}
		for _, imported := range all {
			if to := short(imported); matches(rule.to, to) && !matches(rule.exceptTo, to) {
				lines = append(lines, fmt.Sprintf("%s imports %s: %s", from, to, rule.reason))
			}
		}
	}
	return lines
}

func matches(pattern, path string) bool {
	return pattern != "" && regexp.MustCompile(pattern).MatchString(path)
}

// TestHouse_ArrowsPointDown reads the imports of every package of the module from "go list".
func TestHouse_ArrowsPointDown(t *testing.T) {
	t.Parallel()
	list := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Imports,TestImports,XTestImports", "./...")
	list.Dir = ".."
	output, err := list.Output()
	require.NoError(t, err)
	seen := map[string]bool{}
	for decoder := json.NewDecoder(bytes.NewReader(output)); ; {
		var p listed
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else {
			require.NoError(t, err)
		}
		seen[short(p.ImportPath)] = true
		assert.Empty(t, broken(p))
	}
	for _, known := range []string{
		".", "./raia", "./internal/transport", "./internal/websocket", "./internal/testing/fakeserver",
	} {
		assert.True(t, seen[known], "%s was not among the packages", known)
	}
}

// TestHouse_NoticesForbiddenImports tests the rules themselves: each forged import breaks the rule, and no permitted
// import does.
func TestHouse_NoticesForbiddenImports(t *testing.T) {
	ours := func(path string) string { return modulePath + path }
	for _, tt := range []struct{ from, to, reason string }{
		{"/internal/testing/conformance", ours("/raia"), "no internal package knows a vendor"},
		{"/internal/transport", ours("/aisera/aiseratest"), "no internal package knows a vendor"},
		{"/raia/raiatest", ours("/siteassist"), "no vendor knows another"},
		{"/raia", ours("/raia/raiachat"), "does not know what is built on it"},
		{"/chat", ours("/raia"), "chat knows no vendor"},
		{"/chat/uistream", ours("/syntphony"), "chat knows no vendor"},
		{"/raia/raiachat", ours("/internal/transport"), "a driver uses exported API only"},
		{"/raia", ours("/chat"), "a vendor does not know chat"},
		{"/internal/transport", ours("/chat"), "a vendor does not know chat"},
		{"", ours("/internal/apierr"), "package parley knows only callopts"},
		{"", ours("/raia"), "package parley knows only callopts"},
		{"/internal/redact", ours(""), "it knows nothing of ours"},
		{"/internal/lenient", ours("/internal/redact"), "it knows nothing of ours"},
		{"/raia", ours("/internal/testing/fakeserver"), "helpers of tests are not for product code"},
		{"/aisera", "nhooyr.io/websocket", "only websocket and fakeserver"},
		{"/internal/auth", "github.com/hashicorp/go-retryablehttp", "only transport knows the retry engine"},
		{"/internal/transport", "golang.org/x/oauth2", "x/oauth2 is for auth"},
		{"/raia", "github.com/stretchr/testify/assert", "product code is built from three modules"},
	} {
		got := strings.Join(broken(listed{ImportPath: ours(tt.from), Imports: []string{tt.to}}), "\n")
		assert.Contains(t, got, tt.reason, "%s imports %s", tt.from, tt.to)
	}
	for _, tt := range []struct{ from, to string }{
		{"/raia", ours("/internal/transport")}, {"/raia", ours("")}, {"", ours("/internal/callopts")}, {"", "net/http"},
		{"/raia/raiachat", ours("/chat")}, {"/raia/raiatest", ours("/internal/testing/fakeserver")},
		{"/internal/websocket", "nhooyr.io/websocket"},
		{"/internal/transport", "github.com/hashicorp/go-retryablehttp"},
		{"/syntphony", "golang.org/x/oauth2"}, {"/internal/auth", "golang.org/x/oauth2"}, {"/chat", ours("")},
		{"/examples/quickstart", ours("/raia/raiatest")}, {"/internal/testing/conformance", "go.uber.org/goleak"},
	} {
		assert.Empty(t, broken(listed{ImportPath: ours(tt.from), Imports: []string{tt.to}}))
	}
}
