package soak

import (
	"context"
	"math/rand/v2"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestRun_LedgerHolds(t *testing.T) {
	report, err := Run(t.Context(), Options{Seed: 20, Duration: 30 * time.Second, Calls: 2500, Messages: 500})
	require.NoError(t, err)
	var out strings.Builder
	report.Print(&out)
	t.Log(out.String())
	require.NoError(t, report.Err())
	total := report.Audit.Total()
	assert.Positive(t, total.UnknownProcessed, "a lost answer must have hidden a success")
	assert.Less(t, total.UnknownProcessed, total.Unknown, "and a failure")
	assert.Positive(t, report.Retries)
	for _, fault := range faults() {
		assert.Contains(t, out.String(), "fault "+fault.name)
	}
	for _, vendor := range vendors() {
		assert.NotEmpty(t, report.Audit.Rows(vendor.name))
	}
}

// A client that repeats calls which it must not repeat is a broken client, unless the ledger was told that it may.
func TestRun_NoticesABrokenClient(t *testing.T) {
	report, err := Run(t.Context(), Options{
		Seed: 21, Duration: 30 * time.Second, Calls: 600, Messages: 1, Vendors: []string{"raia", "syntphony"},
		careless: true,
	})
	require.NoError(t, err)
	assert.ErrorContains(t, report.Err(), "rules were broken")
	assert.Positive(t, report.Audit.Broken(RuleTwice))
}

func TestRun_EndsWhenTheContextEnds(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	started := time.Now()
	_, _ = Run(ctx, Options{Seed: 22, Vendors: []string{"syntphony"}, Workers: 4})
	assert.Less(t, time.Since(started), 20*time.Second)
}

func TestWatchdog_NoticesACallThatHangs(t *testing.T) {
	w := newWatchdog(20 * time.Millisecond)
	over := w.begin("a call that ends")
	over()
	defer w.begin("raia send through \"reset down\"")()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	w.watch(ctx)
	select {
	case <-w.hung:
	default:
		t.Fatal("it was not noticed")
	}
	err := w.err()
	assert.ErrorContains(t, err, "raia send through \"reset down\" has been running for")
	assert.NotContains(t, err.Error(), "a call that ends")
	assert.ErrorContains(t, err, "TestWatchdog_NoticesACallThatHangs", "the stacks tell where")
}

func TestOfSDK(t *testing.T) {
	const mine = "goroutine 1 [running]:\ngithub.com/seed-127a5941/parley/test/soak.stacks()"
	const leak = "goroutine 2 [select]:\ngithub.com/seed-127a5941/parley/internal/websocket.(*Conn).run()"
	const proxy = "goroutine 3 [chan send]:\ngithub.com/Shopify/toxiproxy/v2/toxics.(*NoopToxic).Pipe()"
	assert.Equal(t, []string{leak}, ofSDK(strings.Join([]string{mine, leak, proxy}, "\n\n")))
}

// The proxy must know every fault of the list.
func TestRoute_EveryFaultOpens(t *testing.T) {
	server, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer server.Close()
	names := map[string]bool{}
	for i, f := range faults() {
		l, err := openRoute(t.Context(), f, server.Addr().String(), rand.New(rand.NewPCG(1, uint64(i))), NewLedger())
		require.NoError(t, err, f.name)
		l.close(NewLedger())
		assert.False(t, names[f.name], "%s is there twice", f.name)
		names[f.name] = true
	}
}

func TestPick_ByWeight(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	drawn := map[int]int{}
	for range 3000 {
		drawn[pick(r, []action{{weight: 1}, {weight: 0}, {weight: 2}}).weight]++
	}
	assert.Zero(t, drawn[0])
	assert.InDelta(t, 2000, drawn[2], 200)
}
