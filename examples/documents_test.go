package examples

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var (
	link = regexp.MustCompile(`\]\(([^)#:]+)(?:#[^)]*)?\)`)
	// pathInText finds paths of this repository in code spans, such as `internal/sse` and `.ci/run`.
	pathInText = regexp.MustCompile("`((?:internal|test|examples|docs|\\.ci|\\.github)/[\\w./-]*\\w)`")
)

// TestDocuments_NamePathsThatExist follows every link of the Markdown files to a file of the repository, and every path
// that stands in a code span.
func TestDocuments_NamePathsThatExist(t *testing.T) {
	var documents []string
	for _, pattern := range []string{"../*.md", "../docs/*.md", "../test/*/*.md", "../examples/*/*.md"} {
		found, err := filepath.Glob(pattern)
		require.NoError(t, err)
		documents = append(documents, found...)
	}
	require.Greater(t, len(documents), 5)
	checked := 0
	for _, document := range documents {
		text, err := os.ReadFile(document)
		require.NoError(t, err)
		for _, m := range link.FindAllSubmatch(text, -1) {
			assert.FileExists(t, strings.TrimSuffix(filepath.Join(filepath.Dir(document), string(m[1])), "/"),
				"a link of %s", document)
			checked++
		}
		for _, m := range pathInText.FindAllSubmatch(text, -1) {
			_, err := os.Stat(filepath.Join("..", string(m[1])))
			assert.NoError(t, err, "a path in %s", document)
			checked++
		}
	}
	assert.Greater(t, checked, 60)
}
