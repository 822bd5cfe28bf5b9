package bench

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"time"

	nhooyr "nhooyr.io/websocket"

	"github.com/seed-127a5941/parley/aisera"
)

// Point is what one unit costs at a load.
type Point struct {
	Load        int
	Nanoseconds float64
	Bytes       float64
	Goroutines  float64 // of connections only
}

// Curve is how the cost of one unit grows with the load.
type Curve struct {
	Name   string
	Points []Point
}

// Growth is one plot: time and memory of a unit.
type Growth struct {
	Name, Title, Load, Unit string
	Memory                  string // what Bytes are
	Curves                  []Curve
}

// Growths measures all plots. Each point is the median of rounds.
func Growths(ctx context.Context, rounds int) ([]Growth, error) {
	var all []Growth
	for _, measure := range []func(context.Context, int) (Growth, error){callers, lists, connections} {
		g, err := measure(ctx, rounds)
		if err != nil {
			return nil, err
		}
		all = append(all, g)
	}
	return all, nil
}

// contestant is who a curve is of.
type contestant struct {
	name string
	cost func(load int) (Point, error)
}

// sample makes the curves: each point is the median of rounds in which the contestants alternate, after one to warm up.
func sample(loads []int, rounds int, all ...contestant) ([]Curve, error) {
	curves := make([]Curve, len(all))
	for _, load := range loads {
		points := make([][]Point, len(all))
		for round := range rounds + 1 {
			for i, who := range all {
				p, err := who.cost(load)
				if err != nil {
					return nil, fmt.Errorf("growth, %s: %w", who.name, err)
				}
				if round > 0 {
					points[i] = append(points[i], p)
				}
			}
		}
		for i, who := range all {
			curves[i].Name = who.name
			curves[i].Points = append(curves[i].Points, median(load, points[i]))
		}
	}
	return curves, nil
}

func median(load int, points []Point) Point {
	of := func(value func(Point) float64) float64 {
		var values []float64
		for _, p := range points {
			values = append(values, value(p))
		}
		return Quantile(values, 0.5)
	}
	return Point{
		Load: load, Nanoseconds: of(func(p Point) float64 { return p.Nanoseconds }),
		Bytes: of(func(p Point) float64 { return p.Bytes }), Goroutines: of(func(p Point) float64 { return p.Goroutines }),
	}
}

// callers lets 1 to 1 000 goroutines send at once over loopback.
func callers(ctx context.Context, rounds int) (Growth, error) {
	g := Growth{
		Name: "callers", Title: "One message, by concurrent callers (loopback)", Load: "concurrent callers", Unit: "call",
		Memory: "allocated, server included",
	}
	format := raiaSend()
	by := func(name string, open func(*Place) (Run, error)) contestant {
		return contestant{name, func(load int) (Point, error) {
			each := max(10_000/load, 50) // enough for the dials of 1 000 callers not to count for all
			before := memStats().TotalAlloc
			_, took, err := sendAtOnce(ctx, &format, Subject{Open: open}, load, each)
			calls := float64(load * each)
			return Point{Nanoseconds: float64(took) / calls, Bytes: float64(memStats().TotalAlloc-before) / calls}, err
		}}
	}
	var err error
	g.Curves, err = sample([]int{1, 10, 100, 1000}, rounds,
		by("net/http, 100 idle connections", pooled(100, format.Floor.Open)), by("parley/raia", format.Subjects[0].Open))
	return g, err
}

// lists walks lists of 100 to 100 000 items in memory.
func lists(ctx context.Context, rounds int) (Growth, error) {
	g := Growth{
		Name: "lists", Title: "List, by its length (in memory, pages of 100)", Load: "items", Unit: "page", Memory: "allocated",
	}
	by := func(name string, open func(*Place) (Run, error)) contestant {
		return contestant{name, func(load int) (Point, error) { return walkOnce(ctx, open, load/pageSize) }}
	}
	var err error
	g.Curves, err = sample([]int{100, 1_000, 10_000, 100_000}, rounds, by("net/http", openRaiaWalk), by("parley/raia", parleyList().Open))
	return g, err
}

