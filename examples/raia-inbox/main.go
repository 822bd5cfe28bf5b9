// Command raia-inbox writes an e-mail through a raia agent and waits for the answer of the person it went to.
//
//	go run ./examples/raia-inbox
//	RAIA_AGENT_KEY=... go run ./examples/raia-inbox -live -to someone@example.com
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"time"

	"github.com/seed-127a5941/parley/raia"
	"github.com/seed-127a5941/parley/raia/raiatest"
)

func main() {
	live := flag.Bool("live", false, "write through raia itself, with RAIA_AGENT_KEY")
	to := flag.String("to", "person@example.com", "who gets the e-mail")
	every := flag.Duration("every", 0, "wait between looks (0: 5 s live, 20 ms with the fake server)")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, *live, *to, *every)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "raia-inbox:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, live bool, to string, every time.Duration) error {
	cfg := raia.Config{AgentKey: os.Getenv("RAIA_AGENT_KEY")}
	if live && cfg.AgentKey == "" {
		return errors.New("-live needs RAIA_AGENT_KEY")
	}
	if every == 0 {
		every = 5 * time.Second
	}
	if !live {
		server := raiatest.NewServer()
		defer server.Close()
		cfg, every = server.Config(), 20*time.Millisecond
	}
	client, err := raia.NewClient(cfg)
	if err != nil {
		return err
	}
	started, err := client.Conversations.Start(ctx, raia.EmailStart{
		FirstName: "Ada", LastName: "Example", Email: to,
		Subject: "Your appointment", Introduction: "Does Tuesday at ten suit you?",
	})
	if errors.Is(err, raia.ErrDeliveryUnknown) {
		return fmt.Errorf("the e-mail may be on its way, look before you send it again: %w", err)
	}
	if err != nil {
		return err
	}
	fmt.Println("e-mail sent, conversation", started.ConversationID)
	if !live {
		// The person: with the fake server there is nobody else to answer.
		if _, err := client.Conversations.Send(ctx, started.ConversationID, raia.SendMessageParams{Message: "It does, thank you."}); err != nil {
			return err
		}
	}
	return waitForAnswer(ctx, client, started.ConversationID, every)
}

// waitForAnswer looks at the conversation until the person wrote something, and prints the conversation.
func waitForAnswer(ctx context.Context, client *raia.Client, conversationID string, every time.Duration) error {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		messages, err := client.Conversations.Messages(ctx, conversationID, raia.ListMessagesParams{OrderDirection: raia.Ascending})
		if err != nil {
			return err
		}
		if answered(messages) {
			for _, m := range messages {
				fmt.Printf("%s: %s\n", m.SenderRole, m.Message)
			}
			return nil
		}
		select {
		case <-ctx.Done():
			return errors.New("interrupted; the answer will be in conversation " + conversationID)
		case <-ticker.C:
		}
	}
}

func answered(messages []*raia.Message) bool {
	for _, m := range messages {
		if m.SenderRole == raia.SenderUser {
			return true
		}
	}
	return false
}
