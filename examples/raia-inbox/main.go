// Command raia-inbox writes an e-mail through a raia agent and waits for the answer of the recipient. It talks to the
// fake server. With -live it talks to raia itself, with the key in RAIA_AGENT_KEY and, for customers in the EU, the
// host in RAIA_BASE_URL.
//
//	go run ./examples/raia-inbox
//	RAIA_AGENT_KEY=... go run ./examples/raia-inbox -live -to someone@example.com
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"os/signal"
	"time"

	"github.com/seed-127a5941/parley/raia"
	"github.com/seed-127a5941/parley/raia/raiatest"
)

func main() {
	live := flag.Bool("live", false, "write through raia itself, with RAIA_AGENT_KEY")
	to := flag.String("to", "", "who gets the e-mail; needed with -live")
	every := flag.Duration("every", 5*time.Second, "wait between looks")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, *live, *to, *every)
	if err != nil {
		fmt.Fprintln(os.Stderr, "raia-inbox:", advice(ctx, err))
	}
	stop()
	if err != nil {
		os.Exit(1)
	}
}

func run(ctx context.Context, live bool, to string, every time.Duration) error {
	cfg := raia.Config{AgentKey: os.Getenv("RAIA_AGENT_KEY"), BaseURL: os.Getenv("RAIA_BASE_URL")}
	switch {
	case flag.NArg() > 0 || every <= 0:
		return errors.New("use only flags, and a positive -every: see -h")
	case live && (cfg.AgentKey == "" || to == ""):
		return errors.New("-live needs RAIA_AGENT_KEY and -to")
	case !live:
		server := raiatest.NewServer()
		defer server.Close()
		cfg, to, every = server.Config(), "person@example.com", 20*time.Millisecond
	}
	client, err := raia.NewClient(cfg)
	if err != nil {
		return err
	}
	started, err := client.Conversations.Start(ctx, raia.EmailStart{
		FirstName: "Ada", LastName: "Example", Email: to,
		Subject: "Your appointment", Introduction: "Does Tuesday at ten suit you?",
	})
	if err != nil {
		return err
	}
	fmt.Println("e-mail sent, conversation", started.ConversationID)
	if !live {
		// With the fake server the program itself has to play the recipient.
		if _, err := client.Conversations.Send(ctx, started.ConversationID,
			raia.SendMessageParams{Message: "It does, thank you."}); err != nil {
			return err
		}
	}
	return waitForAnswer(ctx, client, started.ConversationID, every)
}

// waitForAnswer polls the conversation until the recipient wrote a message, and prints the conversation.
func waitForAnswer(ctx context.Context, client *raia.Client, conversationID string, every time.Duration) error {
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		messages, err := client.Conversations.ListMessages(ctx, conversationID,
			raia.ListMessagesParams{OrderDirection: raia.OrderDirectionAscending})
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
			return ctx.Err()
		case <-ticker.C:
		}
	}
}

func answered(messages []*raia.Message) bool {
	for _, m := range messages {
		if m.SenderRole == raia.SenderRoleUser {
			return true
		}
	}
	return false
}

// advice returns err as one line that says how to go on.
func advice(ctx context.Context, err error) string {
	switch {
	case errors.Is(err, raia.ErrDeliveryUnknown):
		return "the e-mail may be on its way; wait some minutes and look before you send it again: " + err.Error()
	case ctx.Err() != nil:
		return "interrupted; an answer that comes later is in the conversation"
	case errors.Is(err, raia.ErrForbidden), errors.Is(err, raia.ErrUnauthorized):
		return "check RAIA_AGENT_KEY: " + err.Error()
	case errors.As(err, new(*net.OpError)), errors.Is(err, raia.ErrNotFound), errors.Is(err, raia.ErrDecode):
		return "check RAIA_BASE_URL and your network: " + err.Error()
	}
	return err.Error()
}
