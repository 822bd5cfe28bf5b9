// Package chaos lets users talk through two replicas of examples/gateway while everything fails that can, and keeps a
// ledger of the texts that they saw and of the messages that the vendors heard.
//
// Fifty users run the npm package ai in one Node process (test/web/js/client.mjs) and behave as a page does: they come
// back after a cut connection, and press the button that retries. Between them and the replicas are proxies that are
// slow and cut connections, and a load balancer. The replicas share a Redis. The vendors are the fakes, in this
// process.
//
//	go run ./cmd/chaos -duration 1m           # the CI runs this
//	go run ./cmd/chaos -duration 10m -seed 7  # the same faults in the same order
//
//	chaos.go     starts everything, lets it run and asks for the report
//	replica.go   a process of the gateway
//	balancer.go  sends requests to the replicas that are ready
//	routes.go    the proxies
//	vendors.go   the fakes and their failures
//	faults.go    the faults in an order that the seed decides
//	node.go      the Node process
//	user.go      a user
//	ledger.go    the record of each message, and the rules that it must keep
//	report.go    the printed ledger
package chaos
