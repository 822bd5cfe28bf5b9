package aiseratest_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/seed-127a5941/parley/aisera"
	"github.com/seed-127a5941/parley/aisera/aiseratest"
)

// This is a test of your own code, with an answer of the test's choice, and with a connection that is lost before the
// answer.
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

// careful sends a message. If its delivery is unknown, it waits, and sends the message again only if the session's
// history does not have it then. Absence proves nothing until patience has passed, because the request may still be on
// its way, and a request that arrives even later cannot be excluded. The vendor does not publish the form of the
// history, so careful reads that of the fake.
func careful(
	ctx context.Context, client *aisera.Client, user aisera.User, text string, patience time.Duration,
) error {
	_, err := client.Send(ctx, user, aisera.Text(text))
	if !errors.Is(err, aisera.ErrDeliveryUnknown) {
		return err
	}
	time.Sleep(patience)
	history, err := client.Send(ctx, user, aisera.SessionHistory())
	if err != nil || strings.Contains(history.Text(), text) {
		return err
	}
	_, err = client.Send(ctx, user, aisera.Text(text))
	return err
}

// The server acts on a message and its response is lost. Code that sends it again says the message twice.
func ExampleServer_Ledger() {
	server := aiseratest.NewServer()
	defer server.Close()
	client, err := aisera.NewClient(server.Config())
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx, user := context.Background(), aisera.User{ID: "u-1"}

	const patience = time.Millisecond // against the vendor itself, 90 seconds or more
	server.Fail(1, aiseratest.Failure{After: true, Reset: true})
	if _, err = client.Send(ctx, user, aisera.Text("Order a laptop")); err != nil { // naive
		_, _ = client.Send(ctx, user, aisera.Text("Order a laptop"))
	}
	server.Fail(1, aiseratest.Failure{After: true, Status: 504})
	if err = careful(ctx, client, user, "Order another", patience); err != nil {
		fmt.Println(err)
	}
	for _, action := range server.Ledger() {
		fmt.Println(action.User, action.Text)
	}
	// Output:
	// u-1 Order a laptop
	// u-1 Order a laptop
	// u-1 Order another
}
