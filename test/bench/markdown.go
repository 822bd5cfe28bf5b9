package bench

import (
	"fmt"
	"strings"
	"time"
)

// Markdown returns a table of rows. It leaves out columns that no row has.
func Markdown(rows []Row) string {
	live, writes, allocs := false, false, true
	for _, row := range rows {
		live = live || row.Live >= 0
		writes = writes || row.Writes >= 0
		allocs = allocs && !row.Loopback
	}
	head := []string{"bytes of", "by", "time", "ratio to floor", "quartiles"}
	if allocs { // on loopback the server allocates too
		head = append(head, "allocations", "bytes allocated / floor")
	}
	if live {
		head = append(head, "live heap")
	}
	if writes {
		head = append(head, "writes")
	}
	var lines [][]string
	for _, row := range rows {
		line := []string{
			row.Format, bold(row.Name), Took(row.Nanoseconds), fmt.Sprintf("%.2f", row.Ratio),
			fmt.Sprintf("%.2f to %.2f", row.Low, row.High),
		}
		if allocs {
			line = append(line, Amount(row.Allocs), fmt.Sprintf("%.1f", row.Bytes))
		}
		if live {
			line = append(line, Size(row.Live))
		}
		if writes {
			line = append(line, Amount(row.Writes))
		}
		lines = append(lines, line)
	}
	return Table(head, lines)
}

// Table renders a Markdown table.
func Table(head []string, lines [][]string) string {
	var b strings.Builder
	b.WriteString("| " + strings.Join(head, " | ") + " |\n|" + strings.Repeat("---|", len(head)) + "\n")
	for _, line := range lines {
		b.WriteString("| " + strings.Join(line, " | ") + " |\n")
	}
	return b.String()
}

func bold(name string) string {
	if strings.HasPrefix(name, "parley") {
		return "**" + name + "**"
	}
	return name
}

// Took renders nanoseconds with three digits.
func Took(ns float64) string {
	switch {
	case ns >= float64(time.Second):
		return fmt.Sprintf("%.3g s", ns/1e9)
	case ns >= float64(time.Millisecond):
		return fmt.Sprintf("%.3g ms", ns/1e6)
	}
	return fmt.Sprintf("%.3g µs", ns/1e3)
}

// Size renders bytes.
func Size(n float64) string {
	switch {
	case n < 0:
		return ""
	case n >= 1<<20:
		return fmt.Sprintf("%.1f MiB", n/(1<<20))
	}
	return fmt.Sprintf("%.0f KiB", n/(1<<10))
}

// Amount renders a number without meaningless digits.
func Amount(n float64) string {
	if n >= 100 {
		return fmt.Sprintf("%.0f", n)
	}
	return strings.TrimSuffix(fmt.Sprintf("%.1f", n), ".0")
}
