package syntphonytest_test

import (
	"context"
	"errors"
	"fmt"
	"log"

	"github.com/seed-127a5941/parley/syntphony"
	"github.com/seed-127a5941/parley/syntphony/syntphonytest"
)

// This is a test of your own code, with an answer of the agent, and with a turn that is lost.
func Example() {
	server := syntphonytest.NewServer() // in a test: t.Cleanup(server.Close)
	defer server.Close()
	server.Answer(func(turn syntphonytest.Turn) syntphony.Reply {
		return syntphony.Reply{Text: turn.Text, Context: map[string]any{"balance": 12}}
	})
	client, err := syntphony.NewClient(server.Config())
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	session := client.NewSession(syntphony.Caller{UserRef: "203.0.113.7", OS: "Linux"})
	reply, err := session.Say(ctx, "How much do I have?")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(reply.Context["balance"])

	server.Fail(1, syntphonytest.Failure{Reset: true})
	_, err = session.Say(ctx, "Transfer it")
	fmt.Println(errors.Is(err, syntphony.ErrDeliveryUnknown), len(server.BrokerRequests()), len(server.TokenRequests()))
	// Output:
	// 12
	// true 2 1
}

// The server acts on a turn and its response is lost. Code that sends it again says the turn twice. The vendor offers
// no way to ask whether a turn arrived, so the right code leaves the decision to the user.
func ExampleServer_Ledger() {
	server := syntphonytest.NewServer()
	defer server.Close()
	client, err := syntphony.NewClient(server.Config())
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	session := client.NewSession(syntphony.Caller{UserRef: "203.0.113.7", OS: "Linux"})
	if _, err = session.Welcome(ctx); err != nil {
		log.Fatal(err)
	}

	server.Fail(1, syntphonytest.Failure{After: true, Reset: true})
	if _, err = session.Say(ctx, "Transfer 10 euros"); err != nil { // naive
		_, _ = session.Say(ctx, "Transfer 10 euros")
	}
	server.Fail(1, syntphonytest.Documented(462))
	if _, err = session.Say(ctx, "Transfer 20 euros"); errors.Is(err, syntphony.ErrDeliveryUnknown) {
		fmt.Println("to the user: please check your account before you try again")
	}
	for _, action := range server.Ledger() {
		fmt.Println(action.User, action.Text)
	}
	// Output:
	// to the user: please check your account before you try again
	// 203.0.113.7 %EVA_WELCOME_MSG
	// 203.0.113.7 Transfer 10 euros
	// 203.0.113.7 Transfer 10 euros
	// 203.0.113.7 Transfer 20 euros
}
