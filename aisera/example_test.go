package aisera_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/seed-127a5941/parley/aisera"
	"github.com/seed-127a5941/parley/aisera/aiseratest"
)

var visitor = aisera.User{ID: "u-1", Email: "u-1@acme.example"}

func ExampleClient_Send() {
	server := aiseratest.NewServer()
	defer server.Close()
	client, err := aisera.NewClient(server.Config()) // aisera.Config{Tenant: "acme", Token: ..., ChannelID: ...}
	if err != nil {
		fmt.Println(err)
		return
	}
	reply, err := client.Send(context.Background(), visitor, aisera.Text("Reset my password"))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(reply.Mode, reply.Text())
	// Output: Normal You said: Reset my password
}

func ExampleClient_Send_errors() {
	server := aiseratest.NewServer()
	defer server.Close()
	client, _ := aisera.NewClient(server.Config())
	server.Answer(func(aiseratest.Message) []aiseratest.Reply {
		return []aiseratest.Reply{
			aiseratest.Fault(aisera.ModeExternalSystemError, "ERR-007: Failed Fulfillment Service"),
		}
	})
	reply, err := client.Send(context.Background(), visitor, aisera.Text("Order a laptop"))
	fmt.Println(reply.Mode, errors.Is(err, aisera.CodeFulfillment))

	server.Fail(1, aiseratest.Failure{Status: 500})
	_, err = client.Send(context.Background(), visitor, aisera.Text("Order a laptop"))
	fmt.Println(errors.Is(err, aisera.ErrServer), errors.Is(err, aisera.ErrDeliveryUnknown))
	// Output:
	// ExternalSystemError true
	// true true
}

// In this chat, Ask gets the answer to each message, and OnUnsolicited gets all other frames.
func ExampleClient_Dial() {
	server := aiseratest.NewServer()
	defer server.Close()
	client, err := aisera.NewClient(server.Config()) // with WebSocketURL
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := context.Background()
	joined := make(chan struct{})
	conn, err := client.Dial(ctx, visitor, aisera.DialOptions{
		OnReconnect: func(cause error) { fmt.Println("connected again after", cause) },
		OnUnsolicited: func(frame *aisera.Response) {
			if frame.Mode == aisera.ModeLiveAgentJoined {
				close(joined)
			}
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer conn.Close()
	for _, text := range []string{"Hello", "I need a live agent"} {
		answer, err := conn.Ask(ctx, aisera.Text(text))
		if errors.Is(err, aisera.ErrDeliveryUnknown) {
			fmt.Println("it may have been heard: do not say it again blindly")
		}
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(answer.Text())
	}
	server.Push(aiseratest.HandOver("How can I help?")...) // plays the agent in place of the vendor
	<-joined
	fmt.Println("an agent is here")
	// Output:
	// You said: Hello
	// Looking for an agent.
	// an agent is here
}

func ExampleConn_Ask() {
	server := aiseratest.NewServer()
	defer server.Close()
	client, _ := aisera.NewClient(server.Config()) // with WebSocketURL
	conn, err := client.Dial(context.Background(), visitor, aisera.DialOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer conn.Close()
	answer, err := conn.Ask(context.Background(), aisera.Text("Hello"))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(answer.Text())
	// Output: You said: Hello
}

func ExampleConn_Exchange() {
	server := aiseratest.NewServer()
	defer server.Close()
	server.Answer(func(aiseratest.Message) []aiseratest.Reply { return aiseratest.Stream("Travel is ", "approved.") })
	client, _ := aisera.NewClient(server.Config())
	conn, _ := client.Dial(context.Background(), visitor, aisera.DialOptions{})
	defer conn.Close()
	for part, err := range conn.Exchange(context.Background(), aisera.Text("What is our travel policy?")) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%s %q\n", part.Mode, part.Text())
	}
	// Output:
	// StatusUpdate "working"
	// StreamingInProgress "Travel is "
	// StreamingInProgress "Travel is approved."
	// StreamingCompleted "Travel is approved."
}

func ExampleConn_Receive() {
	server := aiseratest.NewServer()
	defer server.Close()
	client, _ := aisera.NewClient(server.Config())
	conn, _ := client.Dial(context.Background(), visitor, aisera.DialOptions{})
	defer conn.Close()
	answer, _ := conn.Ask(context.Background(), aisera.Text("I need a live agent"))
	fmt.Println(answer.Mode)
	server.Push(aiseratest.HandOver("How can I help?")...)
	for frame, err := range conn.Responses(context.Background()) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%s %q\n", frame.Mode, frame.Text())
		if frame.Mode == aisera.ModeLiveAgentExited {
			break
		}
	}
	// Output:
	// LiveAgentWaiting
	// LiveAgentWaitingUpdate "You are next."
	// LiveAgentJoined "An agent joined."
	// LiveAgentTyping ""
	// LiveAgent "How can I help?"
	// LiveAgentExited "The agent left."
}

func ExampleSubmitForm() {
	server := aiseratest.NewServer()
	defer server.Close()
	client, _ := aisera.NewClient(server.Config())
	form := aisera.SubmitForm("leave-request", map[string]any{"from": "2026-01-07", "days": 3, "paid": true})
	reply, _ := client.Send(context.Background(), visitor, form)
	fmt.Println(reply.Mode, reply.Text())
	// Output: FlowCompleted Form leave-request is filed.
}
