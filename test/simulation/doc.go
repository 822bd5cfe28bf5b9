// Package simulation lets users of the SDK live for hours in simulated time, on a network that fails, and holds what
// they were told against what happened.
//
// A schedule is drawn from one seed: the vendor, the model of use, the version of HTTP, the network and the times of
// all faults. It runs inside testing/synctest against the vendor's fake server, with all connections on a network in
// memory. The users say messages. Afterwards the ledger compares, for each message, the outcome that its caller was
// told with the messages that the fake heard. The seed does not fix the order of goroutines, so the rules of the ledger
// hold for every order.
//
// The test runs a number of schedules. For a night, give it more time, from a seed of your own:
//
//	go test -C test/simulation -run TestSchedules -timeout 0 -simulation.for 8h -simulation.seed 1000000
//
// A schedule that fails prints the command that runs it again:
//
//	go test -C test/simulation -run TestReplay -simulation.seed 1234
package simulation
