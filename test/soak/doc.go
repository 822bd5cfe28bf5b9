// Package soak tells what callers get when the network fails, and whether it is true.
//
// A soak puts a proxy that breaks connections (Shopify/toxiproxy, on loopback) between the client of each vendor and
// the vendor's fake server, calls through it from many goroutines, and keeps a Ledger of the messages that the fakes
// processed and of the results that the callers got. It is a module of its own, so that neither the proxy nor its
// dependencies reach a consumer.
//
//	go run ./cmd/soak -duration 1m                   # what CI runs
//	go run ./cmd/soak -calls 10000 -messages 2000    # the full one
//	go run ./cmd/soak -seed 7 -duration 10s          # the same calls and faults once more; not the same timing
//
//	ledger.go     what was sent, processed and reported, and the rules that they must keep
//	judge.go      the rules, one pure function
//	route.go      a proxy whose faults change from round to round
//	toxics.go     the faults
//	job.go        one recorded call
//	ends.go       when the context of a call ends
//	watchdog.go   calls and goroutines that do not end
//	soak.go       the loops, bounded in time and count
//	report.go     what it prints
//
// Each vendor has a file of its own, with its calls and with the records of its fake server.
package soak
