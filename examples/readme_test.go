// Package examples holds programs only; this test compiles what the README shows.
package examples

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var (
	snippet = regexp.MustCompile("(?ms)^```go\n(.*?)^```$")
	// declaration begins a snippet of types and funcs, which is a file and not a func's body.
	declaration = regexp.MustCompile(`^(type|func) `)
	// qualifier finds the packages that a snippet uses; what stands in strings and comments does no harm.
	qualifier = regexp.MustCompile(`\b([a-z]+[a-z0-9]*)\.[A-Z]`)
)

var imports = map[string]string{
	"parley":  "",
	"context": "context", "errors": "errors", "fmt": "fmt", "slog": "log/slog", "http": "net/http", "time": "time",
	"oauth2": "golang.org/x/oauth2",
	"raia":   "", "siteassist": "", "syntphony": "", "aisera": "",
	"raiatest": "raia/", "siteassisttest": "siteassist/", "syntphonytest": "syntphony/", "aiseratest": "aisera/",
}

// TestREADME_SnippetsCompile builds every snippet, as declarations or as the body of a function that gets the names
// which snippets take for granted.
func TestREADME_SnippetsCompile(t *testing.T) {
	readme, err := os.ReadFile("../README.md")
	require.NoError(t, err)
	snippets := snippet.FindAllStringSubmatch(string(readme), -1)
	require.GreaterOrEqual(t, len(snippets), 10)
	root, err := filepath.Abs("..")
	require.NoError(t, err)
	overlay := map[string]map[string]string{"Replace": {}}
	for i, s := range snippets {
		written := filepath.Join(t.TempDir(), "snippet.go")
		require.NoError(t, os.WriteFile(written, []byte(wrap(s[1])), 0o600))
		overlay["Replace"][filepath.Join(root, "examples", fmt.Sprintf("snippet%d", i), "snippet.go")] = written
	}
	encoded, err := json.Marshal(overlay)
	require.NoError(t, err)
	replaced := filepath.Join(t.TempDir(), "overlay.json")
	require.NoError(t, os.WriteFile(replaced, encoded, 0o600))
	for i, s := range snippets {
		build := exec.CommandContext(t.Context(), "go", "build", "-overlay", replaced,
			fmt.Sprintf("./examples/snippet%d", i))
		build.Dir = root
		output, err := build.CombinedOutput()
		require.NoError(t, err, "%s\n%s", s[1], output)
	}
}

// wrap makes a file of a snippet. The vendor whose client it takes for granted is the one that it names.
func wrap(body string) string {
	vendor := "raia"
	needed := map[string]bool{}
	for _, m := range qualifier.FindAllStringSubmatch(body, -1) {
		if _, known := imports[m[1]]; known {
			needed[m[1]] = true
		}
		if m[1] == "siteassist" || m[1] == "syntphony" || m[1] == "aisera" {
			vendor = m[1]
		}
	}
	if declaration.MatchString(body) {
		return file(needed, body)
	}
	needed["context"], needed["http"], needed[vendor] = true, true, true
	return file(needed, fmt.Sprintf("func _(ctx context.Context, client *%s.Client, tracing http.RoundTripper, "+
		"key, secret, visitorID, conversationID, channelID string) error {\n{\n%s\n}\nreturn nil\n}\n", vendor,
		use(body)))
}

// file puts imports before declarations.
func file(needed map[string]bool, declarations string) string {
	var b strings.Builder
	b.WriteString("package snippet\n\n")
	for name := range needed {
		path := imports[name]
		switch {
		case name == "parley":
			path = "github.com/seed-127a5941/parley"
		case path == "":
			path = "github.com/seed-127a5941/parley/" + name
		case strings.HasSuffix(name, "test"):
			path = "github.com/seed-127a5941/parley/" + path + name
		}
		fmt.Fprintf(&b, "import %q\n", path)
	}
	return b.String() + "\n" + declarations
}

// use keeps the compiler quiet about results that a snippet shows but does not use.
func use(body string) string {
	for _, name := range []string{"client", "err"} {
		if strings.Contains(body, name+", err :=") || strings.Contains(body, ", "+name+" :=") {
			body += "\n_ = " + name
		}
	}
	return body
}
