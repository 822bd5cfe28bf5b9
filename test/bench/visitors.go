package bench

import (
	"context"
	"fmt"
	"net/http"
	"runtime"
	"strconv"
	"time"

	"github.com/seed-127a5941/parley/siteassist"
	"github.com/seed-127a5941/parley/test/bench/table"
)

// visitorsPart measures the clients of a server that speaks for many visitors.
func visitorsPart() Part {
	return Part{
		Name: "visitors", Title: "One client for each visitor of siteassist, on loopback", Group: "visitors",
		MaxRounds: 2,
		Note: "Each visitor opens a session and asks once who it is, 64 at a time; time is of both calls. By hand a " +
			"visitor is a struct with the token beside one http.Client. The connections are those of all visitors.",
		Open: stateless(measureVisitors),
	}
}

const visitorReply = `{"id":"c2a7e4d9-0b36-4f8e-95d1-7e2a4b6c8d10","type":"anonymous"}`

// visitorsTarget opens sessions and says who the visitor is.
func visitorsTarget() *Target {
	session := []byte(`{"sessionToken":"` + key + `","visitor":` + visitorReply + `}`)
	return Loopback(func(r *http.Request, _ int64) Answer {
		if r.URL.Path == "/v1/identity/init" {
			return Answer{Type: "application/json", Body: session}
		}
		return Answer{Type: "application/json", Body: []byte(visitorReply)}
	})
}

// visitor asks who it is.
type visitor func(context.Context) error

func measureVisitors(ctx context.Context, plan Plan) ([]table.Sample, error) {
	n := plan.load(100_000, 300)
	var samples []table.Sample
	for i, one := range []struct {
		name string
		open func(*Target) (func(device string) (visitor, error), error)
	}{{"net/http by hand", openVisitorsByHand}, {"parley/siteassist", openVisitors}} {
		values, err := holdVisitors(ctx, one.open, n)
		if err != nil {
			return samples, fmt.Errorf("%s: %w", one.name, err)
		}
		samples = append(samples, table.Sample{Group: strconv.Itoa(n), Name: one.name, Floor: i == 0, Values: values})
	}
	return samples, nil
}

func holdVisitors(
	ctx context.Context, open func(*Target) (func(string) (visitor, error), error), n int,
) (map[table.Metric]float64, error) {
	remote, err := startServer("visitors")
	if err != nil {
		return nil, err
	}
	defer remote.Close()
	become, err := open(remote.Target)
	if err != nil {
		return nil, err
	}
	all := make([]visitor, n)
	begin := func(i int) error {
		one, err := become("device-" + strconv.Itoa(i))
		if err != nil {
			return err
		}
		all[i] = one
		return one(ctx)
	}
	if err := each(min(n, 64), begin); err != nil { // the pool's connections are no visitor's memory
		return nil, err
	}
	clear(all)
	base, goroutines, begun := live(), runtime.NumGoroutine(), time.Now()
	if err := each(n, begin); err != nil {
		return nil, err
	}
	took := time.Since(begun)
	values := map[table.Metric]float64{
		table.Time: float64(took) / float64(n), table.Live: (live() - base) / float64(n),
		table.Goroutines: max(0, float64(runtime.NumGoroutine()-goroutines)) / float64(n),
	}
	runtime.KeepAlive(all)
	counters, err := remote.command("")
	values[table.Connections] = float64(counters.Connections)
	return values, err
}

func openVisitors(p *Target) (func(string) (visitor, error), error) {
	site, err := siteassist.NewClient(siteassist.Config{PublishableKey: key, BaseURL: p.URL + "/v1"})
	if err != nil {
		return nil, err
	}
	return func(device string) (visitor, error) {
		c, err := site.ForVisitor(device)
		if err != nil {
			return nil, err
		}
		return func(ctx context.Context) error {
			_, err := c.Identity.Me(ctx)
			return err
		}, nil
	}, nil
}

// handVisitor is a visitor by hand.
type handVisitor struct {
	device, token string
	init, me      *endpoint
}

type handSession struct {
	Token   string     `json:"sessionToken"`
	Visitor handPerson `json:"visitor"`
}

type handPerson struct {
	ID   string `json:"id"`
	Type string `json:"type"`
}

func openVisitorsByHand(p *Target) (func(string) (visitor, error), error) {
	start, err := newEndpoint(p, http.MethodPost, "/v1/identity/init")
	if err != nil {
		return nil, err
	}
	me, err := newEndpoint(p, http.MethodGet, "/v1/identity/me")
	if err != nil {
		return nil, err
	}
	return func(device string) (visitor, error) {
		v := &handVisitor{device: device, init: start, me: me}
		return v.who, nil
	}, nil
}

func (v *handVisitor) who(ctx context.Context) error {
	if v.token == "" {
		session := new(handSession)
		in := struct {
			Key    string `json:"apiKey"`
			Device string `json:"saVid"`
		}{key, v.device}
		if err := v.init.post(ctx, in, session); err != nil {
			return err
		}
		v.token = session.Token
	}
	r := v.me.request(ctx, "")
	r.Header["Authorization"] = []string{"Bearer " + v.token}
	resp, err := v.me.do(r)
	if err != nil {
		return err
	}
	_, err = take(resp, nil, new(handPerson))
	return err
}
