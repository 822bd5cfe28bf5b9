// Package soak compares the results that callers get when the network fails with the actions of the servers.
//
// A soak puts a proxy that breaks connections (Shopify/toxiproxy, on loopback) between the client of each vendor and
// the vendor's fake server. Many goroutines make calls through it. A Ledger keeps the messages that the fakes processed
// and the results that the callers got. The package is a module of its own, so that consumers have neither the proxy
// nor its dependencies in their builds.
//
//	go run ./cmd/soak -duration 1m                   # the run of CI
//	go run ./cmd/soak -calls 10000 -messages 2000    # the full run
//	go run ./cmd/soak -seed 7 -duration 10s          # the same calls and faults again, but not at the same times
//
// The ledger also keeps the order in which messages left the SDK. A tap sees them where they leave, so that a proxy
// that delivers the bytes of an old connection late makes no difference. When the calls are over, the faults end, and
// each client has to work again within a minute. Then the connections, goroutines and memory that are left are counted.
//
//	ledger.go     the messages, the results, and the rules for them
//	judge.go      the rules, one pure function
//	tap.go        the messages that leave a client, and its connections
//	calm.go       the end of the faults
//	resources.go  the sockets and the memory that are left
//	route.go      a proxy whose faults change from round to round
//	toxics.go     the faults
//	job.go        one recorded call
//	ends.go       the end of a call's context
//	watchdog.go   calls and goroutines that do not end
//	soak.go       the loops, bounded in time and count
//	report.go     the printed report
//
// Each vendor has a file of its own, with its calls and with the records of its fake server.
package soak
