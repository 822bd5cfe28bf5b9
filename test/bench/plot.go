package bench

import (
	"bytes"
	"fmt"
	"image/color"
	"math"
	"os"
	"path/filepath"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"
)

const panelWidth, panelHeight = 15 * vg.Centimeter, 10 * vg.Centimeter

// colors of the curves: the floor's, then parley's.
var colors = []color.Color{color.RGBA{R: 120, G: 120, B: 120, A: 255}, color.RGBA{R: 0, G: 95, B: 184, A: 255}}

// Draw writes the plot as dir/name.svg: time on the left, memory on the right.
func (g *Growth) Draw(dir string) error {
	time, err := g.panel("time per "+g.Unit+", µs", func(p Point) float64 { return p.Nanoseconds / 1e3 })
	if err != nil {
		return err
	}
	memory, err := g.panel("KiB per "+g.Unit, func(p Point) float64 { return p.Bytes / (1 << 10) })
	if err != nil {
		return err
	}
	time.Title.Text, memory.Title.Text = g.Title, "Memory: "+g.Memory
	canvas := vgsvg.New(2*panelWidth, panelHeight)
	white := draw.New(canvas)
	white.SetColor(color.White) // also on a dark page
	white.Fill(white.Rectangle.Path())
	panels := draw.Tiles{Rows: 1, Cols: 2, PadX: vg.Centimeter, PadLeft: 8, PadRight: 16, PadTop: 16, PadBottom: 8}
	for i, row := range plot.Align([][]*plot.Plot{{time, memory}}, panels, white)[0] {
		[]*plot.Plot{time, memory}[i].Draw(row)
	}
	var svg bytes.Buffer
	if _, err := canvas.WriteTo(&svg); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, g.Name+".svg"), svg.Bytes(), 0o644)
}

func (g *Growth) panel(label string, value func(Point) float64) (*plot.Plot, error) {
	p := plot.New()
	p.X.Label.Text, p.Y.Label.Text = g.Load, label
	p.X.Scale, p.X.Tick.Marker = plot.LogScale{}, g.ticks()
	p.Y.Min = 0
	p.Legend.Top, p.Legend.Left = true, true
	p.Add(plotter.NewGrid())
	most := 0.0
	for i, curve := range g.Curves {
		points := make(plotter.XYs, len(curve.Points))
		for n, point := range curve.Points {
			points[n] = plotter.XY{X: float64(point.Load), Y: value(point)}
			most = math.Max(most, points[n].Y)
		}
		line, dots, err := plotter.NewLinePoints(points)
		if err != nil {
			return nil, err
		}
		line.Color, dots.Color, dots.Shape = colors[i], colors[i], draw.CircleGlyph{}
		p.Add(line, dots)
		p.Legend.Add(curve.Name, line, dots)
	}
	p.Y.Max = 1.5 * most // room for the legend
	return p, nil
}

// ticks are the loads.
func (g *Growth) ticks() plot.ConstantTicks {
	var ticks plot.ConstantTicks
	for i, point := range g.Curves[0].Points {
		label := strconv.Itoa(point.Load)
		if i > 0 && point.Load < 5*g.Curves[0].Points[i-1].Load {
			label = "" // too near to its neighbour
		}
		ticks = append(ticks, plot.Tick{Value: float64(point.Load), Label: label})
	}
	return ticks
}

// Markdown is the table behind the plot.
func (g *Growth) Markdown() string {
	head := []string{g.Load, "by", "time per " + g.Unit, g.Memory + " per " + g.Unit}
	connections := g.Name == "connections"
	if connections {
		head = append(head, "goroutines")
	}
	var lines [][]string
	for i := range g.Curves[0].Points {
		for _, curve := range g.Curves {
			p := curve.Points[i]
			line := []string{strconv.Itoa(p.Load), bold(curve.Name), Took(p.Nanoseconds), fmt.Sprintf("%.1f KiB", p.Bytes/(1<<10))}
			if connections {
				line = append(line, Amount(p.Goroutines))
			}
			lines = append(lines, line)
		}
	}
	return Table(head, lines)
}
