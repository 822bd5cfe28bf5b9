package main

import (
	"slices"

	"github.com/seed-127a5941/parley/test/bench/table"
)

// These names appear in many aims.
const (
	memory, loopback = "memory", "loopback"

	raia, siteassist  = "parley/raia", "parley/siteassist"
	syntphony, aisera = "parley/syntphony", "parley/aisera"
)

// sends are the formats of part send, with the most that a call may cost in memory.
var sends = []struct {
	group, name string
	time        float64
}{
	{"raia", raia, 1.20}, {"siteassist", siteassist, 1.20}, {"syntphony turn", syntphony, 1.30},
	{"syntphony session", syntphony, 1.30}, {"aisera", aisera, 1.30},
}

// aims are the figures that parley is to reach.
func aims() []table.Aim {
	return slices.Concat(sendAims(), sharedAims(), listAims(), uploadAims(), streamAims(), tokenAims(), socketAims(),
		otherAims(), newerAims())
}

// row names a row of a part.
type row struct{ part, group, name string }

func (r row) aim(work string, m table.Metric, as table.Form, limit float64) table.Aim {
	return table.Aim{Work: work, Part: r.part, Group: r.group, Name: r.name, Metric: m, As: as, Limit: limit}
}

// on says that an aim is one of another side than the present build.
func on(side string, aim table.Aim) table.Aim {
	aim.Side = side
	return aim
}

func sendAims() (all []table.Aim) {
	for _, s := range sends {
		all = append(all, row{"send/" + memory, s.group, s.name}.aim(
			"send, in memory, one caller: "+s.group, table.Time, table.RatioAtMost, s.time))
	}
	for _, where := range []struct {
		name  string
		limit float64
	}{{memory, 16}, {loopback, 20}} {
		for _, s := range sends {
			all = append(all, table.Aim{
				Work: "allocations above the floor, " + where.name + ": " + s.group, Part: "send/" + where.name,
				Group: s.group, Name: s.name, Metric: table.Allocs, As: table.ExcessAtMost, Limit: where.limit,
			})
		}
	}
	return all
}

func sharedAims() (all []table.Aim) {
	add := func(work, where, goroutines string, m table.Metric, as table.Form, limit float64) {
		all = append(all, table.Aim{
			Work: work + ": " + goroutines, Part: "shared/" + where, Group: goroutines, Name: raia, Metric: m, As: as,
			Limit: limit,
		})
	}
	for _, n := range []string{"1", "8", "64", "512"} {
		add("calls a second, on loopback, goroutines", loopback, n, table.Rate, table.RatioAtLeast, 0.92)
	}
	for _, n := range []string{"1", "8", "64", "512"} {
		add("CPU of a call, on loopback, goroutines", loopback, n, table.CPU, table.RatioAtMost, 1.12)
	}
	for _, n := range []string{"8", "64"} {
		add("calls a second, in memory, goroutines", memory, n, table.Rate, table.RatioAtLeast, 0.85)
	}
	for _, n := range []string{"8", "64"} {
		add("p99, in memory, goroutines", memory, n, table.P99, table.RatioAtMost, 1.2)
	}
	return append(all,
		row{"connections", "512", raia}.aim(
			"new connections of 512 callers in 1.5 s", table.Connections, table.AtMost, 520),
		row{"connections", "512", raia}.aim(
			"of them after the first second", table.LateDials, table.AtMost, 0))
}

func listAims() []table.Aim {
	const part, lean = "list/" + memory, "raia, lean items"
	return []table.Aim{
		row{part, "raia", raia}.aim("list 10 000 full items: time",
			table.Time, table.RatioAtMost, 1.03),
		row{part, lean, raia}.aim("list 10 000 lean items: time",
			table.Time, table.RatioAtMost, 1.05),
		row{part, lean, raia}.aim("list 10 000 lean items: bytes",
			table.Bytes, table.RatioAtMost, 1.5),
	}
}

func uploadAims() (all []table.Aim) {
	for _, where := range []string{memory, loopback} {
		for _, u := range []struct{ group, name string }{
			{"raia", raia}, {"syntphony audio", syntphony}, {"raia, signed URL", raia},
		} {
			all = append(all, row{"upload/" + where, u.group, u.name}.aim(
				"upload 16 MB, "+where+": "+u.group, table.Time, table.RatioAtMost, 1.05))
		}
	}
	return all
}

