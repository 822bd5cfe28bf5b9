package table

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestPlot_IsXML verifies that the plot is well-formed and has one curve for each subject in each panel.
func TestPlot_IsXML(t *testing.T) {
	var rows []Row
	for i, load := range []string{"1", "10", "100"} {
		for _, name := range []string{"by hand", "parley <raia>"} {
			value := Stat{Value: Spread{Mid: float64(1000 * (i + 1))}}
			rows = append(rows, Row{Group: load, Name: name, Stats: map[Metric]Stat{Time: value, Bytes: value}})
		}
	}
	drawn := Plot{Title: "Calls", Load: "goroutines", Metrics: []Metric{Time, Bytes}, Rows: rows}.SVG()
	assert.Equal(t, 4, strings.Count(drawn, "<polyline"))
	for d := xml.NewDecoder(strings.NewReader(drawn)); ; {
		_, err := d.Token()
		if errors.Is(err, io.EOF) {
			return
		}
		require.NoError(t, err)
	}
}

func TestPlot_WithoutRows(t *testing.T) {
	assert.NotContains(t, Plot{Metrics: []Metric{Time}}.SVG(), "NaN")
}
