package table

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Plot draws how metrics change with a load. The groups of the rows must be numbers.
type Plot struct {
	Title, Load string
	Metrics     []Metric
	Rows        []Row
}

// The sizes are in pixels. Each metric has a panel of its own.
const (
	panelWidth, panelHeight  = 420.0, 280.0
	left, right, top, bottom = 70.0, 20.0, 45.0, 70.0
)

var colours = []string{"#1f77b4", "#d62728", "#7f7f7f", "#2ca02c", "#9467bd"}

// point is a figure at a load.
type point struct{ load, value float64 }

// curve is one subject's figures.
type curve struct {
	name   string
	points []point
}

// SVG renders the plot.
func (p Plot) SVG() string {
	var b strings.Builder
	width := panelWidth * float64(len(p.Metrics))
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %g %g" width="%g" height="%g" `+
		`font-family="sans-serif" font-size="11">`+"\n", width, panelHeight, width, panelHeight)
	fmt.Fprintf(&b, `<rect width="%g" height="%g" fill="white"/>`+"\n", width, panelHeight)
	for i, metric := range p.Metrics {
		fmt.Fprintf(&b, `<g transform="translate(%g 0)">`+"\n", panelWidth*float64(i))
		p.panel(&b, metric)
		b.WriteString("</g>\n")
	}
	b.WriteString("</svg>\n")
	return b.String()
}

func (p Plot) panel(b *strings.Builder, metric Metric) {
	c := columns[place(metric)]
	curves := p.curves(metric)
	x, y, marks := scales(curves)
	text(b, panelWidth/2, 18, "middle", p.Title)
	text(b, panelWidth/2, 34, "middle", c.head)
	text(b, panelWidth/2, panelHeight-bottom+32, "middle", p.Load)
	for _, mark := range marks {
		line(b, left, y(mark), panelWidth-right, y(mark), "#dddddd")
		text(b, left-6, y(mark)+4, "end", c.show(mark))
	}
	line(b, left, top, left, panelHeight-bottom, "black")
	line(b, left, panelHeight-bottom, panelWidth-right, panelHeight-bottom, "black")
	if len(curves) > 0 {
		for _, at := range curves[0].points {
			text(b, x(at.load), panelHeight-bottom+16, "middle", strconv.FormatFloat(at.load, 'f', -1, 64))
		}
	}
	for i, one := range curves {
		draw(b, one, x, y, i)
	}
}

// draw draws a curve and its line of the legend.
func draw(b *strings.Builder, one curve, x, y func(float64) float64, i int) {
	colour := colours[i%len(colours)]
	var path []string
	for _, at := range one.points {
		path = append(path, fmt.Sprintf("%.1f,%.1f", x(at.load), y(at.value)))
		fmt.Fprintf(b, `<circle cx="%.1f" cy="%.1f" r="3" fill="%s"/>`+"\n", x(at.load), y(at.value), colour)
	}
	fmt.Fprintf(b, `<polyline points="%s" fill="none" stroke="%s" stroke-width="1.5"/>`+"\n",
		strings.Join(path, " "), colour)
	column, row := float64(i%2), float64(i/2)
	at, down := left-50+column*(panelWidth-left)/2, panelHeight-22+row*14
	line(b, at, down-4, at+14, down-4, colour)
	text(b, at+18, down, "start", one.name)
}

func (p Plot) curves(metric Metric) []curve {
	var all []curve
	index := map[string]int{}
	for _, row := range p.Rows {
		load, err := strconv.ParseFloat(row.Group, 64)
		stat, ok := row.Stats[metric]
		if err != nil || !ok {
			continue
		}
		name := strings.Trim(title(row), "*")
		if _, ok := index[name]; !ok {
			index[name] = len(all)
			all = append(all, curve{name: name})
		}
		one := &all[index[name]]
		one.points = append(one.points, point{load, stat.Value.Mid})
	}
	return all
}

// scales returns a logarithmic scale for loads, one from zero for values, and the marks of the latter.
func scales(curves []curve) (x, y func(float64) float64, marks []float64) {
	least, most, highest := math.Inf(1), 0.0, 0.0
	for _, one := range curves {
		for _, at := range one.points {
			least, most, highest = min(least, at.load), max(most, at.load), max(highest, at.value)
		}
	}
	if highest <= 0 {
		highest = 1
	}
	step := stepOf(highest)
	for mark := 0.0; mark < highest+step; mark += step {
		marks = append(marks, mark)
	}
	ceiling := marks[len(marks)-1]
	x = func(load float64) float64 {
		if most <= least {
			return (left + panelWidth - right) / 2
		}
		return left + 15 + (panelWidth-left-right-30)*math.Log(load/least)/math.Log(most/least)
	}
	y = func(value float64) float64 {
		return panelHeight - bottom - (panelHeight-top-bottom)*value/ceiling
	}
	return x, y, marks
}

// stepOf returns a round number of which at most five make highest, which is above zero.
func stepOf(highest float64) float64 {
	step := math.Pow(10, math.Floor(math.Log10(highest/4)))
	for _, times := range []float64{1, 2, 5} {
		if highest/(step*times) <= 5 {
			return step * times
		}
	}
	return step * 10
}

func line(b *strings.Builder, x1, y1, x2, y2 float64, colour string) {
	fmt.Fprintf(b, `<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" stroke="%s"/>`+"\n", x1, y1, x2, y2, colour)
}

var escaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

func text(b *strings.Builder, x, y float64, anchor, s string) {
	fmt.Fprintf(b, `<text x="%.1f" y="%.1f" text-anchor="%s">%s</text>`+"\n", x, y, anchor, escaper.Replace(s))
}
