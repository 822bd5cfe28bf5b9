package main

import (
	"fmt"
	"slices"
	"strings"
)

// mutant is one change of one place.
type mutant struct {
	Package string // directory below the root of the module, "." for package parley
	File    string // below the root, with slashes
	Line    int
	Kind    string // "comparison", "delete" and so on
	Before  string // the text that is replaced
	After   string

	nth    int // which one it is among those of its file with the same line, Before and After; zero means the first
	offset int
	form   form
	from   int // the beginning of the expression or statement that holds the mutant in a build of many
	to     int // its end
}

// form says how a mutant can be chosen while the program runs, see render.
type form int

const (
	alone     form = iota // it cannot: it is built by itself
	pick                  // one of two values, both of which are computed
	choice                // one of two conditions, of which one is evaluated
	always                // a condition that is true
	never                 // a condition that is false
	skipped               // a statement that is not executed
	otherwise             // another statement
)

// id names a mutant in a way that survives changes elsewhere in its file: by the text of its line and not by its
// number. Where a file has the same line several times, a number tells them apart.
func (m mutant) id(line string) string {
	id := fmt.Sprintf("%s | %s | %s -> %s", m.File, strings.TrimSpace(line), oneLine(m.Before), oneLine(m.After))
	if m.nth > 1 {
		id += fmt.Sprintf(" | %d", m.nth)
	}
	return id
}

// key tells mutants of the same sources apart.
func (m mutant) key() string { return fmt.Sprint(m.File, m.offset, m.Before, m.After) }

// oneLine shortens a text for lists.
func oneLine(text string) string {
	const longest = 60
	text = strings.Join(strings.Fields(text), " ")
	if len(text) > longest {
		text = strings.ToValidUTF8(text[:longest], "") + "..."
	}
	if text == "" {
		return "nothing"
	}
	return text
}

// apply returns the source with the change.
func (m mutant) apply(source []byte) []byte {
	return slices.Concat(source[:m.offset], []byte(m.After), source[m.offset+len(m.Before):])
}
