package aiseratest_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/seed-127a5941/parley/aisera"
	"github.com/seed-127a5941/parley/aisera/aiseratest"
)

// A test of your own code: an answer of the test's choice, and a connection that is lost before the answer.
func Example() {
	server := aiseratest.NewServer() // in a test: t.Cleanup(server.Close)
	defer server.Close()
	server.Answer(func(m aiseratest.Message) []aiseratest.Reply {
		return []aiseratest.Reply{aiseratest.Say("Your laptop is ordered.")}
	})
	client, err := aisera.NewClient(server.Config())
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := context.Background()
	conn, err := client.Dial(ctx, aisera.User{ID: "u-1"}, aisera.DialOptions{NoReconnect: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer conn.Close()
	answer, err := conn.Ask(ctx, aisera.Text("Order a laptop"))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(answer.Text())

	server.Behave(aiseratest.Behavior{DropAfterFrame: true})
	_, err = conn.Ask(ctx, aisera.Text("Order another"))
	fmt.Println(errors.Is(err, aisera.ErrDeliveryUnknown), len(server.Frames()))
	// Output:
	// Your laptop is ordered.
	// true 2
}
