// Command chat is a chat in the terminal with an agent of any of the four vendors, through package chat. It talks to
// the vendor's fake server. With -live it talks to the vendor itself, with the variables that -h names.
//
//	go run ./examples/chat                                        a scripted conversation
//	go run ./examples/chat -vendor syntphony -type                your own lines; /human, /history and /quit
//	go run ./examples/chat -vendor raia -live -type -state s.json continues after Ctrl-C
//
// Choices are offered by number. A human's messages appear between the lines. With -state the conversation is kept in a
// file. If the program was interrupted before an answer came, the next start finds out whether the message arrived.
package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"sync"
	"time"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/chat"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:], os.Getenv, os.Stdin, os.Stdout)
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "chat:", advice(ctx, err))
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, getenv func(string) string, in io.Reader, out io.Writer) error {
	flags := flag.NewFlagSet("chat", flag.ContinueOnError)
	vendor := flags.String("vendor", "siteassist", "raia, siteassist, syntphony or aisera")
	live := flags.Bool("live", false, "talk to the vendor itself, with its variables: "+variables)
	typed := flags.Bool("type", false, "type what you say")
	user := flags.String("user", "example-user", "who you are to the vendor")
	state := flags.String("state", "", "file in which the conversation is kept; empty for none")
	if err := flags.Parse(args); err != nil {
		return err
	}
	driver, end, err := open(*vendor, *live, getenv)
	if err != nil {
		return err
	}
	defer end()
	store := file(*state)
	saved, err := store.load()
	if err != nil {
		return err
	}
	conversation, err := chat.New(driver, chat.User{ID: *user}, chat.Options{State: saved, Save: store.save})
	if err != nil {
		return err
	}
	defer conversation.Close()
	t := &terminal{out: out, conversation: conversation, left: make(chan struct{}, 1)}
	if !*typed {
		in, t.echo = strings.NewReader(scripts[*vendor]), true
	}
	return t.converse(ctx, saved == nil, in)
}

// terminal shows a conversation.
type terminal struct {
	out          io.Writer
	conversation *chat.Conversation
	echo         bool // the lines come from a script, so they have to be printed

	choices []chat.Choice // the choices that were offered last
	left    chan struct{} // gets a value when a human has left and the message about that was shown

	mu sync.Mutex // guards out
}

func (t *terminal) printf(format string, args ...any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	fmt.Fprintf(t.out, format, args...)
}

// converse recovers an interrupted message, or greets, and then sends the lines.
func (t *terminal) converse(ctx context.Context, fresh bool, in io.Reader) error {
	listening, stop := context.WithCancel(ctx)
	var group sync.WaitGroup
	group.Go(func() { t.listen(listening) })
	defer group.Wait()
	defer stop()
	if err := t.begin(ctx, fresh); err != nil {
		return err
	}
	for line := range lines(ctx, in) {
		if t.echo && line != "/wait" {
			t.printf("you: %s\n", line)
		}
		if line == "/quit" {
			return nil
		}
		if err := t.say(ctx, line); err != nil {
			return err
		}
	}
	return ctx.Err()
}

func (t *terminal) begin(ctx context.Context, fresh bool) error {
	if pending, ok := t.conversation.Pending(); ok {
		t.printf("(a message of %s is open; looking what became of it)\n", pending.SentAt.Local().Format(time.Kitchen))
		err := t.show(t.conversation.Recover(ctx))
		switch {
		case errors.Is(err, chat.ErrNotDelivered):
			t.printf("(it was not delivered: say it again)\n")
		case errors.Is(err, parley.ErrDeliveryUnknown):
			t.printf("(nobody knows whether it arrived: look before you say it again)\n")
		default:
			return err
		}
		return nil
	}
	if !fresh {
		return nil
	}
	err := t.show(t.conversation.Greet(ctx))
	if errors.Is(err, chat.ErrUnsupported) {
		return nil
	}
	return err
}

func (t *terminal) say(ctx context.Context, line string) error {
	switch line {
	case "":
		return nil
	case "/human":
		err := t.show(t.conversation.HandOver(ctx))
		if errors.Is(err, chat.ErrUnsupported) {
			t.printf("(nobody can be asked for)\n")
			return nil
		}
		return err
	case "/history":
		return t.history(ctx)
	case "/wait":
		select {
		case <-t.left:
		case <-ctx.Done():
		}
		return nil
	}
	return t.show(t.conversation.Send(ctx, t.message(line)))
}

// message makes a choice of a number that was offered, and a text of any other line.
func (t *terminal) message(line string) chat.Message {
	for i, choice := range t.choices {
		if line == fmt.Sprint(i+1) && choice.ID != "" {
			return chat.Message{ChoiceID: choice.ID, Text: choice.Label}
		}
	}
	return chat.Message{Text: line}
}

func (t *terminal) history(ctx context.Context) error {
	messages, err := t.conversation.History(ctx)
	if errors.Is(err, chat.ErrUnsupported) {
		t.printf("(the vendor shows no history)\n")
		return nil
	}
	for _, m := range messages {
		t.printf("  %s: %s\n", m.Role, m.Text)
	}
	return err
}

// lines yields the lines of the input until it or ctx ends. The read of a terminal cannot be interrupted.
func lines(ctx context.Context, in io.Reader) func(func(string) bool) {
	typed := make(chan string)
	go func() {
		defer close(typed)
		for scanner := bufio.NewScanner(in); scanner.Scan(); {
			select {
			case typed <- strings.TrimSpace(scanner.Text()):
			case <-ctx.Done():
				return
			}
		}
	}()
	return func(yield func(string) bool) {
		for {
			select {
			case <-ctx.Done():
				return
			case line, ok := <-typed:
				if !ok || !yield(line) {
					return
				}
			}
		}
	}
}

// advice returns err as one line that says how to go on.
func advice(ctx context.Context, err error) string {
	switch {
	case ctx.Err() != nil:
		return "interrupted; with -state, start again to see what became of your last message"
	case errors.Is(err, parley.ErrUnauthorized), errors.Is(err, parley.ErrForbidden):
		return "check the credentials: " + err.Error()
	case errors.Is(err, parley.ErrRateLimited):
		return "the vendor asks to wait: " + err.Error()
	case errors.Is(err, parley.ErrDeliveryUnknown):
		return "your last message may have been heard; with -state, start again to see: " + err.Error()
	}
	return err.Error()
}
