package syntphonytest_test

import (
	"context"
	"errors"
	"fmt"
	"log"

	"github.com/seed-127a5941/parley/syntphony"
	"github.com/seed-127a5941/parley/syntphony/syntphonytest"
)

// A test of your own code: what the agent answers is set, and a turn is lost.
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
