package aisera_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/aisera"
	"github.com/seed-127a5941/parley/aisera/aiseratest"
)

// census counts final frames by their text. It is safe for concurrent use.
type census struct {
	mu    sync.Mutex
	heard map[string]int // by the server
	seen  map[string]int // by a caller or by OnUnsolicited
}

func (c *census) hear(text string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.heard[text]++
}

func (c *census) see(r *aisera.Response) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if r.Final() {
		c.seen[r.Text()]++
	}
}

// complete reports whether each message was heard once, and its answer was seen once.
func (c *census) complete() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	for text, heard := range c.heard {
		if heard != 1 || c.seen[text] != 1 {
			return false
		}
	}
	return len(c.seen) == len(c.heard)
}

// say sends a message in one of the three ways and leaves some of the answers.
func (c *census) say(t *testing.T, conn *aisera.Conn, text string) {
	ctx, cancel := context.WithCancel(context.Background())
	if rand.IntN(3) == 0 {
		ctx, cancel = context.WithTimeout(ctx, time.Duration(rand.IntN(3000))*time.Microsecond)
	}
	defer cancel()
	m := aisera.Text(text)
	m.RequestID = text
	switch rand.IntN(4) {
	case 0:
		for r, err := range conn.Exchange(ctx, m) {
			if err != nil {
				break
			}
			c.see(r)
			if rand.IntN(3) == 0 {
				break
			}
		}
	case 1:
		_, _ = conn.Send(ctx, m)
	default:
		if r, err := conn.Ask(ctx, m); err == nil {
			assert.Equal(t, text, r.Text())
			c.see(r)
		}
	}
}

// However many callers leave their answers at whatever moment, each answer comes to exactly one of Ask, Exchange and
// OnUnsolicited, and Shutdown waits for none that was left.
func TestConn_EachAnswerComesToExactlyOneReceiver(t *testing.T) {
	for _, echo := range []bool{true, false} {
		s := newServer(t)
		s.EchoRequestIDs(echo)
		c := &census{heard: map[string]int{}, seen: map[string]int{}}
		s.Answer(func(m aiseratest.Message) []aiseratest.Reply {
			c.hear(m.Text)
			return []aiseratest.Reply{{Mode: aisera.ModeStatusUpdate}, aiseratest.Say(m.Text)}
		})
		var callers sync.WaitGroup
		var conns []*aisera.Conn
		for n := range 3 {
			conn := dial(t, s, aisera.DialOptions{OnUnsolicited: c.see})
			conns = append(conns, conn)
			for caller := range 4 {
				callers.Go(func() {
					for i := range 50 {
						c.say(t, conn, fmt.Sprint(n, " ", caller, " ", i))
					}
				})
			}
		}
		callers.Wait()
		require.Eventually(t, c.complete, patience, time.Millisecond, "with ids: %v", echo)
		for _, conn := range conns {
			require.NoError(t, conn.Shutdown(soon(t)))
		}
	}
}
