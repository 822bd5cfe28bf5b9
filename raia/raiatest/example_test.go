package raiatest_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"slices"
	"strings"
	"time"

	"github.com/seed-127a5941/parley/raia"
	"github.com/seed-127a5941/parley/raia/raiatest"
)

// ask is the code under test. It turns a question into an answer, or into a text for its caller.
func ask(ctx context.Context, client *raia.Client, conversationID, question string) string {
	answer, err := client.Conversations.Send(ctx, conversationID, raia.SendMessageParams{Message: question})
	switch {
	case errors.Is(err, raia.ErrDeliveryUnknown):
		return "We are looking into it."
	case err != nil:
		return "Please try again."
	}
	return answer.Message
}

// This is a test of your own code, with an answer, and with a connection that is lost.
func Example() {
	server := raiatest.NewServer() // in a test: t.Cleanup(server.Close)
	defer server.Close()
	server.Answer(func(raiatest.Message) string { return "From nine to five." })
	client, err := raia.NewClient(server.Config())
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	started, err := client.Conversations.Start(ctx, raia.SMSStart{
		FirstName: "Ada", LastName: "Example", PhoneNumber: "+12025550100", Introduction: "Hello",
	})
	if err != nil {
		log.Fatal(err)
	}

	fmt.Println(ask(ctx, client, started.ConversationID, "When do you open?"))
	server.Fail(1, raiatest.Failure{Reset: true})
	fmt.Println(ask(ctx, client, started.ConversationID, "And on Sundays?"))
	fmt.Println(len(server.Requests()), "requests: nothing went out twice")
	// Output:
	// From nine to five.
	// We are looking into it.
	// 3 requests: nothing went out twice
}

// careful sends a message. If its delivery is unknown, it waits, and sends the message again only if the vendor does
// not have it then. Absence proves nothing until patience has passed, because the request may still be on its way, and
// a request that arrives even later cannot be excluded. Recover of package chat decides it with more care.
func careful(
	ctx context.Context, client *raia.Client, conversationID, text string, patience time.Duration,
) error {
	_, err := client.Conversations.Send(ctx, conversationID, raia.SendMessageParams{Message: text})
	if !errors.Is(err, raia.ErrDeliveryUnknown) {
		return err
	}
	time.Sleep(patience)
	messages, err := client.Conversations.ListMessages(ctx, conversationID, raia.ListMessagesParams{})
	if err != nil || slices.ContainsFunc(messages, func(m *raia.Message) bool { return m.Message == text }) {
		return err
	}
	_, err = client.Conversations.Send(ctx, conversationID, raia.SendMessageParams{Message: text})
	return err
}

// The server acts on a message and its response is lost. Code that sends it again says the message twice.
func ExampleServer_Ledger() {
	server := raiatest.NewServer()
	defer server.Close()
	client, err := raia.NewClient(server.Config())
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	started, err := client.Conversations.Start(ctx, raia.SMSStart{
		FirstName: "Ada", LastName: "Example", PhoneNumber: "+12025550100", Introduction: "Hello",
	})
	if err != nil {
		log.Fatal(err)
	}
	const patience = time.Millisecond // against the vendor itself, 90 seconds or more
	lost := raiatest.Failure{After: true, Reset: true}
	isMessage := func(r raiatest.Request) bool { return strings.HasSuffix(r.Path, "/messages") }

	server.FailNext(isMessage, lost)
	order := raia.SendMessageParams{Message: "Order one"}
	if _, err = client.Conversations.Send(ctx, started.ConversationID, order); err != nil { // naive
		_, _ = client.Conversations.Send(ctx, started.ConversationID, order)
	}
	server.FailNext(isMessage, lost)
	if err = careful(ctx, client, started.ConversationID, "Order another", patience); err != nil {
		log.Fatal(err)
	}
	for _, action := range server.Ledger() {
		fmt.Printf("%s %q\n", action.Operation, action.Text)
	}
	// Output:
	// POST /conversations/start ""
	// POST /conversations/{id}/messages "Order one"
	// POST /conversations/{id}/messages "Order one"
	// POST /conversations/{id}/messages "Order another"
}
