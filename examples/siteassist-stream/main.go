// Command siteassist-stream asks a SiteAssist assistant a question and prints the answer as it arrives. Ctrl-C ends it
// cleanly: what was printed is then said to be cut.
//
//	go run ./examples/siteassist-stream
//	SITEASSIST_PUBLISHABLE_KEY=... go run ./examples/siteassist-stream -live "Can I pay by invoice?"
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"time"

	"github.com/seed-127a5941/parley/siteassist"
	"github.com/seed-127a5941/parley/siteassist/siteassisttest"
)

func main() {
	live := flag.Bool("live", false, "ask SiteAssist itself, with SITEASSIST_PUBLISHABLE_KEY")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, *live, strings.Join(flag.Args(), " "))
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "siteassist-stream:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, live bool, question string) error {
	if question == "" {
		question = "Can I customize the assistant to match my brand?"
	}
	cfg := siteassist.Config{PublishableKey: os.Getenv("SITEASSIST_PUBLISHABLE_KEY"), DeviceID: "siteassist-stream"}
	if live && cfg.PublishableKey == "" {
		return errors.New("-live needs SITEASSIST_PUBLISHABLE_KEY")
	}
	if !live {
		server := siteassisttest.NewServer()
		defer server.Close()
		server.Answer(func(string) siteassisttest.Answer {
			return siteassisttest.Answer{Text: "Yes: colours, name and greeting are settings of the project.", Pace: 40 * time.Millisecond}
		})
		cfg = server.Config()
	}
	client, err := siteassist.NewClient(cfg)
	if err != nil {
		return err
	}
	conversation, err := client.Conversations.Start(ctx, siteassist.StartConversationParams{})
	if err != nil {
		return err
	}
	fmt.Println("you:", question)
	stream, err := client.Messages.Stream(ctx, conversation.ID, siteassist.SendMessageParams{Content: question})
	if err != nil {
		return err
	}
	return printAnswer(ctx, stream)
}

func printAnswer(ctx context.Context, stream *siteassist.Stream) error {
	if stream.Queued() {
		fmt.Println("a human agent was asked and will answer in the conversation")
		return stream.Close()
	}
	fmt.Print("assistant: ")
	defer fmt.Println()
	for chunk, err := range stream.Chunks() {
		switch {
		case ctx.Err() != nil:
			return errors.New("interrupted: the answer is cut")
		case errors.Is(err, siteassist.ErrTruncated):
			return fmt.Errorf("the answer is cut: %w", err)
		case err != nil:
			return err
		}
		if delta, ok := chunk.(*siteassist.TextDeltaChunk); ok {
			fmt.Print(delta.Delta)
		}
	}
	return nil
}
