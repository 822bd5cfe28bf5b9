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

// sample is the median of rounds at each load, after one that warms up.
func sample(loads []int, rounds int, measure func(load int) (Point, error)) ([]Point, error) {
	var points []Point
	for _, load := range loads {
		var times, bytes, goroutines []float64
		for round := range rounds + 1 {
			p, err := measure(load)
			if err != nil {
				return nil, err
			}
			if round > 0 {
				times, bytes, goroutines = append(times, p.Nanoseconds), append(bytes, p.Bytes), append(goroutines, p.Goroutines)
			}
		}
		points = append(points, Point{load, Quantile(times, 0.5), Quantile(bytes, 0.5), Quantile(goroutines, 0.5)})
	}
	return points, nil
}

// callers lets 1 to 1 000 goroutines send at once over loopback.
func callers(ctx context.Context, rounds int) (Growth, error) {
	g := Growth{
		Name: "callers", Title: "One message, by concurrent callers (loopback)", Load: "concurrent callers", Unit: "call",
		Memory: "allocated, server included",
	}
	format := raiaSend()
	for _, subject := range []Subject{{Name: "net/http, 100 idle connections", Open: pooled(100, format.Floor.Open)}, format.Subjects[0]} {
		points, err := sample([]int{1, 10, 100, 1000}, rounds, func(load int) (Point, error) {
			each := max(10_000/load, 5)
			before := memStats().TotalAlloc
			_, took, err := sendAtOnce(ctx, &format, subject, load, each)
			calls := float64(load * each)
			return Point{Nanoseconds: float64(took) / calls, Bytes: float64(memStats().TotalAlloc-before) / calls}, err
		})
		if err != nil {
			return g, fmt.Errorf("growth of callers: %w", err)
		}
		g.Curves = append(g.Curves, Curve{subject.Name, points})
	}
	return g, nil
}

// lists walks lists of 100 to 100 000 items in memory.
func lists(ctx context.Context, rounds int) (Growth, error) {
	g := Growth{
		Name: "lists", Title: "List, by its length (in memory, pages of 100)", Load: "items", Unit: "page", Memory: "allocated",
	}
	for _, subject := range []Subject{{Name: "net/http", Open: openRaiaWalk}, parleyList()} {
		points, err := sample([]int{100, 1_000, 10_000, 100_000}, rounds, func(load int) (Point, error) {
			return walkOnce(ctx, subject, load/pageSize)
		})
		if err != nil {
			return g, fmt.Errorf("growth of lists: %w", err)
		}
		g.Curves = append(g.Curves, Curve{subject.Name, points})
	}
	return g, nil
}

// walkOnce walks count pages.
func walkOnce(ctx context.Context, subject Subject, count int) (Point, error) {
	place := Memory(numbered(raiaPages(count))())
	run, err := subject.Open(place)
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
	for _, subject := range []struct {
		name string
		dial func(*Place) (io.Closer, error)
	}{{"nhooyr.io/websocket", dialNhooyr}, {"parley/aisera", func(p *Place) (io.Closer, error) { return dialAisera(p) }}} {
		points, err := sample([]int{1, 10, 100, 1000, 2000}, rounds, func(load int) (Point, error) {
			return hold(place, load, subject.dial)
		})
		if err != nil {
			return g, fmt.Errorf("growth of connections: %w", err)
		}
		g.Curves = append(g.Curves, Curve{subject.name, points})
	}
	return g, nil
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
