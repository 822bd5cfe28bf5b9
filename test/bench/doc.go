// Package bench measures what parley costs, against net/http written by hand and against well-known SDKs.
//
// A Part is one table. Most parts come from a Work (send one message, list 10 000 items, ...), which is done in one or
// more formats, because an SDK speaks only the format of its own vendor. All formats of a work have the same sizes.
// Every format has its own floor: net/http by hand with the same bytes and the same values. Ratios are to that floor,
// in the same round. Servers on loopback are processes of their own, so that CPU, allocations and memory are those of
// the client alone.
//
//	part.go                       the parts, and the plan that says how much is measured
//	target.go, child.go           the target of calls: in memory, on loopback, in a process of its own
//	floor.go                      net/http by hand
//	parley.go, peers.go           the clients that are measured
//	send.go, list.go, lean.go,
//	upload.go, stream.go,
//	agent.go, socket.go           the works of one caller
//	measure.go, usage.go          their time, CPU and allocations
//	crew.go                       many goroutines
//	shared.go                     one client for many callers, and its connections
//	lengths.go                    lists of up to a million items
//	streams.go, connections.go    thousands of open streams and WebSocket connections
//	visitors.go                   a client for each of 100 000 visitors
//	churn.go                      tokens that end while many callers need them
//	start.go, start/              programs that send one message
//	table/                        medians, quartiles, Markdown, aims and plots
//	cmd/compare/                  measures all parts, also beside another checkout of parley
//
// Run it from this directory: go run ./cmd/compare -help
package bench
