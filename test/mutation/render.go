package main

import (
	"fmt"
	"go/format"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// numbered is a mutant of a build of many, with the number that chooses it while the program runs.
type numbered struct {
	mutant
	number int
}

// render returns the source with all mutants in it, of which the environment variable MUTANT chooses one.
func render(source []byte, mutants []numbered) string {
	mutants = slices.Clone(mutants)
	slices.SortStableFunc(mutants, func(a, b numbered) int {
		if a.from != b.from {
			return a.from - b.from
		}
		return b.to - a.to
	})
	text, _ := renderPart(source, 0, len(source), mutants)
	return text
}

// renderPart renders the source from one offset to another, and returns the mutants behind it.
func renderPart(source []byte, from, to int, mutants []numbered) (string, []numbered) {
	var out strings.Builder
	for len(mutants) > 0 && mutants[0].from < to {
		m := mutants[0]
		out.Write(source[from:m.from])
		same := 1 // mutants of the same expression
		for same < len(mutants) && mutants[same].from == m.from && mutants[same].to == m.to {
			same++
		}
		here := mutants[:same]
		inner, rest := renderPart(source, m.from, m.to, mutants[same:])
		mutants = rest
		for _, one := range here {
			inner = one.wrap(source, inner)
		}
		out.WriteString(inner)
		from = m.to
	}
	out.Write(source[from:to])
	return out.String(), mutants
}

// wrap returns the text that chooses between the mutant and inner, between two comments by which blame finds it.
func (m numbered) wrap(source []byte, inner string) string {
	changed := string(source[m.from:m.offset]) + m.After + string(source[m.offset+len(m.Before):m.to])
	text := inner
	switch n := m.number; m.form {
	case pick:
		text = fmt.Sprintf("mutantPick(%d, %s, %s)", n, changed, inner)
	case choice:
		text = fmt.Sprintf("(mutantOn(%[1]d) && (%[2]s) || !mutantOn(%[1]d) && (%[3]s))", n, changed, inner)
	case always:
		text = fmt.Sprintf("(mutantOn(%d) || (%s))", n, inner)
	case never:
		text = fmt.Sprintf("(!mutantOn(%d) && (%s))", n, inner)
	case skipped:
		text = fmt.Sprintf("if !mutantOn(%d) { %s }", n, inner)
	case otherwise:
		text = fmt.Sprintf("if mutantOn(%d) { %s }; %s", n, changed, inner)
	}
	return fmt.Sprintf("/*<%d*/%s/*%[1]d>*/", m.number, text)
}

// parses reports whether a rendered file is Go.
func parses(text string) bool {
	_, err := format.Source([]byte(text))
	return err == nil
}

var marker = regexp.MustCompile(`/\*(<?)(\d+)(>?)\*/`)

// blame returns the number of the innermost mutant around a position of a rendered file, or 0.
func blame(text string, line, column int) int {
	offset := column - 1
	if strings.Count(text, "\n") < line {
		return 0
	}
	for range line - 1 {
		offset += strings.IndexByte(text[offset-column+1:], '\n') + 1
	}
	var around []int
	for _, at := range marker.FindAllStringSubmatchIndex(text, -1) {
		if at[0] > offset {
			break
		}
		if number, _ := strconv.Atoi(text[at[4]:at[5]]); at[2] < at[3] {
			around = append(around, number)
		} else if at[6] < at[7] && len(around) > 0 {
			around = around[:len(around)-1]
		}
	}
	if len(around) == 0 {
		return 0
	}
	return around[len(around)-1]
}

// chooser is a file of each package with mutants. It reads which mutant is chosen, and records which ones are reached.
const chooser = `package %s

import (
	"os"
	"strconv"
	"sync/atomic"
)

var (
	mutantChosen, _ = strconv.Atoi(os.Getenv("MUTANT"))
	mutantRecord    = os.Getenv("MUTANTS_REACHED")
	mutantsReached  [%d]atomic.Bool
)

func mutantOn(n int) bool { return n == mutantChosen || mutantRecord != "" && mutantReached(n) }

func mutantReached(n int) bool {
	if !mutantsReached[n].Swap(true) {
		if file, err := os.OpenFile(mutantRecord, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600); err == nil {
			_, _ = file.WriteString(strconv.Itoa(n) + "\n")
			_ = file.Close()
		}
	}
	return false
}

func mutantPick[T any](n int, mutated, original T) T {
	if mutantOn(n) {
		return mutated
	}
	return original
}
`
