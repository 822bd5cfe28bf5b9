package soak

import (
	"context"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/seed-127a5941/parley/internal/testing/fakeserver"
	"github.com/seed-127a5941/parley/raia"
)

// side is one vendor: its fake server, and the calls of its client.
type side interface {
	vendor() string
	// base is the URL of the server.
	base() string
	// open makes a client whose calls go through a route.
	open(s settings) ([]action, error)
	// disturb makes the server itself fail.
	disturb(r *rand.Rand)
	// calm ends what disturb began.
	calm()
	// inspect enters the server's records and store into the ledger.
	inspect(ctx context.Context, l *Ledger) error
	// close ends the server and forgets it, with all that it has recorded.
	close()
}

// action is an action of a vendor's user.
type action struct {
	weight  int
	socket  bool // over WebSocket
	lasting bool // over a connection that lasts
	do      func(j *job)
}

// settings are the settings that the clients of all vendors share.
type settings struct {
	from, to  string // authority of the server, and of the route in front of it
	client    *http.Client
	unsafe    bool
	timeout   time.Duration                       // of an attempt
	idle      time.Duration                       // of a stream
	onAttempt func(context.Context, raia.Attempt) // all four packages have this type
}

// through replaces the server in a URL by the route.
func (s settings) through(url string) string { return strings.Replace(url, s.from, s.to, 1) }

// pick chooses a random action by weight.
func pick(r *rand.Rand, actions []action) action {
	total := 0
	for _, a := range actions {
		total += a.weight
	}
	n := r.IntN(total)
	for _, a := range actions {
		if n < a.weight {
			return a
		}
		n -= a.weight
	}
	return actions[0]
}

// attempts counts requests on the wire, as Config.Hooks.OnAttempt sees them.
type attempts struct{ all, retries atomic.Int64 }

func (a *attempts) on(_ context.Context, attempt raia.Attempt) {
	a.all.Add(1)
	if attempt.Number > 1 {
		a.retries.Add(1)
	}
}

// failure chooses a random failure of the server itself, in place of a response or before it.
func failure(r *rand.Rand) fakeserver.Failure {
	retryAfter := func(value string) http.Header { return http.Header{"Retry-After": {value}} }
	html := http.Header{"Content-Type": {"text/html"}}
	menu := []fakeserver.Failure{
		{Status: 429}, {Status: 429, Header: retryAfter("0")}, {Status: 429, Header: retryAfter("60")},
		{Status: 503}, {Status: 503, Header: retryAfter("0")}, {Status: 503, Header: retryAfter("60")},
		{Status: 500}, {Status: 500, Body: `{"message":"no"}`}, {Status: 501}, {Status: 408}, {Status: 400, Body: `{}`},
		{Status: 502, Header: html, Body: "<html>bad gateway</html>"},
		{Status: 200, Header: html, Body: "<html>sign in</html>"},
		{Status: 303, Header: http.Header{"Location": {"/elsewhere"}}},
		{Reset: true}, {Delay: 50 * time.Millisecond}, {Delay: attemptTimeout}, {Delay: 2 * attemptTimeout},
	}
	return menu[r.IntN(len(menu))]
}

// arrivals enters every request that reached a server.
func arrivals(l *Ledger, requests []fakeserver.Request) {
	for _, r := range requests {
		l.Arrived(r.Path + "?" + r.Query.Encode() + "\n" + string(r.Body))
	}
}

// again calls look until it succeeds, because the inspection may meet failures that disturb queued and no call used up.
func again(ctx context.Context, look func() error) (err error) {
	for range 200 {
		if err = look(); err == nil || ctx.Err() != nil {
			return err
		}
	}
	return err
}
