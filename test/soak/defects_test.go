package soak

import (
	"context"
	"errors"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/aisera"
	"github.com/seed-127a5941/parley/raia"
)

// plant is a defect of a client, with the rule that must notice it.
type plant struct {
	vendor string
	fault  string
	rule   Rule
	change func(t *testing.T) func(*soak, call) call
}

// on changes the calls of one kind.
func on(kind string, do func(s *soak, c call, ctx context.Context, id string) (string, error)) func(*testing.T) func(
	*soak, call) call {
	return func(*testing.T) func(*soak, call) call {
		return func(s *soak, c call) call {
			if c.kind != kind {
				return c
			}
			inner := c
			c.do = func(ctx context.Context, id string) (string, error) { return do(s, inner, ctx, id) }
			return c
		}
	}
}

var plants = map[string]plant{
	"a call that left is called not sent": {"raia", "reset down", RuleNotSent, on("send",
		func(_ *soak, c call, ctx context.Context, id string) (string, error) {
			wrong, err := c.do(ctx, id)
			if errors.Is(err, raia.ErrDeliveryUnknown) {
				err = raia.ErrNotSent
			}
			return wrong, err
		})},
	"an unknown message is sent again": {"aisera", "none", RuleResent, on("ask, lasting",
		func(_ *soak, c call, ctx context.Context, id string) (string, error) {
			wrong, err := c.do(ctx, id)
			if err == nil {
				_, _ = c.do(ctx, id)
			}
			return wrong, err
		})},
	"a message is sent when its call has ended": {"aisera", "none", RuleAfter, sentLater},
	"an answer comes to its caller and unasked": {"aisera", "none", RuleStray, on("ask",
		func(s *soak, c call, ctx context.Context, id string) (string, error) {
			defer s.ledger.Unasked(answerTo(id))
			return c.do(ctx, id)
		})},
	"each answer is one question late": {"aisera without ids", "none", RuleWhole, oneLate},
	"a call outlasts its context": {"syntphony", "silence", RulePatience, on("send",
		func(s *soak, c call, ctx context.Context, id string) (string, error) {
			wrong, err := c.do(ctx, id)
			if ctx.Err() != nil {
				time.Sleep(2 * s.options.grace)
			}
			return wrong, err
		})},
	"a client never works again after an error": {"raia", "cut up", RuleLive, func(*testing.T) func(*soak, call) call {
		var broken sync.Map // by kind
		return func(_ *soak, c call) call {
			inner := c.do
			c.do = func(ctx context.Context, id string) (string, error) {
				if _, is := broken.Load(c.kind); is {
					return "", raia.ErrClosed
				}
				wrong, err := inner(ctx, id)
				if err != nil {
					broken.Store(c.kind, true)
				}
				return wrong, err
			}
			return c
		}
	}},
	"memory is kept of each message": {"siteassist", "none", RuleMemory, func(t *testing.T) func(*soak, call) call {
		var mu sync.Mutex
		kept := map[int][]byte{}
		t.Cleanup(func() { clear(kept) })
		return func(_ *soak, c call) call {
			mu.Lock()
			defer mu.Unlock()
			kept[len(kept)] = make([]byte, 1<<20)
			return c
		}
	}},
	"connections are left open": {"raia", "none", RuleConns, func(t *testing.T) func(*soak, call) call {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		require.NoError(t, err)
		t.Cleanup(func() { _ = listener.Close() })
		return func(_ *soak, c call) call {
			conn, err := net.Dial("tcp", listener.Addr().String())
			if err == nil {
				t.Cleanup(func() { _ = conn.Close() })
			}
			return c
		}
	}},
}

// sentLater returns from a call at once and sends its message afterwards.
func sentLater(t *testing.T) func(*soak, call) call {
	var later sync.WaitGroup
	t.Cleanup(later.Wait)
	return on("ask, lasting", func(_ *soak, c call, _ context.Context, id string) (string, error) {
		later.Go(func() {
			time.Sleep(10 * time.Millisecond)
			ctx, cancel := context.WithTimeout(context.Background(), attemptTimeout)
			defer cancel()
			_, _ = c.do(ctx, id)
		})
		return "", errors.New("busy")
	})(t)
}

// oneLate gives each caller the answer to the question before.
func oneLate(*testing.T) func(*soak, call) call {
	var mu sync.Mutex
	before := newID(0, 0)
	return func(_ *soak, c call) call {
		inner := c
		c.do = func(ctx context.Context, id string) (string, error) {
			wrong, err := inner.do(ctx, id)
			mu.Lock()
			defer mu.Unlock()
			if err == nil && inner.waits {
				wrong = compare(answerTo(before), answerTo(id))
				before = id
			}
			return wrong, err
		}
		return c
	}
}

