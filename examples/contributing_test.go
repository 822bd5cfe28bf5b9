package examples

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestContributing_NamesTestsThatExist holds the table of proofs in CONTRIBUTING.md to the tests of the repository.
func TestContributing_NamesTestsThatExist(t *testing.T) {
	t.Parallel()
	exists := map[string]bool{}
	declaration := regexp.MustCompile(`(?m)^func (Test\w+)\(`)
	require.NoError(t, filepath.WalkDir("..", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		source, err := os.ReadFile(path)
		for _, m := range declaration.FindAllSubmatch(source, -1) {
			exists[string(m[1])] = true
		}
		return err
	}))
	guide, err := os.ReadFile("../CONTRIBUTING.md")
	require.NoError(t, err)
	named := regexp.MustCompile("`(Test\\w+)`").FindAllStringSubmatch(string(guide), -1)
	assert.Greater(t, len(named), 50)
	for _, m := range named {
		assert.True(t, exists[m[1]], "%s is in the table and in no file", m[1])
	}
}
