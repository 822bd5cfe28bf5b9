package siteassisttest_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"strings"
	"time"

	"github.com/seed-127a5941/parley/siteassist"
	"github.com/seed-127a5941/parley/siteassist/siteassisttest"
)

// This is a test of your own code, with an answer that is cut.
func Example() {
	server := siteassisttest.NewServer() // in a test: t.Cleanup(server.Close)
	defer server.Close()
	server.Answer(func(siteassisttest.Message) siteassisttest.Answer {
		return siteassisttest.Answer{Text: "We ship on Mondays.", Fault: siteassisttest.FaultCutInEvent, FaultAfter: 4}
	})
	client, err := siteassist.NewClient(server.Config())
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := context.Background()
	conversation, err := client.Conversations.Start(ctx, siteassist.StartConversationParams{})
	if err != nil {
		fmt.Println(err)
		return
	}

	stream, err := client.Messages.Stream(ctx, conversation.ID,
		siteassist.SendMessageParams{Content: "When do you ship?"})
	if err != nil {
		fmt.Println(err)
		return
	}
	text, err := stream.Text() // your code in place of this
	fmt.Printf("%q %t\n", text, errors.Is(err, siteassist.ErrTruncated))
	for _, r := range server.Requests() {
		fmt.Println(r.Method, strings.ReplaceAll(r.Path, conversation.ID, "{id}"))
	}
	// Output:
	// "We " true
	// POST /v2/identity/init
	// POST /v2/conversations
	// POST /v2/conversations/{id}/messages
}

// careful sends a message. If its delivery is unknown, it waits, and sends the message again only if the conversation
// does not have it then. Absence proves nothing until patience has passed, because the request may still be on its way,
// and a request that arrives even later cannot be excluded. Recover of package chat decides it with more care.
func careful(
	ctx context.Context, client *siteassist.Client, conversationID, content string, patience time.Duration,
) error {
	_, err := client.Messages.Send(ctx, conversationID, siteassist.SendMessageParams{Content: content})
	if !errors.Is(err, siteassist.ErrDeliveryUnknown) {
		return err
	}
	time.Sleep(patience)
	for message, err := range client.Messages.All(ctx, conversationID, siteassist.ListMessagesParams{}) {
		if err != nil || message.Role == siteassist.RoleUser && message.Text() == content {
			return err
		}
	}
	_, err = client.Messages.Send(ctx, conversationID, siteassist.SendMessageParams{Content: content})
	return err
}

// The server acts on a message and its response is lost. Code that sends it again says the message twice.
func ExampleServer_Ledger() {
	server := siteassisttest.NewServer()
	defer server.Close()
	client, err := siteassist.NewClient(server.Config())
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	conversation, err := client.Conversations.Start(ctx, siteassist.StartConversationParams{})
	if err != nil {
		log.Fatal(err)
	}

	const patience = time.Millisecond // against the vendor itself, 90 seconds or more
	server.Fail(1, siteassisttest.Failure{After: true, Reset: true})
	order := siteassist.SendMessageParams{Content: "Order one"}
	if _, err = client.Messages.Send(ctx, conversation.ID, order); err != nil { // naive
		_, _ = client.Messages.Send(ctx, conversation.ID, order)
	}
	server.Fail(1, siteassisttest.Failure{After: true, Status: 502})
	if err = careful(ctx, client, conversation.ID, "Order another", patience); err != nil {
		log.Fatal(err)
	}
	for _, action := range server.Ledger() {
		fmt.Printf("%s %q\n", action.Operation, action.Text)
	}
	// Output:
	// POST /conversations ""
	// POST /conversations/{id}/messages "Order one"
	// POST /conversations/{id}/messages "Order one"
	// POST /conversations/{id}/messages "Order another"
}
