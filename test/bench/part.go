package bench

import (
	"context"
	"time"

	"github.com/seed-127a5941/parley/test/bench/table"
)

// Plan says how much to measure.
type Plan struct {
	Slice  time.Duration // of one subject at a time
	Slices int           // of each subject in a round; the subjects take turns, so that noise affects all of them
	Format string        // the only format to measure; empty means all
	Quick  bool          // small loads, which show that everything works and say little about costs
	// Modfile is the go.mod with which a part builds programs. Empty means the module's own.
	Modfile string
	// OursAndFloor leaves the peers out, and OursOnly the floors too. They hold for builds that are compared with
	// another one, which measures peers and floors.
	OursAndFloor, OursOnly bool
}

// load returns full, or quick in a quick plan.
func (p Plan) load(full, quick int) int {
	if p.Quick {
		return quick
	}
	return full
}

// lasting returns full, or a short time in a quick plan.
func (p Plan) lasting(full time.Duration) time.Duration {
	if p.Quick {
		return 100 * time.Millisecond
	}
	return full
}

// subjects returns those of the floor and its competitors that the plan measures.
func (p Plan) subjects(floor Subject, others []Subject) []Subject {
	var all []Subject
	if !p.OursOnly {
		all = append(all, floor)
	}
	for _, s := range others {
		if Ours(s.Name) || !p.OursAndFloor && !p.OursOnly {
			all = append(all, s)
		}
	}
	return all
}

// Part is one table.
type Part struct {
	Name  string // of the flag -only
	Title string
	Note  string // how it is measured
	Group string // the head of the column of groups
	// MaxRounds bounds the rounds of a part that takes long. Zero means as many as are asked for.
	MaxRounds int
	// JSONv2 says that the part is also measured with a build that decodes with encoding/json/v2.
	JSONv2 bool
	// Plot is the name of a plot of the metrics, or empty.
	Plot    string
	Metrics []table.Metric
	Open    func(context.Context, Plan) (Session, error)
}

// Session measures a part round by round.
type Session interface {
	Round(context.Context) ([]table.Sample, error)
	Close()
}

// rounds is a Session without a state.
type rounds func(context.Context) ([]table.Sample, error)

// Round calls f.
func (f rounds) Round(ctx context.Context) ([]table.Sample, error) { return f(ctx) }

// Close does nothing.
func (rounds) Close() {}

// stateless returns the Open of a part that keeps no state between rounds.
func stateless(round func(context.Context, Plan) ([]table.Sample, error)) func(context.Context, Plan) (Session, error) {
	return func(_ context.Context, plan Plan) (Session, error) {
		return rounds(func(ctx context.Context) ([]table.Sample, error) { return round(ctx, plan) }), nil
	}
}

// Parts returns all tables in their order.
func Parts() []Part {
	var all []Part
	for _, work := range Works() {
		all = append(all, work.parts()...)
	}
	all = append(all, sharedParts()...)
	return append(all, lengthsPart(), streamsPart(), idlePart(), asksPart(), visitorsPart(), churnPart(), startPart())
}
