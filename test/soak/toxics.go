package soak

import (
	"encoding/json"
	"math/rand/v2"
	"time"
)

// These are the settings of every client of a soak. They are short, so that the soak stays fast.
const (
	attemptTimeout = 300 * time.Millisecond
	maxRetryWait   = 20 * time.Millisecond
	idleTimeout    = 300 * time.Millisecond // of a stream
)

// toxic is a toxic of toxiproxy's API: a fault of the bytes in one direction.
type toxic struct {
	Name       string         `json:"name"`
	Type       string         `json:"type"`
	Stream     string         `json:"stream"`
	Toxicity   float64        `json:"toxicity"` // the share of the connections that have it
	Attributes map[string]int `json:"attributes"`
}

func (t toxic) json() []byte {
	raw, _ := json.Marshal(t) // never fails for strings and numbers
	return raw
}

const (
	upstream   = "upstream"   // from the client to the server
	downstream = "downstream" // from the server to the client
)

// fault describes how a route fails.
type fault struct {
	name string
	// share is the share of the connections that have the toxics.
	share float64
	// fresh uses a new connection for each call, so that the share holds for calls. The client is a user's own.
	fresh bool
	// narrow uses small buffers and large messages, so that writes take time and are cut in the middle.
	narrow bool
	// unsafe sets RetryNonIdempotent.
	unsafe bool
	// silent means that the clients have no timeout, so that only the contexts of the calls end their waits.
	silent bool
	// up and down are the longest times of a round of the proxy and of the pause after it, in which dials are refused.
	up, down time.Duration
	// toxics makes the toxics of a round.
	toxics func(r *rand.Rand) []toxic
}

// between returns a random number from lo to hi, both included.
func between(r *rand.Rand, lo, hi int) int { return lo + r.IntN(hi-lo+1) }

func ms(d time.Duration) int { return int(d.Milliseconds()) }

// one makes a toxic for one direction or both. It has one attribute with a random value for each round.
func one(kind, attribute string, lo, hi int, directions ...string) func(*rand.Rand) []toxic {
	return func(r *rand.Rand) []toxic {
		var list []toxic
		for _, direction := range directions {
			list = append(list, toxic{
				Name: kind + "-" + direction, Type: kind, Stream: direction,
				Attributes: map[string]int{attribute: between(r, lo, hi)},
			})
		}
		return list
	}
}

func latency(r *rand.Rand) []toxic {
	list := one("latency", "latency", 1, 40, upstream, downstream)(r)
	for _, t := range list {
		t.Attributes["jitter"] = t.Attributes["latency"] / 2
	}
	return list
}

// late delivers the request to the server after the client gave the attempt up.
func late(r *rand.Rand) []toxic {
	limit := ms(attemptTimeout)
	return one("latency", "latency", limit-50, limit+100, upstream)(r)
}

func clean(*rand.Rand) []toxic { return nil }

const (
	round  = 3 * time.Second
	moment = 20 * time.Millisecond
)

// faults returns all faults. There is a route for each in front of each vendor's server. A cut after N bytes ends every
// connection sooner or later, in its first request or a later one, in the header or in the body.
func faults() []fault {
	cutUp := one("limit_data", "bytes", 1, 4000, upstream)
	cutDown := one("limit_data", "bytes", 1, 6000, downstream)
	return []fault{
		{name: "none", up: round, down: moment, toxics: clean},
		{name: "latency", share: 1, up: round, down: moment, toxics: latency},
		{name: "late requests", share: 0.5, fresh: true, up: round, down: moment, toxics: late},
		{
			name: "bandwidth", share: 1, up: round, down: moment,
			toxics: one("bandwidth", "rate", 4, 60, upstream, downstream),
		},
		{
			name: "narrow", share: 1, narrow: true, up: round, down: moment,
			toxics: one("bandwidth", "rate", 10, 150, upstream),
		},
		{
			name: "slow close", share: 1, fresh: true, up: round, down: moment,
			toxics: one("slow_close", "delay", 20, 400, upstream, downstream),
		},
		{
			name: "reset up", share: 0.5, fresh: true, up: round, down: moment,
			toxics: one("reset_peer", "timeout", 0, 30, upstream),
		},
		{
			name: "reset down", share: 0.5, fresh: true, up: round, down: moment,
			toxics: one("reset_peer", "timeout", 0, 30, downstream),
		},
		{name: "cut up", share: 1, up: round / 6, down: moment, toxics: cutUp},
		{name: "cut down", share: 1, up: round / 6, down: moment, toxics: cutDown},
		{name: "cut down, unsafe", share: 1, unsafe: true, up: round / 6, down: moment, toxics: cutDown},
		{
			name: "timeout up", share: 0.4, fresh: true, up: round, down: moment,
			toxics: one("timeout", "timeout", 50, 600, upstream),
		},
		{
			name: "timeout down", share: 0.4, fresh: true, up: round, down: moment,
			toxics: one("timeout", "timeout", 50, 600, downstream),
		},
		{
			name: "silence", share: 0.5, fresh: true, silent: true, up: time.Hour, down: moment,
			toxics: one("timeout", "timeout", 0, 0, upstream, downstream),
		},
		{name: "down and up", up: 400 * time.Millisecond, down: 120 * time.Millisecond, toxics: clean},
	}
}
