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
	// qualifier finds the packages that a snippet uses; what stands in strings and comments does no harm.
	qualifier = regexp.MustCompile(`\b([a-z]+[a-z0-9]*)\.[A-Z]`)
)

var imports = map[string]string{
	"context": "context", "errors": "errors", "fmt": "fmt", "slog": "log/slog", "http": "net/http", "time": "time",
	"raia": "", "siteassist": "", "syntphony": "", "aisera": "",
	"raiatest": "raia/", "siteassisttest": "siteassist/", "syntphonytest": "syntphony/", "aiseratest": "aisera/",
}

// TestREADME_SnippetsCompile builds every snippet as the body of a function that gets the names which snippets take for
// granted.
func TestREADME_SnippetsCompile(t *testing.T) {
	readme, err := os.ReadFile("../README.md")
	require.NoError(t, err)
	snippets := snippet.FindAllStringSubmatch(string(readme), -1)
	require.GreaterOrEqual(t, len(snippets), 10)
	root, err := filepath.Abs("..")
	require.NoError(t, err)
	overlay := map[string]map[string]string{"Replace": {}}
	for i, s := range snippets {
		file := filepath.Join(t.TempDir(), "snippet.go")
		require.NoError(t, os.WriteFile(file, []byte(wrap(s[1])), 0o600))
		overlay["Replace"][filepath.Join(root, "examples", fmt.Sprintf("snippet%d", i), "snippet.go")] = file
	}
	encoded, err := json.Marshal(overlay)
	require.NoError(t, err)
	file := filepath.Join(t.TempDir(), "overlay.json")
	require.NoError(t, os.WriteFile(file, encoded, 0o600))
	for i, s := range snippets {
		build := exec.CommandContext(t.Context(), "go", "build", "-overlay", file, fmt.Sprintf("./examples/snippet%d", i))
		build.Dir = root
		output, err := build.CombinedOutput()
		require.NoError(t, err, "%s\n%s", s[1], output)
	}
}

// wrap makes a file of a snippet. The vendor whose client it takes for granted is the one that it names.
func wrap(body string) string {
	var b strings.Builder
	b.WriteString("package snippet\n\nimport (\n\"context\"\n")
	used := map[string]bool{"context": true}
	vendor := "raia"
	for _, m := range qualifier.FindAllStringSubmatch(body, -1) {
		name := m[1]
		prefix, known := imports[name]
		if !known || used[name] {
			continue
		}
		used[name] = true
		switch {
		case name == "siteassist" || name == "syntphony" || name == "aisera":
			vendor = name
			fallthrough
		case name == "raia":
			fmt.Fprintf(&b, "%q\n", "github.com/seed-127a5941/parley/"+name)
		case strings.HasSuffix(name, "test"):
			fmt.Fprintf(&b, "%q\n", "github.com/seed-127a5941/parley/"+prefix+name)
		default:
			fmt.Fprintf(&b, "%q\n", prefix)
		}
	}
	if !used[vendor] {
		fmt.Fprintf(&b, "%q\n", "github.com/seed-127a5941/parley/"+vendor)
	}
	session := ""
	if vendor == "syntphony" {
		session = ", session *syntphony.Session"
	}
	fmt.Fprintf(&b, ")\n\nfunc _(ctx context.Context, client *%s.Client, key, secret, visitorID, conversationID, channelID string%s) error {\n{\n%s\n}\nreturn nil\n}\n",
		vendor, session, use(body))
	return b.String()
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