// The rules notice defects that are planted in the clients, over real sockets.
func TestRun_NoticesPlantedDefects(t *testing.T) {
	for name, p := range plants {
		t.Run(name, func(t *testing.T) {
			report, err := Run(t.Context(), Options{
				Seed: 30, Duration: 20 * time.Second, Calls: 60, Messages: 150, Vendors: []string{p.vendor},
				faults: []string{p.fault}, plant: p.change(t), recovery: 300 * time.Millisecond,
				settling: 300 * time.Millisecond, grace: 300 * time.Millisecond,
			})
			require.NoError(t, err)
			assert.Positive(t, report.Audit.Broken(p.rule), "%v", report.Audit.Violations)
		})
	}
}

// Sessions that are never closed leave goroutines behind. Some end by themselves, because the server refuses them.
func TestRun_NoticesSessionsThatAreLeft(t *testing.T) {
	var kept []*aisera.Conn
	defer func() {
		for _, conn := range kept {
			_ = conn.Close()
		}
	}()
	var mu sync.Mutex
	report, err := Run(t.Context(), Options{
		Seed: 31, Duration: 20 * time.Second, Calls: 20, Messages: 20, Vendors: []string{"aisera"},
		faults: []string{"none"}, settling: 300 * time.Millisecond,
		plant: func(s *soak, c call) call {
			mu.Lock()
			defer mu.Unlock()
			if conn, err := s.sides[0].(*aiseraSide).direct(t); err == nil {
				kept = append(kept, conn)
			}
			return c
		},
	})
	require.NoError(t, err)
	assert.NotEmpty(t, report.Leaked)
	assert.ErrorContains(t, report.Err(), "left behind")
}

// direct dials without a route.
func (s *aiseraSide) direct(t *testing.T) (*aisera.Conn, error) {
	c, err := aisera.NewClient(s.server.Config())
	require.NoError(t, err)
	return c.Dial(t.Context(), faultUser, aisera.DialOptions{})
}

// A call that ignores its context hangs where only the context could end it.
func TestRun_NoticesACallThatIgnoresItsContext(t *testing.T) {
	stop, cancel := context.WithCancel(context.Background())
	var left sync.WaitGroup
	defer left.Wait()
	defer cancel()
	_, err := Run(t.Context(), Options{
		Seed: 32, Duration: 20 * time.Second, Calls: 40, Messages: 1, Vendors: []string{"raia"},
		faults: []string{"silence"}, Limit: 2 * time.Second,
		plant: func(_ *soak, c call) call {
			inner := c.do
			c.do = func(_ context.Context, id string) (string, error) {
				left.Add(1)
				defer left.Done()
				return inner(stop, id)
			}
			return c
		},
	})
	assert.ErrorContains(t, err, "it hangs")
}

// session dials a watched session.
func session(t *testing.T) (*Ledger, *aisera.Conn, *aisera.Client) {
	l := NewLedger()
	s := aiseraSideOf("aisera", l)
	t.Cleanup(s.close)
	watched, c, err := s.watched(s.server.Config())
	require.NoError(t, err)
	t.Cleanup(watched.CloseIdleConnections)
	conn, err := c.Dial(t.Context(), faultUser, aisera.DialOptions{})
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	return l, conn, c
}

// A client that takes a message, says that it was written, and writes it behind the next one.
func TestOrder_NoticesAClientThatHoldsAMessageBack(t *testing.T) {
	l, conn, _ := session(t)
	first, second := newID(1, 1), newID(1, 2)
	for _, id := range []string{first, second} {
		l.Begin(Entry{ID: id, Vendor: "aisera", Kind: "socket send"})
		l.Arrived(id)
		if id == second {
			_, err := conn.Send(t.Context(), aisera.Text(id))
			require.NoError(t, err)
		}
		l.End(id, Entry{Outcome: Written})
	}
	assert.Empty(t, l.Audit().Violations)
	_, err := conn.Send(t.Context(), aisera.Text(first))
	require.NoError(t, err)
	audit := l.Audit()
	assert.Equal(t, 1, audit.Broken(RuleOrder))
	assert.Equal(t, 1, audit.Broken(RuleAfter))
	assert.Len(t, audit.Violations, 2)
}

// A client that uses a new connection while the former one is open cannot know whether that one's messages are settled.
func TestOrder_NoticesASecondConnectionBesideTheFirst(t *testing.T) {
	l, first, c := session(t)
	second, err := c.Dial(t.Context(), faultUser, aisera.DialOptions{})
	require.NoError(t, err)
	defer second.Close()
	for n, conn := range []*aisera.Conn{first, second} {
		id := newID(1, int64(n))
		l.Begin(Entry{ID: id, Vendor: "aisera", Kind: "ask", Waits: true})
		l.Arrived(id)
		_, err := conn.Ask(t.Context(), aisera.Text(id))
		require.NoError(t, err)
		l.End(id, Entry{Outcome: Done})
	}
	audit := l.Audit()
	require.Len(t, audit.Violations, 1)
	assert.Equal(t, RuleOrder, audit.Violations[0].Rule)
	assert.Equal(t, newID(1, 1), audit.Violations[0].Entry.ID)
}
