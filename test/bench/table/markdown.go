package table

import (
	"fmt"
	"strings"
)

// Markdown renders rows. head is the title of the column of groups, such as "bytes of".
func Markdown(head string, rows []Row) string {
	metrics := metricsOf(rows)
	heads := []string{head, "by"}
	for _, m := range metrics {
		c := columns[place(m)]
		heads = append(heads, c.head)
		switch c.compare {
		case asRatio:
			heads = append(heads, "to floor (quartiles)")
		case asExcess:
			heads = append(heads, "above floor")
		case alone:
		}
	}
	var lines [][]string
	for _, row := range rows {
		line := []string{row.Group, title(row)}
		for _, m := range metrics {
			line = append(line, cells(row, m)...)
		}
		lines = append(lines, line)
	}
	return Lines(heads, lines)
}

func title(row Row) string {
	switch row.Side {
	case "":
		return row.Name
	case "now":
		return "**" + row.Name + "**"
	}
	return row.Name + ", " + row.Side
}

// cells renders one metric: its value and, if the table compares it, how it stands to the floor's.
func cells(row Row, m Metric) []string {
	c := columns[place(m)]
	stat, ok := row.Stats[m]
	all := []string{""}
	if ok {
		all[0] = c.show(stat.Value.Mid)
	}
	switch {
	case c.compare == alone:
	case !ok || row.Floor || stat == (Stat{Value: stat.Value}):
		all = append(all, "")
	case c.compare == asRatio:
		all = append(all, stat.Ratio.String())
	case c.compare == asExcess:
		all = append(all, signed(stat.Excess.Mid, c.show))
	}
	return all
}

func signed(n float64, show func(float64) string) string {
	if n < 0 {
		return "-" + show(-n)
	}
	return "+" + show(n)
}

// String renders the median and, in brackets, the quartiles.
func (s Spread) String() string {
	return fmt.Sprintf("%.2f (%.2f to %.2f)", s.Mid, s.Low, s.High)
}

// Lines renders a Markdown table.
func Lines(head []string, lines [][]string) string {
	var b strings.Builder
	b.WriteString("| " + strings.Join(head, " | ") + " |\n|" + strings.Repeat("---|", len(head)) + "\n")
	for _, line := range lines {
		b.WriteString("| " + strings.Join(line, " | ") + " |\n")
	}
	return b.String()
}
