// Package table turns the figures of many rounds into medians with quartiles, and renders them as Markdown and SVG.
package table

import (
	"maps"
	"slices"
)

// Sample holds the figures of one subject in one round.
type Sample struct {
	Group  string // the subjects of a group do the same work on the same bytes; one of them is the floor
	Name   string // of the subject
	Floor  bool
	Values map[Metric]float64
}

// Side is one build of parley, such as the present one.
type Side struct {
	Name   string
	Rounds [][]Sample
}

// Spread is a median with its quartiles.
type Spread struct{ Low, Mid, High float64 }

// Stat sums up one metric of one subject over all rounds.
type Stat struct {
	Value  Spread
	Ratio  Spread // to the floor of the same group and round; zero if there is no floor
	Excess Spread // the difference from that floor
}

// Row is a line of a table.
type Row struct {
	Side, Group, Name string
	Floor             bool
	Stats             map[Metric]Stat
}

// Rows sums up the rounds of all sides, in the order of the first side's samples. A floor, or a peer of parley, is the
// same program on each side, so its rounds are taken together in one row without a side.
//
// A ratio is to the floor that ran in the same round on the same side. A side whose floor was not measured takes the
// floor of the first side in that round.
func Rows(sides []Side, ours func(name string) bool) []Row {
	var order []key
	collected := map[key]map[Metric]*series{}
	for _, side := range sides {
		for round, samples := range side.Rounds {
			floors := floorsOf(samples)
			if len(floors) == 0 && round < len(sides[0].Rounds) {
				floors = floorsOf(sides[0].Rounds[round])
			}
			for _, s := range samples {
				k := key{group: s.Group, name: s.Name, floor: s.Floor}
				if ours(s.Name) {
					k.side = side.Name
				}
				if collected[k] == nil {
					collected[k] = map[Metric]*series{}
					order = append(order, k)
				}
				collect(collected[k], s, floors[s.Group])
			}
		}
	}
	return ordered(order, collected)
}

type key struct {
	side, group, name string
	floor             bool
}

// series holds one value for each round.
type series struct{ values, ratios, excesses []float64 }

func floorsOf(samples []Sample) map[string]Sample {
	floors := map[string]Sample{}
	for _, s := range samples {
		if s.Floor {
			floors[s.Group] = s
		}
	}
	return floors
}

func collect(into map[Metric]*series, s, floor Sample) {
	for metric, value := range s.Values {
		if into[metric] == nil {
			into[metric] = &series{}
		}
		one := into[metric]
		one.values = append(one.values, value)
		if base, ok := floor.Values[metric]; ok {
			one.excesses = append(one.excesses, value-base)
			if base != 0 {
				one.ratios = append(one.ratios, value/base)
			}
		}
	}
}

// ordered keeps the groups together, and in a group the sides of a subject.
func ordered(order []key, collected map[key]map[Metric]*series) []Row {
	groups, names := map[string]int{}, map[key]int{}
	for i, k := range order {
		if _, ok := groups[k.group]; !ok {
			groups[k.group] = i
		}
		if subject := (key{group: k.group, name: k.name}); names[subject] == 0 {
			names[subject] = i + 1
		}
	}
	slices.SortStableFunc(order, func(a, b key) int {
		if a.group != b.group {
			return groups[a.group] - groups[b.group]
		}
		return names[key{group: a.group, name: a.name}] - names[key{group: b.group, name: b.name}]
	})
	var rows []Row
	for _, k := range order {
		row := Row{Side: k.side, Group: k.group, Name: k.name, Floor: k.floor, Stats: map[Metric]Stat{}}
		for metric, one := range collected[k] {
			row.Stats[metric] = Stat{spread(one.values), spread(one.ratios), spread(one.excesses)}
		}
		rows = append(rows, row)
	}
	return rows
}

func spread(values []float64) Spread {
	if len(values) == 0 {
		return Spread{}
	}
	return Spread{Quantile(values, 0.25), Quantile(values, 0.5), Quantile(values, 0.75)}
}

// Quantile returns the value below which the share q of values lies. There must be at least one value.
func Quantile(values []float64, q float64) float64 {
	values = slices.Sorted(slices.Values(values))
	at := q * float64(len(values)-1)
	low := int(at)
	high := min(low+1, len(values)-1)
	return values[low] + (at-float64(low))*(values[high]-values[low])
}

// metricsOf returns the metrics that any row has, in the order of the columns.
func metricsOf(rows []Row) []Metric {
	has := map[Metric]bool{}
	for _, row := range rows {
		for metric := range row.Stats {
			has[metric] = true
		}
	}
	return slices.SortedFunc(maps.Keys(has), func(a, b Metric) int { return place(a) - place(b) })
}
