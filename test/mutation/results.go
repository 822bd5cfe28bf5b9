package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

// readResults returns the last result of each mutant, by its id. A file that does not exist holds none.
func readResults(path string) (map[string]result, error) {
	results := map[string]result{}
	file, err := os.Open(path)
	if errors.Is(err, os.ErrNotExist) {
		return results, nil
	}
	if err != nil {
		return nil, err
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		var r result
		if err := json.Unmarshal(lines.Bytes(), &r); err != nil {
			continue // the last line of a run that was stopped
		}
		results[r.ID] = r
	}
	return results, nil
}

// appendResult adds a line to the file.
func appendResult(path string, r result) error {
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	line, err := json.Marshal(r)
	if err == nil {
		_, err = file.Write(append(line, '\n'))
	}
	return errors.Join(err, file.Close())
}

// readEquivalents returns the reasons of equivalent.txt by id: a line with the id, and an indented one with the reason.
func readEquivalents(path string) (map[string]string, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	reasons := map[string]string{}
	id := ""
	for line := range strings.Lines(string(text)) {
		line = strings.TrimRight(line, "\n")
		switch {
		case line == "" || strings.HasPrefix(line, "#"):
		case strings.HasPrefix(line, "\t"):
			reasons[id] = strings.TrimSpace(line)
		default:
			id = line
			reasons[id] = ""
		}
	}
	return reasons, nil
}

// row is a line of the table.
type row struct{ own, importers, hung, survived, equivalent int }

func (r row) viable() int  { return r.own + r.importers + r.hung + r.survived }
func (r row) noticed() int { return r.own + r.importers + r.hung }

// percent is the share of what can be noticed that is.
func (r row) percent() float64 {
	if r.viable() == 0 {
		return 100
	}
	return 100 * float64(r.noticed()) / float64(r.viable())
}

// report prints the table by package, and the survivors.
func report(w io.Writer, results map[string]result, equivalents map[string]string) {
	rows := map[string]*row{}
	var all row
	var survivors []string
	for _, id := range slices.Sorted(keys(results)) {
		r := results[id]
		if rows[r.Package] == nil {
			rows[r.Package] = &row{}
		}
		for _, line := range []*row{rows[r.Package], &all} {
			line.add(r, equivalents)
		}
		if _, equivalent := equivalents[id]; r.Outcome == survived && !equivalent {
			survivors = append(survivors,
				fmt.Sprintf("%s:%d: %s -> %s\n\t%s", r.File, r.Line, oneLine(r.Before), oneLine(r.After), id))
		}
	}
	fmt.Fprintln(w,
		"| package | mutants | noticed by its tests | by importers' | hung | survived | equivalent | noticed |")
	fmt.Fprintln(w, "|---|---|---|---|---|---|---|---|")
	for _, name := range slices.Sorted(keys(rows)) {
		rows[name].print(w, name)
	}
	all.print(w, "all")
	fmt.Fprintln(w, "\nSurvivors:")
	for _, line := range survivors {
		fmt.Fprintln(w, line)
	}
}

func (r *row) add(one result, equivalents map[string]string) {
	switch one.Outcome {
	case noticed:
		r.own++
	case importers:
		r.importers++
	case hung:
		r.hung++
	case survived:
		if _, ok := equivalents[one.ID]; ok {
			r.equivalent++
			return
		}
		r.survived++
	}
}

func (r *row) print(w io.Writer, name string) {
	fmt.Fprintf(w, "| %s | %d | %d | %d | %d | %d | %d | %.0f %% |\n",
		name, r.viable(), r.own, r.importers, r.hung, r.survived, r.equivalent, r.percent())
}