// walkOnce walks count pages.
func walkOnce(ctx context.Context, open func(*Place) (Run, error), count int) (Point, error) {
	place := Memory(numbered(raiaPages(count))())
	run, err := open(place)
	if err != nil {
		return Point{}, err
	}
	runtime.GC()
	before, begun := memStats().TotalAlloc, time.Now()
	if _, err := run(ctx); err != nil {
		return Point{}, err
	}
	took := time.Since(begun)
	return Point{
		Nanoseconds: float64(took) / float64(count), Bytes: float64(memStats().TotalAlloc-before) / float64(count),
	}, nil
}

// connections holds 1 to 2 000 idle WebSockets to a server in another process.
func connections(ctx context.Context, rounds int) (Growth, error) {
	g := Growth{
		Name: "connections", Title: "Open WebSocket connections (idle, server in another process)", Load: "connections",
		Unit: "connection", Memory: "live heap",
	}
	address, stop, err := socketServer(ctx)
	if err != nil {
		return g, err
	}
	defer stop()
	place := &Place{URL: address, Seen: new(Seen)}
	by := func(name string, dial func(*Place) (io.Closer, error)) contestant {
		return contestant{name, func(load int) (Point, error) { return hold(place, load, dial) }}
	}
	g.Curves, err = sample([]int{1, 10, 100, 1000, 2000}, rounds, by("nhooyr.io/websocket", dialNhooyr),
		by("parley/aisera", func(p *Place) (io.Closer, error) { return dialAisera(p) }))
	return g, err
}

type nhooyrConn struct{ *nhooyr.Conn }

func (c nhooyrConn) Close() error { return c.CloseNow() }

func dialNhooyr(p *Place) (io.Closer, error) {
	conn, _, err := nhooyr.Dial(context.Background(), p.socketURL(), nil)
	return nhooyrConn{conn}, err
}

var _ io.Closer = (*aisera.Conn)(nil)

// hold dials load connections, looks at what they hold, and closes them.
func hold(place *Place, load int, dial func(*Place) (io.Closer, error)) (Point, error) {
	open := make([]io.Closer, 0, load)
	defer func() {
		for _, conn := range open {
			_ = conn.Close()
		}
	}()
	heap, goroutines, begun := live(), runtime.NumGoroutine(), time.Now()
	for range load {
		conn, err := dial(place)
		if err != nil {
			return Point{}, err
		}
		open = append(open, conn)
	}
	took := time.Since(begun)
	return Point{
		Nanoseconds: float64(took) / float64(load), Bytes: max(0, live()-heap) / float64(load),
		Goroutines: float64(runtime.NumGoroutine()-goroutines) / float64(load),
	}, nil
}

// ServeSockets is the argument with which this program is nothing but a WebSocket server: it prints its address and ends
// when its input does.
const ServeSockets = "serve-sockets"

// RunSocketServer serves until in ends.
func RunSocketServer(in io.Reader, out io.Writer) {
	place := socketPlace()
	defer place.Close()
	fmt.Fprintln(out, place.URL)
	_, _ = io.Copy(io.Discard, in)
}

// socketServer starts this program again as a server, so that its memory is not counted.
func socketServer(ctx context.Context) (address string, stop func(), err error) {
	self, err := os.Executable()
	if err != nil {
		return "", nil, err
	}
	server := exec.CommandContext(ctx, self, ServeSockets)
	in, err := server.StdinPipe()
	if err != nil {
		return "", nil, err
	}
	out, err := server.StdoutPipe()
	if err != nil {
		return "", nil, err
	}
	if err := server.Start(); err != nil {
		return "", nil, err
	}
	stop = func() { _ = in.Close(); _ = server.Wait() }
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		stop()
		return "", nil, err
	}
	return line[:len(line)-1], stop, nil
}
