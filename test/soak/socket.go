package soak

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/seed-127a5941/parley/aisera"
)

// socket is one WebSocket connection of a worker.
type socket struct {
	job  *job
	conn *aisera.Conn
}

// connect opens a connection, sends messages over it and closes it.
func (s *aiseraSide) connect(j *job, c *aisera.Client) {
	options := aisera.DialOptions{
		NoReconnect: j.random.IntN(3) == 0, MinBackoff: 5 * time.Millisecond, MaxBackoff: 50 * time.Millisecond,
		PingInterval: 100 * time.Millisecond, PongTimeout: attemptTimeout,
	}
	if j.random.IntN(2) == 0 {
		options.OnUnsolicited = func(*aisera.Response) {}
	}
	k := &socket{job: j}
	err := j.run(call{
		kind: "dial", idempotent: true, silent: true, aside: true,
		do: func(ctx context.Context, _ string) (_ string, err error) {
			k.conn, err = c.Dial(ctx, faultUser, options)
			return "", err
		},
	})
	if err == nil {
		k.talk()
	}
}

// talk sends a few messages one after another or at once, and one message too late.
func (k *socket) talk() {
	r := k.job.random
	for range between(r, 1, 8) {
		switch r.IntN(5) {
		case 0:
			k.send()
		case 1:
			k.leave()
		case 2:
			k.together()
		case 3:
			k.run("exchange", nil, k.exchange)
		default:
			k.run("ask", nil, k.ask)
		}
	}
	k.part()
	k.late()
}

// part closes the connection, in half of the cases while a message is being sent.
func (k *socket) part() {
	var saying sync.WaitGroup
	if k.job.random.IntN(2) == 0 {
		saying.Go(k.apart().send)
	}
	over := k.job.soak.dog.begin("closing a connection through " + k.job.route.fault.name)
	_ = k.conn.Close()
	over()
	saying.Wait()
}

// apart returns k for another goroutine.
func (k *socket) apart() *socket {
	other := *k.job
	other.random = k.job.fork()
	return &socket{job: &other, conn: k.conn}
}

func (k *socket) run(kind string, outcome func(error) Outcome, do func(context.Context, string) (string, error)) {
	_ = k.job.run(call{kind: kind, message: true, outcome: outcome, do: do})
}

// message returns a message with id. For a narrow route the message is large.
func (k *socket) message(id string) aisera.Message {
	m := aisera.Text(id)
	if k.job.route.fault.narrow {
		m.SessionVars = map[string]any{"padding": strings.Repeat("padding ", int(hash(id)%20_000))}
	}
	return m
}

// ask expects the last frame of the answer.
func (k *socket) ask(ctx context.Context, id string) (string, error) {
	reply, err := k.conn.Ask(ctx, k.message(id))
	if err != nil {
		return "", err
	}
	return compare(reply.Text(), answerTo(id)), nil
}

// exchange expects all frames. Each must be the beginning of the answer, and the last one the whole answer.
func (k *socket) exchange(ctx context.Context, id string) (string, error) {
	text, final := "", false
	for reply, err := range k.conn.Exchange(ctx, k.message(id)) {
		if err != nil {
			return "", err
		}
		if reply.Mode != aisera.ModeStatusUpdate {
			text, final = reply.Text(), reply.Final()
		}
		if !strings.HasPrefix(answerTo(id), text) {
			return compare(text, answerTo(id)), nil
		}
	}
	if !final {
		return "the exchange ended without its end", nil
	}
	return compare(text, answerTo(id)), nil
}

// written returns the outcome of a message that was sent without waiting for its answer.
func written(err error) Outcome {
	if err == nil {
		return Written
	}
	return OutcomeOf(err)
}

func (k *socket) send() {
	k.run("socket send", written, func(ctx context.Context, id string) (string, error) {
		_, err := k.conn.Send(ctx, k.message(id))
		return "", err
	})
}

// leave reads only the first frame of an answer. The other frames must not become part of the next answer.
func (k *socket) leave() {
	k.run("exchange, left", written, func(ctx context.Context, id string) (string, error) {
		for _, err := range k.conn.Exchange(ctx, k.message(id)) {
			return "", err
		}
		return "the exchange yielded nothing", nil
	})
}

// together asks three questions at once.
func (k *socket) together() {
	var asking sync.WaitGroup
	for range 3 {
		one := k.apart()
		asking.Go(func() { one.run("ask at once", nil, one.ask) })
	}
	asking.Wait()
}

// late sends a message after Close. It must be refused without a byte on the wire.
func (k *socket) late() {
	k.run("after close", nil, func(ctx context.Context, id string) (string, error) {
		_, err := k.conn.Send(ctx, k.message(id))
		if !errors.Is(err, aisera.ErrClosed) {
			return "it does not match ErrClosed", err
		}
		return "", err
	})
}
