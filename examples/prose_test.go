package examples_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// maxColumns is the greatest length of a line of a Go file. A tab counts as four columns.
const maxColumns = 120

// habit is a way to write that makes a comment hard to read.
type habit struct {
	name    string
	pattern *regexp.Regexp
	most    float64 // in 1000 words of comment
}

// habits are the habits that this repository has given up. Write "Zero means 60 seconds." in place of a fragment, and
// say who does what in place of what nobody does. The limits are a little above the figures that were reached.
var habits = []habit{
	{"fragments such as `nil: none`", regexp.MustCompile(`(?:"":|\b(?:nil|0|negative|zero|empty):) `), 0.1},
	{"none, nothing, nobody", regexp.MustCompile(`(?i)(?:^|[ (])(?:none|nothing|nobody)\b`), 0.6},
}

// prose returns the lines of the comments in file, without code, directives and the expected output of examples.
func prose(file *ast.File) (lines []string) {
	for _, group := range file.Comments {
		for _, comment := range group.List {
			text := comment.Text
			if text == "// Output:" || text == "// Unordered output:" {
				break // the rest of the group is output
			}
			if strings.HasPrefix(text, "//\t") || strings.HasPrefix(text, "//go:") ||
				strings.HasPrefix(text, "//nolint") {
				continue
			}
			lines = append(lines, strings.TrimLeft(text, "/* \t"))
		}
	}
	return lines
}

// excess returns a text for each habit that lines have too often, with the lines. lines are by file.
func excess(lines map[string][]string) (texts []string) {
	words := 0
	places := make([][]string, len(habits))
	for file, comments := range lines {
		for _, line := range comments {
			words += len(strings.Fields(line))
			for i, h := range habits {
				if h.pattern.MatchString(line) {
					places[i] = append(places[i], file+": "+line)
				}
			}
		}
	}
	for i, h := range habits {
		if rate := 1000 * float64(len(places[i])) / float64(max(words, 1)); rate > h.most {
			slices.Sort(places[i])
			texts = append(texts, fmt.Sprintf("%.2f in 1000 words, at most %.2f are permitted: %s\n%s",
				rate, h.most, h.name, strings.Join(places[i], "\n")))
		}
	}
	return texts
}

// TestProse_CommentsAreSentences counts the habits in the comments of all Go files.
func TestProse_CommentsAreSentences(t *testing.T) {
	t.Parallel()
	lines := map[string][]string{}
	for _, file := range tracked(t, "*.go") {
		lines[file] = prose(parse(t, file, parser.SkipObjectResolution))
	}
	for _, text := range excess(lines) {
		t.Error(text)
	}
}

func TestProse_NoticesHabits(t *testing.T) {
	for text, want := range map[string]int{
		"Timeout is the time of one attempt; 0: 60 s; negative: none.":                               2,
		"Timeout limits one attempt. Zero means 60 s. A negative value disables the timeout.":        0,
		"It returns nil if nobody waits.":                                                            1,
		"It returns nil if no caller waits.":                                                         0,
		"Nonetheless the path \"/0:\" and such as nil:nil are not fragments, and neither is \"\":x.": 0,
	} {
		assert.Len(t, excess(map[string][]string{"a.go": {text}}), want, text)
	}
}

// TestProse_LinesFit looks at code and comments alike.
func TestProse_LinesFit(t *testing.T) {
	t.Parallel()
	for _, file := range tracked(t, "*.go") {
		source, err := os.ReadFile(filepath.Join("..", file))
		require.NoError(t, err)
		for i, line := range strings.Split(string(source), "\n") {
			columns := utf8.RuneCountInString(strings.ReplaceAll(line, "\t", "    "))
			if columns > maxColumns { // an assertion for each line would take longer than all the rest
				t.Errorf("%s:%d is too long: it has %d columns", file, i+1, columns)
			}
		}
	}
}