func streamAims() []table.Aim {
	const part, open = "stream/" + memory, "10000"
	return []table.Aim{
		row{part, "siteassist", siteassist}.aim("event stream decoded: text deltas",
			table.Time, table.RatioAtMost, 0.40),
		row{part, "siteassist, agent", siteassist}.aim("event stream decoded: an agent's",
			table.Time, table.RatioAtMost, 0.60),
		row{"streams", open, siteassist}.aim("10 000 open streams: live heap each",
			table.Live, table.AtMost, 19.5*1024),
		row{"streams", open, siteassist}.aim("10 000 open streams: goroutines each",
			table.Goroutines, table.AtMost, 2),
	}
}

func tokenAims() []table.Aim {
	return []table.Aim{
		row{"churn", "50ms", syntphony + ", TokenSource"}.aim(
			"256 callers, TokenSource, tokens of 1 s: p99, endpoint of 50 ms", table.P99, table.RatioAtMost, 1.5),
		row{"churn", "300ms", syntphony + ", TokenSource"}.aim(
			"256 callers, TokenSource, tokens of 1 s: p99, endpoint of 300 ms", table.P99, table.RatioAtMost, 1.5),
		row{"churn", "50ms", syntphony + ", Keycloak"}.aim(
			"256 callers, Keycloak, tokens of 1 s: p99, endpoint of 50 ms", table.P99, table.RatioAtMost, 1.5),
		row{"churn", "300ms", syntphony + ", Keycloak"}.aim(
			"256 callers, Keycloak, tokens of 1 s: p99, endpoint of 300 ms", table.P99, table.RatioAtMost, 1.5),
		row{"send/" + memory, "siteassist, TokenSource", siteassist}.aim(
			"siteassist with oauth2.StaticTokenSource, in memory",
			table.Time, table.RatioAtMost, 1.2),
	}
}

func socketAims() []table.Aim {
	const part, asks, idle = "socket/" + loopback, "asks", "idle"
	return []table.Aim{
		row{part, "aisera", aisera}.aim("WebSocket round trip, one connection",
			table.Time, table.RatioAtMost, 1.10),
		row{asks, "4000", aisera}.aim("4 000 connections, an Ask a second each: CPU",
			table.CPU, table.RatioAtMost, 1.3),
		row{part, "aisera", aisera}.aim("allocations of an Ask",
			table.Allocs, table.AtMost, 28),
		row{idle, "10000", aisera}.aim("10 000 idle connections: live heap each",
			table.Live, table.AtMost, 13*1024),
		row{idle, "10000", aisera}.aim("10 000 idle connections: goroutines each",
			table.Goroutines, table.AtMost, 2),
	}
}

// otherAims are of what a user notices less.
func otherAims() []table.Aim {
	const parser = "parley/internal/sse"
	return []table.Aim{
		row{"send/" + loopback, "raia", raia}.aim("send, on loopback, one caller: raia",
			table.Time, table.RatioAtMost, 1.05),
		row{"send/" + loopback, "raia", raia}.aim("the same: writes to the socket",
			table.Writes, table.AtMost, 1),
		row{"list/" + memory, "raia", raia}.aim("list 10 000 full items: live heap",
			table.Live, table.RatioAtMost, 2),
		row{"upload/" + memory, "raia", raia}.aim("upload 16 MB: live heap",
			table.Live, table.AtMost, 128*1024),
		row{"parse/" + memory, "siteassist", parser}.aim("event stream parsed only: time",
			table.Time, table.RatioAtMost, 1.5),
		row{"parse/" + memory, "siteassist", parser}.aim("event stream parsed only: allocations of an event",
			table.Allocs, table.AtMost, 0),
	}
}

// newerAims are those of a build that decodes with encoding/json/v2, against the floor of the usual build.
func newerAims() (all []table.Aim) {
	const side = "json/v2"
	all = []table.Aim{
		on(side, row{"list/" + memory, "raia", raia}.aim("json/v2: list 10 000 full items",
			table.Time, table.RatioAtMost, 0.6)),
		on(side, row{"list/" + memory, "raia, lean items", raia}.aim("json/v2: list 10 000 lean items",
			table.Time, table.RatioAtMost, 0.6)),
		on(side, row{"stream/" + memory, "siteassist, agent", siteassist}.aim("json/v2: an agent's event stream",
			table.Time, table.RatioAtMost, 0.5)),
	}
	for _, s := range sends {
		all = append(all, table.Aim{
			Work: "json/v2: send, in memory: " + s.group, Part: "send/" + memory, Group: s.group, Name: s.name,
			Metric: table.Time, As: table.RatioAtMost, Limit: 1.1, Side: side,
		})
	}
	return all
}
