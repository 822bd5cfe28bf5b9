package siteassisttest_test

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/seed-127a5941/parley/siteassist"
	"github.com/seed-127a5941/parley/siteassist/siteassisttest"
)

// A test of your own code: what it makes of an answer that is cut.
func Example() {
	server := siteassisttest.NewServer() // in a test: t.Cleanup(server.Close)
	defer server.Close()
	server.Answer(func(string) siteassisttest.Answer {
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

	stream, err := client.Messages.Stream(ctx, conversation.ID, siteassist.SendMessageParams{Content: "When do you ship?"})
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
