// Package bench measures what parley costs, against net/http written by hand and against well-known SDKs.
//
// Each work (send one message, list 10 000 items, ...) is done in one or more formats, because an SDK speaks only the
// format of its own vendor. All formats of a work have the same sizes. Every format has its own floor: net/http by hand
// with the same bytes and the same values. Ratios are to that floor, in the same round.
//
//	target.go                   the target of calls: a RoundTripper in memory, or a server on loopback
//	floor.go                    net/http by hand
//	parley.go, peers.go         the clients that are measured
//	send.go, list.go,
//	upload.go, stream.go,
//	socket.go                   the works
//	measure.go                  interleaved rounds, medians
//	markdown.go                 tables
//
// Run it from this directory: go run ./cmd/compare -help
package bench
