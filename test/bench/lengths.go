package bench

import (
	"context"
	"fmt"
	"runtime"
	"strconv"

	"github.com/seed-127a5941/parley/test/bench/table"
)

// lengthsPart measures walks through lists of up to a million items.
func lengthsPart() Part {
	return Part{
		Name: "lengths", Title: "All, by the length of the list, in memory", Group: "items", MaxRounds: 2,
		Plot:    "lists",
		Metrics: []table.Metric{table.Time, table.Bytes, table.Live},
		Note: "Time, allocations and bytes are of one page of 100 lean items. The live heap is measured when a tenth " +
			"of the pages was asked for, and again near the end.",
		Open: stateless(measureLengths),
	}
}

func measureLengths(ctx context.Context, plan Plan) ([]table.Sample, error) {
	lengths := []int{1000, 10_000, 100_000, 1_000_000}
	if plan.Quick {
		lengths = []int{1000, 10_000}
	}
	var samples []table.Sample
	for _, items := range lengths {
		floor := Subject{Name: "net/http by hand", Open: openLeanWalk}
		for i, subject := range plan.subjects(floor, []Subject{parleyList()}) {
			values, err := walkLong(ctx, subject, items/pageSize, raiaLeanItem)
			if err != nil {
				return samples, fmt.Errorf("%s, %d items: %w", subject.Name, items, err)
			}
			samples = append(samples, table.Sample{
				Group: strconv.Itoa(items), Name: subject.Name, Floor: i == 0 && !plan.OursOnly, Values: values,
			})
		}
	}
	return samples, nil
}

// walkLong walks through count pages of the same items twice: for the time, and for the live heap.
func walkLong(
	ctx context.Context, subject Subject, count int, item func(int) string,
) (map[table.Metric]float64, error) {
	target := Memory(longSite(count, item))
	run, err := subject.Open(target)
	if err != nil {
		return nil, err
	}
	values := map[table.Metric]float64{}
	runtime.GC()
	before := usageNow()
	got, err := run(ctx)
	if err != nil {
		return nil, err
	}
	if got.Items != count*pageSize {
		return nil, fmt.Errorf("%d items came", got.Items)
	}
	took, _, allocs, bytes := usageNow().since(before)
	values[table.Time] = float64(took) / float64(count)
	values[table.Allocs], values[table.Bytes] = allocs/float64(count), bytes/float64(count)
	base := live()
	begun := target.Seen.Requests.Load()
	target.Seen.Nth = func(n int64) {
		switch n - begun {
		case int64(max(2, count/10)):
			values[table.Live] = max(0, live()-base)
		case int64(count - 1):
			values[table.Late] = max(0, live()-base)
		}
	}
	_, err = run(ctx)
	return values, err
}
