package siteassist_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/seed-127a5941/parley/siteassist"
	"github.com/seed-127a5941/parley/siteassist/siteassisttest"
)

func Example() {
	server := siteassisttest.NewServer() // in production: leave BaseURL empty
	defer server.Close()
	ctx := context.Background()

	client, err := siteassist.NewClient(siteassist.Config{
		BaseURL: server.Config().BaseURL, PublishableKey: siteassisttest.PublishableKey, DeviceID: "visitor-42",
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	conversation, err := client.Conversations.Start(ctx,
		siteassist.StartConversationParams{PageURL: "https://example.com/help"})
	if err != nil {
		fmt.Println(err)
		return
	}
	result, err := client.Messages.Send(ctx, conversation.ID, siteassist.SendMessageParams{Content: "Hello"})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(result.Text())
	// Output: You said: Hello
}

func ExampleMessagesService_Stream() {
	server := siteassisttest.NewServer()
	defer server.Close()
	server.Answer(func(siteassisttest.Message) siteassisttest.Answer {
		return siteassisttest.Answer{Text: "A streamed answer, word by word.", Pace: time.Millisecond}
	})
	client, conversation := start(server)

	stream, err := client.Messages.Stream(context.Background(), conversation,
		siteassist.SendMessageParams{Content: "Hello"})
	if err != nil {
		fmt.Println(err)
		return
	}
	if stream.Queued() {
		fmt.Println("a human agent will answer")
	}
	for chunk, err := range stream.Chunks() {
		if err != nil {
			fmt.Println(err) // the answer is not whole
			return
		}
		if delta, ok := chunk.(*siteassist.TextDeltaChunk); ok {
			fmt.Print(delta.Delta) // as it arrives
		}
	}
	// Output: A streamed answer, word by word.
}

func ExampleStream_Text() {
	server := siteassisttest.NewServer()
	defer server.Close()
	server.Answer(func(siteassisttest.Message) siteassisttest.Answer {
		return siteassisttest.Answer{
			Text: "This answer is cut off.", Fault: siteassisttest.FaultCutInEvent, FaultAfter: 5,
		}
	})
	client, conversation := start(server)

	stream, err := client.Messages.Stream(context.Background(), conversation,
		siteassist.SendMessageParams{Content: "Hello"})
	if err != nil {
		fmt.Println(err)
		return
	}
	text, err := stream.Text()
	fmt.Printf("%q is whole: %t\n", text, !errors.Is(err, siteassist.ErrTruncated))
	// Output: "This answer " is whole: false
}

func ExampleClient_ForVisitor() {
	server := siteassisttest.NewServer()
	defer server.Close()
	client, err := siteassist.NewClient(server.Config())
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, device := range []string{"visitor-1", "visitor-2"} {
		visitor, err := client.ForVisitor(device)
		if err != nil {
			fmt.Println(err)
			return
		}
		me, err := visitor.Identity.Me(context.Background())
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(device, me.Type)
	}
	// Output:
	// visitor-1 anonymous
	// visitor-2 anonymous
}

// A page that must not have the publishable key gets a token, which another client uses.
func ExampleIdentityService_Init() {
	server := siteassisttest.NewServer()
	defer server.Close()
	ctx := context.Background()
	client, err := siteassist.NewClient(siteassist.Config{
		BaseURL: server.Config().BaseURL, PublishableKey: siteassisttest.PublishableKey,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	session, err := client.Identity.Init(ctx, siteassist.InitParams{DeviceID: "visitor-42"})
	if err != nil {
		fmt.Println(err)
		return
	}

	other, err := siteassist.NewClient(siteassist.Config{BaseURL: server.Config().BaseURL, Token: session.SessionToken})
	if err != nil {
		fmt.Println(err)
		return
	}
	me, err := other.Identity.Me(ctx)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(me.ID == session.Visitor.ID)
	server.ExpireSessions() // a Token is not refreshed
	_, err = other.Identity.Me(ctx)
	fmt.Println(errors.Is(err, siteassist.ErrUnauthorized))
	// Output:
	// true
	// true
}

// A human agent took over, so there is no answer now. It will be among the messages later.
func ExampleStream_Queued() {
	server := siteassisttest.NewServer()
	defer server.Close()
	client, conversation := start(server)
	server.TakeOver(conversation, "Ada")
	ctx := context.Background()

	stream, err := client.Messages.Stream(ctx, conversation, siteassist.SendMessageParams{Content: "Hello"})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer stream.Close()
	fmt.Println("queued:", stream.Queued())

	server.HumanSays(conversation, "Hi, this is Ada.")
	for message, err := range client.Messages.All(ctx, conversation,
		siteassist.ListMessagesParams{Role: siteassist.RoleHumanAgent}) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(message.Text())
	}
	// Output:
	// queued: true
	// Hi, this is Ada.
}

func ExampleErrorCode() {
	server := siteassisttest.NewServer()
	defer server.Close()
	client, _ := start(server)

	_, err := client.Conversations.Get(context.Background(), "123e4567-e89b-12d3-a456-426614174000")
	fmt.Println(errors.Is(err, siteassist.CodeConversationNotFound), errors.Is(err, siteassist.ErrNotFound))
	what, request, _ := strings.Cut(err.Error(), " (")
	fmt.Println(what)
	fmt.Println(strings.TrimSuffix(request, ")"))
	// Output:
	// true true
	// siteassist: get conversation: 404 CONVERSATION_NOT_FOUND: Conversation not found!
	// GET /conversations/{conversationId}, 1 attempt
}

func ExampleConversationsService_All() {
	server := siteassisttest.NewServer()
	defer server.Close()
	client, _ := start(server)

	for conversation, err := range client.Conversations.All(context.Background(),
		siteassist.ListConversationsParams{}) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(conversation.Status)
	}
	// Output: open
}

func ExampleSearchService_Query() {
	server := siteassisttest.NewServer()
	defer server.Close()
	server.AddQnA("How do I reset my password?", "Click the link on the login page.")
	client, _ := start(server)

	found, err := client.Search.Query(context.Background(), siteassist.SearchParams{Query: "password", Size: 3})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, result := range found.Results {
		fmt.Println(result.Title)
	}
	// Output: How do I reset my password?
}

// start returns a client and the id of a conversation.
func start(server *siteassisttest.Server) (*siteassist.Client, string) {
	client, err := siteassist.NewClient(server.Config())
	if err != nil {
		fmt.Println(err)
		return nil, ""
	}
	conversation, err := client.Conversations.Start(context.Background(), siteassist.StartConversationParams{})
	if err != nil {
		fmt.Println(err)
		return nil, ""
	}
	return client, conversation.ID
}
