// Package chattest tests whether a chat.Driver keeps the promises of package chat. It is for the drivers of this module
// and for those of others:
//
//	func TestDriver(t *testing.T) {
//		chattest.TestDriver(t, func(t *testing.T) chattest.Harness {
//			server := newFakeVendor(t)
//			return chattest.Harness{Driver: mychat.New(server.Client()), Heard: server.Heard, ...}
//		})
//	}
//
// The vendor behind a Harness is a fake or a test account. It answers each message with a text that contains the text
// of the message, unless the Harness was told otherwise.
package chattest

import (
	"testing"
	"time"

	"github.com/seed-127a5941/parley/chat"
)

// Fault is a failure that meets the next message of the user.
type Fault int

// The faults.
const (
	// FaultRefuse means that the vendor refuses the message with an error response and does not act on it.
	FaultRefuse Fault = iota + 1
	// FaultLoseRequest means that the connection is lost before the vendor acts on the message.
	FaultLoseRequest
	// FaultLoseAnswer means that the vendor acts on the message and the connection is lost before anything of the
	// answer arrives. A vendor that shows its conversations stores the answer.
	FaultLoseAnswer
	// FaultFailAnswer means that the vendor takes the message and says that it could not answer.
	FaultFailAnswer
	// FaultCut means that the connection is lost in the middle of the answer, of which something has arrived.
	FaultCut
	// FaultHold means that the vendor takes the message and answers after Harness.Release.
	FaultHold
	// FaultNoAnswer means that the vendor takes the message, and that the connection is lost. The vendor answers when
	// Harness.Answer is called.
	FaultNoAnswer
	// FaultLoseHandOver means that the vendor acts on the next hand-over and the connection is lost before the
	// response.
	FaultLoseHandOver
)

// Harness is a Driver with the vendor behind it. Every case gets a new one without any message.
type Harness struct {
	// Driver is the driver under test.
	Driver chat.Driver
	// User is who talks. The zero value means a user with the ID "chattest-user".
	User chat.User
	// Restart returns the driver as another process would make it: for the same vendor, and without sharing memory
	// with Driver. If it is nil, Driver serves.
	Restart func() chat.Driver
	// Heard returns the text of each message that the vendor acted on, or the ID of the choice, in order.
	Heard func() []string
	// Requests returns how many requests of any kind have reached the vendor. If it is nil, Heard serves.
	Requests func() int
	// Fault arranges a failure of the next message, and reports whether the harness can do that.
	Fault func(Fault) bool
	// Release ends FaultHold.
	Release func()
	// Late makes the vendor act on a message of the user's conversation that it got before, as after FaultLoseRequest.
	// It is required where Capabilities.Recover is true.
	Late func(text string)
	// Disturb makes the next n requests that carry no message fail for a passing reason. If it is nil, the cases that
	// need it are skipped.
	Disturb func(n int)
	// TakeOver lets a human answer from now on, so that the vendor answers no message. It is required where
	// Capabilities.Humans is true.
	TakeOver func()
	// Human lets the human say text. It is required where Capabilities.Humans is true.
	Human func(text string)
	// Answer makes the vendor answer the message of FaultNoAnswer. If it is nil, the cases that need it are skipped.
	Answer func()
	// Agent lets the agent say text of its own accord. If it is nil, the cases that need it are skipped.
	Agent func(text string)
	// OfferText is a text that the vendor answers with at least one choice that has an ID. It is required where
	// Capabilities.Choices is true.
	OfferText string
	// Patience is how long something that has to happen may take. Zero means 20 seconds.
	Patience time.Duration
}

// TestDriver runs all cases, each as a subtest with a Harness of its own from newHarness. The cases are the same for
// all drivers: one that cannot do something has to say so as package chat promises.
func TestDriver(t *testing.T, newHarness func(*testing.T) Harness) {
	for _, c := range Cases() {
		t.Run(c.Name, func(t *testing.T) { c.Run(t, newHarness(t)) })
	}
}

// Case is one case of TestDriver.
type Case struct {
	// Name of the subtest.
	Name string
	// Run fails t if the driver of the harness breaks the promise of the case.
	Run func(t testing.TB, h Harness)
}

// Cases returns all cases, in the order in which TestDriver runs them.
func Cases() []Case {
	var all []Case
	for _, group := range [][]entry{
		turnCases, waitCases, faultCases, recoverCases, stateCases, offerCases, eventCases,
	} {
		for _, c := range group {
			all = append(all, Case{c.Name, func(t testing.TB, h Harness) { run(t, h, c.Run) }})
		}
	}
	return all
}

const (
	poll  = 5 * time.Millisecond
	brief = 250 * time.Millisecond // RecoverWait where absence is to be proved
	long  = time.Hour              // RecoverWait where absence must not be a proof
	// patience is Harness.Patience where that is zero.
	patience = 20 * time.Second
)
