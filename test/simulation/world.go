package simulation

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"github.com/seed-127a5941/parley/internal/testing/fakeserver"
	"github.com/seed-127a5941/parley/internal/testing/memnet"
)

// attemptTimeout is the Timeout of all clients.
const attemptTimeout = 10 * time.Second

// world is one vendor, the network before it and its users.
type world struct {
	schedule Schedule
	planted  defect
	random   *rand.Rand // of the faults
	net      *memnet.Network
	weather  *weather
	entrance entrance
	pool     *http.Transport   // of the clients
	bodies   *bodies           // around pool in some schedules, else nil
	send     http.RoundTripper // pool, with what is around it
	side     side
	ledger   *Ledger
	skew     time.Duration // of the vendor's clock
	over     atomic.Bool   // the faults have ended

	listeners map[int]*listener // by user
	lines     int               // that humans have said
	heard     int               // messages that came unasked
}

// side is a vendor: its fake and a client of it.
type side interface {
	// talker returns a user's way to the vendor with the client alone.
	talker(user int, r *rand.Rand) talker
	// chatter returns the same through package chat.
	chatter(user int, r *rand.Rand) talker
	// disturb lets something go wrong in the vendor.
	disturb(r *rand.Rand)
	// calm ends what disturb began.
	calm()
	// lists says that package chat reads the vendor's list of messages, so that no unasked message may be lost.
	lists() bool
	// inspect enters the records of the fake into the ledger.
	inspect(l *Ledger)
	close()
}

// newWorld builds the world of a schedule.
func newWorld(s Schedule, planted defect) (*world, error) {
	w := &world{
		schedule: s, planted: planted, random: rand.New(rand.NewPCG(s.Seed, 1)), net: memnet.New(), ledger: NewLedger(),
		listeners: map[int]*listener{},
	}
	w.weather = &weather{seed: s.Seed, stalls: s.Stalls, over: &w.over}
	w.net.Plan(w.weather.path)
	w.skew = time.Duration(w.random.IntN(7200)-3600) * time.Second
	w.entrance = newDoor(w.net, w.skew)
	w.pool = &http.Transport{DialContext: w.dial, MaxIdleConnsPerHost: 100, IdleConnTimeout: 30 * time.Second}
	if s.HTTP2 {
		behind, err := newProxy(w.net, w.skew)
		if err != nil {
			return nil, err
		}
		w.entrance = behind
		w.pool.Protocols = unencryptedHTTP2()
		w.pool.HTTP2 = &http.HTTP2Config{SendPingTimeout: 15 * time.Second, PingTimeout: 15 * time.Second}
	}
	w.entrance.open()
	w.send = w.pool
	if s.Traced {
		w.bodies = &bodies{base: w.pool, open: map[*body]string{}}
		w.send = w.bodies
	}
	if planted.transport != nil {
		w.send = planted.transport(w.send)
	}
	var err error
	w.side, err = sides[s.Vendor](w)
	return w, err
}

// dial gives up after 30 seconds, as the dialer of net/http's default transport does.
func (w *world) dial(ctx context.Context, network, address string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	return w.net.DialContext(ctx, network, address)
}

// client returns an http.Client whose connections are on the network.
func (w *world) client() *http.Client { return &http.Client{Transport: w.send} }

// through replaces the address of the fake in a URL by the one of the entrance.
func through(url string) string { return strings.Replace(url, inner, outer, 1) }

// storms lets faults happen until end, and ends them all then.
func (w *world) storms(end time.Time) {
	for {
		w.weather.severity.Store(int32([]int{0, 5, 20, 60}[w.random.IntN(4)]))
		wait := time.Duration(w.random.ExpFloat64() * float64(w.schedule.Calm))
		if !time.Now().Add(wait).Before(end) {
			time.Sleep(time.Until(end))
			break
		}
		time.Sleep(wait)
		w.strike()
	}
	w.over.Store(true)
	w.weather.severity.Store(0)
	// A slow path is a fault, too: an attempt to fetch a token gets only half of Timeout, and a connection of HTTP/2
	// that answers pings lasts, however late its responses come.
	w.net.Mend(usualLatency)
	w.side.calm()
}

