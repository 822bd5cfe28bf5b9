package table

import "fmt"

// Aim is a figure that parley is to reach.
type Aim struct {
	Work              string // what a reader calls it
	Part, Group, Name string // where the figure stands
	Metric            Metric
	As                Form
	Limit             float64
	Side              string // "" means the present build
}

// Form says which figure of a Stat an Aim limits.
type Form int

// An Aim limits a ratio to the floor from above or from below, the difference from the floor, or the value itself.
const (
	RatioAtMost Form = iota
	RatioAtLeast
	ExcessAtMost
	AtMost
)

// Aims renders the table of aims. parts holds the rows of each part by its name. An aim whose part was not measured is
// left out.
func Aims(aims []Aim, parts map[string][]Row) string {
	var lines [][]string
	for _, aim := range aims {
		side := aim.Side
		if side == "" {
			side = "now"
		}
		now, measured := aim.find(parts, side)
		if !measured {
			continue
		}
		was := ""
		if before, ok := aim.find(parts, aim.before()); ok {
			was = aim.spread(before)
		}
		lines = append(lines, []string{aim.Work, aim.limit(), was, aim.spread(now), aim.reached(now)})
	}
	return Lines([]string{"work", "aim", "before (quartiles)", "now (quartiles)", "reached"}, lines)
}

// before is the side of the same build of another parley.
func (a Aim) before() string {
	if a.Side == "" {
		return "before"
	}
	return a.Side + ", before"
}

func (a Aim) find(parts map[string][]Row, side string) (Spread, bool) {
	for _, row := range parts[a.Part] {
		if row.Group == a.Group && row.Name == a.Name && row.Side == side {
			stat, ok := row.Stats[a.Metric]
			switch a.As {
			case RatioAtMost, RatioAtLeast:
				return stat.Ratio, ok
			case ExcessAtMost:
				return stat.Excess, ok
			case AtMost:
				return stat.Value, ok
			}
		}
	}
	return Spread{}, false
}

func (a Aim) show(n float64) string {
	switch a.As {
	case RatioAtMost, RatioAtLeast:
		return fmt.Sprintf("%.2f", n)
	case ExcessAtMost:
		return signed(n, columns[place(a.Metric)].show)
	case AtMost:
	}
	return columns[place(a.Metric)].show(n)
}

func (a Aim) spread(s Spread) string {
	return a.show(s.Mid) + " (" + a.show(s.Low) + " to " + a.show(s.High) + ")"
}

func (a Aim) limit() string {
	if a.As == RatioAtLeast {
		return ">= " + a.show(a.Limit)
	}
	return "<= " + a.show(a.Limit)
}

// reached compares the median as it is printed, so that a reader can follow.
func (a Aim) reached(now Spread) string {
	met := now.Mid <= a.Limit || a.show(now.Mid) == a.show(a.Limit)
	if a.As == RatioAtLeast {
		met = now.Mid >= a.Limit || a.show(now.Mid) == a.show(a.Limit)
	}
	if met {
		return "yes"
	}
	return "**no**"
}
