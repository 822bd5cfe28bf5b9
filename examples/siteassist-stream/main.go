// Command siteassist-stream asks a SiteAssist assistant a question and prints the answer as it arrives. Ctrl-C ends it,
// and it then says that the printed text is cut. It talks to the fake server. With -live it talks to SiteAssist itself,
// with the key in SITEASSIST_PUBLISHABLE_KEY and the host in SITEASSIST_BASE_URL, if that is set.
//
//	go run ./examples/siteassist-stream
//	SITEASSIST_PUBLISHABLE_KEY=... go run ./examples/siteassist-stream -live "Can I pay by invoice?"
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
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
	question := cmp.Or(strings.Join(flag.Args(), " "), "Can I customize the assistant to match my brand?")
	err := run(ctx, *live, question)
	if err != nil {
		fmt.Fprintln(os.Stderr, "siteassist-stream:", advice(ctx, err))
	}
	stop()
	if err != nil {
		os.Exit(1)
	}
}

func run(ctx context.Context, live bool, question string) error {
	cfg := siteassist.Config{
		PublishableKey: os.Getenv("SITEASSIST_PUBLISHABLE_KEY"), DeviceID: "siteassist-stream",
		BaseURL: os.Getenv("SITEASSIST_BASE_URL"),
	}
	switch {
	case live && cfg.PublishableKey == "":
		return errors.New("-live needs SITEASSIST_PUBLISHABLE_KEY")
	case !live:
		server := siteassisttest.NewServer()
		defer server.Close()
		server.Answer(func(siteassisttest.Message) siteassisttest.Answer {
			return siteassisttest.Answer{
				Text: "Yes: colours, name and greeting are settings of the project.", Pace: 40 * time.Millisecond,
			}
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
	return printAnswer(stream)
}

func printAnswer(stream *siteassist.Stream) error {
	if stream.Queued() {
		fmt.Println("a human agent was asked and will answer in the conversation")
		return stream.Close()
	}
	fmt.Print("assistant: ")
	defer fmt.Println()
	for chunk, err := range stream.Chunks() {
		if err != nil {
			return err // the printed text is not the whole answer
		}
		if delta, ok := chunk.(*siteassist.TextDeltaChunk); ok {
			fmt.Print(delta.Delta)
		}
	}
	return nil
}

// advice returns err as one line that says how to go on.
func advice(ctx context.Context, err error) string {
	switch {
	case ctx.Err() != nil && errors.Is(err, siteassist.ErrTruncated):
		return "interrupted: the answer is cut"
	case ctx.Err() != nil:
		return "interrupted"
	case errors.Is(err, siteassist.ErrTruncated):
		return "the answer is cut, and the printed text is only a part of it: " + err.Error()
	case errors.Is(err, siteassist.ErrUnauthorized), errors.Is(err, siteassist.ErrForbidden):
		return "check SITEASSIST_PUBLISHABLE_KEY: " + err.Error()
	case errors.As(err, new(*net.OpError)), errors.Is(err, siteassist.ErrNotFound),
		errors.Is(err, siteassist.ErrDecode):
		return "check SITEASSIST_BASE_URL and your network: " + err.Error()
	}
	return err.Error()
}