// strike lets one thing go wrong.
func (w *world) strike() {
	switch n := w.random.IntN(10); {
	case n < 2:
		w.net.Break(outer, endingOf(w.random))
	case n < 3:
		w.entrance.shut(w.random)
		time.Sleep(time.Duration(w.random.IntN(60_000)) * time.Millisecond)
		w.entrance.open()
	default:
		for range 1 + w.random.IntN(5) {
			w.side.disturb(w.random)
		}
	}
}

// during matches requests of one kind for two minutes, as long as there are faults. So a failure is forgotten if no
// request meets it, and a vendor with few callers does not fail them all.
func (w *world) during(matches func(fakeserver.Request) bool) func(fakeserver.Request) bool {
	end := time.Now().Add(2 * time.Minute)
	return func(r fakeserver.Request) bool { return !w.over.Load() && time.Now().Before(end) && matches(r) }
}

// speakTo lets a human say a line in a conversation of a user. say reports whether the vendor takes it.
func (w *world) speakTo(user int, say func(text string) bool) bool {
	w.lines++
	text := line(w.lines)
	if !say(text) {
		return false
	}
	if l := w.listeners[user]; l != nil && w.side.lists() {
		l.expect(text)
	}
	return true
}

// conversation draws one of the conversations of a ledger, that of a user who listens if there is one among a few. It
// returns "" for an empty ledger.
func (w *world) conversation(ledger []fakeserver.Action, r *rand.Rand) (id string, user int) {
	for range 2 * listenEach {
		if len(ledger) == 0 {
			return "", 0
		}
		action := ledger[r.IntN(len(ledger))]
		id, user = action.Conversation, userOf(action.Text)
		if w.listeners[user] != nil {
			break
		}
	}
	return id, user
}

func anyRequest(fakeserver.Request) bool { return true }

// trouble draws a failure of the vendor for a request that matches. If the failure asks for a wait, it enters it into
// the ledger when the request comes.
func (w *world) trouble(r *rand.Rand, matches func(fakeserver.Request) bool) (
	match func(fakeserver.Request) bool, f fakeserver.Failure,
) {
	f, wait := w.failure(r)
	match = w.during(func(q fakeserver.Request) bool {
		if !matches(q) {
			return false
		}
		w.ledger.Asked(q.Body, wait)
		return true
	})
	return match, f
}

// failure draws a failure of the vendor itself, in place of a response, before it or behind the action. asks is how
// long it asks to wait, or 0.
func (w *world) failure(r *rand.Rand) (f fakeserver.Failure, asks time.Duration) {
	html := http.Header{"Content-Type": {"text/html"}}
	packed := http.Header{"Content-Type": {"text/event-stream"}, "Content-Encoding": {"br"}}
	wait, delay := time.Duration(r.IntN(20))*time.Second, time.Duration(r.IntN(20_000))*time.Millisecond
	seconds := http.Header{"Retry-After": {fmt.Sprint(wait.Seconds())}}
	now := time.Now().UTC() // the connection makes these times those of the vendor's clock
	date := http.Header{
		"Date": {now.Format(http.TimeFormat)}, "Retry-After": {now.Add(wait).Format(http.TimeFormat)},
	}
	menu := []fakeserver.Failure{
		{Status: 429, Header: seconds}, {Status: 429, Header: date}, {Status: 503, Header: seconds}, {Status: 503},
		{Status: 500, Body: `{"message":"no"}`}, {Status: 502, Header: html, Body: "<html>"}, {Status: 408},
		{Status: 501},
		{Status: 200, Header: html, Body: "<html>sign in</html>"}, {Status: 200, Header: packed, Body: "x"},
		{Status: 500, After: true},
		{Reset: true}, {Reset: true, After: true}, {Cut: 5}, {Cut: -1, Reset: true},
		{Delay: delay}, {Delay: delay, After: true},
	}
	if f = menu[r.IntN(len(menu))]; f.Header.Get("Retry-After") != "" {
		asks = wait
	}
	return f, asks
}
