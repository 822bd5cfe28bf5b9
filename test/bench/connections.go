package bench

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"strconv"
	"time"

	nhooyr "nhooyr.io/websocket"

	"github.com/seed-127a5941/parley/aisera"
	"github.com/seed-127a5941/parley/test/bench/table"
)

func idlePart() Part {
	return Part{
		Name: "idle", Title: "Open WebSocket connections, idle", Group: "connections", MaxRounds: 3,
		Plot:    "connections",
		Metrics: []table.Metric{table.Live, table.Goroutines},
		Note: "By hand a goroutine reads each connection, because only a reader learns that it was closed. " +
			"Time is of opening one of them, 64 at a time, with a server of its own.",
		Open: stateless(measureIdle),
	}
}

func asksPart() Part {
	return Part{
		Name: "asks", Title: "Open WebSocket connections, one Ask a second on each", Group: "connections", MaxRounds: 4,
		Note: "All figures are of one Ask: 537 bytes there and back. The server is a process of its own.",
		Open: stateless(measureAsks),
	}
}

// dial opens a connection. ask goes round it once.
type dial func() (conn io.Closer, ask Run, err error)

// dialer is a client that opens many connections.
type dialer struct {
	name string
	open func(*Target) (dial, error)
}

// dialers are the floor and parley.
func dialers(say string) []dialer {
	return []dialer{
		{"nhooyr.io/websocket + encoding/json", func(p *Target) (dial, error) {
			return func() (io.Closer, Run, error) {
				conn, err := dialNhooyr(p)
				if err != nil {
					return nil, nil, err
				}
				return conn, conn.turn(say), nil
			}, nil
		}},
		{"parley/aisera", func(p *Target) (dial, error) {
			c, err := newAisera(p)
			if err != nil {
				return nil, err
			}
			return func() (io.Closer, Run, error) {
				conn, err := dialAisera(c)
				if err != nil {
					return nil, nil, err
				}
				return conn, ask(conn, say), nil
			}, nil
		}},
	}
}

// nhooyrConn is a connection by hand.
type nhooyrConn struct{ conn *nhooyr.Conn }

func dialNhooyr(p *Target) (nhooyrConn, error) {
	conn, _, err := nhooyr.Dial(context.Background(), p.socketURL(), nil)
	return nhooyrConn{conn}, err
}

// Close drops the connection.
func (c nhooyrConn) Close() error { return c.conn.CloseNow() }

func (c nhooyrConn) turn(say string) Run {
	return turn(say,
		func(ctx context.Context, b []byte) error { return c.conn.Write(ctx, nhooyr.MessageText, b) },
		func(ctx context.Context) ([]byte, error) { _, b, err := c.conn.Read(ctx); return b, err })
}

func ask(conn *aisera.Conn, say string) Run {
	message := aisera.Text(say)
	message.RequestID = socketRequest
	return func(ctx context.Context) (Result, error) {
		reply, err := conn.Ask(ctx, message)
		if err != nil {
			return Result{}, err
		}
		return Result{1, len(reply.Answers[0].Text)}, nil
	}
}

// crowd is many connections to a server of their own.
type crowd struct {
	server *server
	conns  []io.Closer
	asks   []Run
}

// openCrowd opens n connections, at most 64 at a time.
func openCrowd(d dialer, n int) (*crowd, error) {
	remote, err := startServer("socket/aisera")
	if err != nil {
		return nil, err
	}
	c := &crowd{server: remote, conns: make([]io.Closer, n), asks: make([]Run, n)}
	dial, err := d.open(remote.Target)
	if err == nil {
		err = each(n, func(i int) (err error) {
			c.conns[i], c.asks[i], err = dial()
			return err
		})
	}
	if err != nil {
		c.close()
		return nil, fmt.Errorf("%s, %d connections: %w", d.name, n, err)
	}
	return c, nil
}

func (c *crowd) close() {
	_ = each(len(c.conns), func(i int) error {
		if c.conns[i] != nil {
			_ = c.conns[i].Close()
		}
		return nil
	})
	c.server.Close()
}

func measureIdle(_ context.Context, plan Plan) ([]table.Sample, error) {
	var samples []table.Sample
	for _, n := range []int{plan.load(1000, 20), plan.load(10_000, 50)} {
		for i, d := range dialers("") {
			values, err := holdIdle(d, n)
			if err != nil {
				return samples, err
			}
			samples = append(samples, table.Sample{Group: strconv.Itoa(n), Name: d.name, Floor: i == 0, Values: values})
		}
	}
	return samples, nil
}

// holdIdle opens n connections and looks at what they hold.
func holdIdle(d dialer, n int) (map[table.Metric]float64, error) {
	if !Ours(d.name) {
		d.open = withReader
	}
	base, goroutines, begun := live(), runtime.NumGoroutine(), time.Now()
	c, err := openCrowd(d, n)
	if err != nil {
		return nil, err
	}
	defer c.close()
	took := time.Since(begun)
	c.asks = nil
	return map[table.Metric]float64{
		table.Time: float64(took) / float64(n), table.Live: (live() - base) / float64(n),
		table.Goroutines: float64(runtime.NumGoroutine()-goroutines) / float64(n),
	}, nil
}

// withReader opens connections by hand that a goroutine reads.
func withReader(p *Target) (dial, error) {
	return func() (io.Closer, Run, error) {
		conn, err := dialNhooyr(p)
		if err != nil {
			return nil, nil, err
		}
		go func() { _, _, _ = conn.conn.Read(context.Background()) }()
		return conn, nil, nil
	}, nil
}

func measureAsks(ctx context.Context, plan Plan) ([]table.Sample, error) {
	n := plan.load(4000, 20)
	say := words(frameSize - len(encode(newFrame(""))))
	var samples []table.Sample
	for i, d := range dialers(say) {
		values, err := askAll(ctx, plan, d, n)
		if err != nil {
			return samples, err
		}
		samples = append(samples, table.Sample{Group: strconv.Itoa(n), Name: d.name, Floor: i == 0, Values: values})
	}
	return samples, nil
}

// askAll lets each of n connections ask once a second.
func askAll(ctx context.Context, plan Plan, d dialer, n int) (map[table.Metric]float64, error) {
	c, err := openCrowd(d, n)
	if err != nil {
		return nil, err
	}
	defer c.close()
	run := func(i int) error {
		_, err := c.asks[i](ctx)
		return err
	}
	if _, err := paced(ctx, n, time.Second, plan.lasting(time.Second), run); err != nil { // warm up
		return nil, fmt.Errorf("%s: %w", d.name, err)
	}
	runtime.GC()
	before := usageNow()
	got, err := paced(ctx, n, time.Second, plan.lasting(4*time.Second), run)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", d.name, err)
	}
	_, _, allocs, bytes := usageNow().since(before)
	values := got.values()
	values[table.Allocs], values[table.Bytes] = allocs/float64(len(got.took)), bytes/float64(len(got.took))
	return values, nil
}
