// Command aisera-chat is a chat with an Aisera assistant over WebSocket, with hand-over to a live agent: scripted, with the
// fake server; with -live Aisera itself, by the variables of the quickstart.
package main

import (
	"bufio"
	"cmp"
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"time"

	"github.com/seed-127a5941/parley/aisera"
	"github.com/seed-127a5941/parley/aisera/aiseratest"
)

func main() {
	live := flag.Bool("live", false, "talk to Aisera itself; what you say is typed")
	typed := flag.Bool("type", false, "type what you say; \"live agent\" asks for a person")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, *live, *typed || *live); err != nil {
		fmt.Fprintln(os.Stderr, "aisera-chat:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, live, typed bool) error {
	user := aisera.User{ID: cmp.Or(os.Getenv("AISERA_USER_ID"), "aisera-chat")}
	cfg := aisera.Config{
		BaseURL: os.Getenv("AISERA_BASE_URL"), WebSocketURL: os.Getenv("AISERA_WEBSOCKET_URL"),
		Token: os.Getenv("AISERA_TOKEN"), ChannelID: os.Getenv("AISERA_CHANNEL_ID"),
	}
	if !live {
		server := aiseratest.NewServer()
		defer server.Close()
		server.Answer(answer)
		cfg = server.Config()
	}
	client, err := aisera.NewClient(cfg) // names the field that is not set
	if err != nil {
		return err
	}
	scripted, leave := context.WithCancel(ctx) // until the live agent, for whom the script asks, leaves
	defer leave()
	conn, err := client.Dial(ctx, user, aisera.DialOptions{
		OnUnsolicited: func(frame *aisera.Response) { // what the live agent writes comes unasked
			show(frame)
			if frame.Mode == aisera.ModeLiveAgentExited {
				leave()
			}
		},
	})
	if err != nil {
		return err
	}
	defer conn.Close()
	if typed {
		return chat(ctx, conn, os.Stdin)
	}
	if err = chat(ctx, conn, strings.NewReader("My laptop is slow.\nI want a live agent.\n")); err == nil {
		<-scripted.Done()
	}
	return err
}

// chat sends line by line and prints the frames of each answer. One message at a time: the vendor processes them in order.
func chat(ctx context.Context, conn *aisera.Conn, in io.Reader) error {
	lines := make(chan string)
	go func() { // a terminal cannot be interrupted while it is read
		defer close(lines)
		for scanner := bufio.NewScanner(in); scanner.Scan(); {
			lines <- scanner.Text()
		}
	}()
	for {
		var line string
		select {
		case <-ctx.Done():
			return nil
		case line = <-lines:
		}
		if line == "" { // or the end
			return nil
		}
		fmt.Println("you:", line)
		for frame, err := range conn.Exchange(ctx, aisera.Text(line)) {
			if err != nil {
				return err
			}
			show(frame)
		}
	}
}

func show(frame *aisera.Response) {
	who := "assistant"
	if frame.LiveAgent() {
		who = "live agent (" + string(frame.Mode) + ")"
	}
	if frame.Text() != "" {
		fmt.Println(who+":", frame.Text())
	}
}

// answer is the fake server's part.
func answer(m aiseratest.Message) []aiseratest.Reply {
	if !strings.Contains(m.Text, "live agent") {
		return []aiseratest.Reply{aiseratest.Say("Which laptop is it? You can also ask for a live agent.")}
	}
	arrival := aiseratest.HandOver("Hello, how can I help?")
	arrival[0].Delay = 100 * time.Millisecond
	return append([]aiseratest.Reply{{Mode: aisera.ModeLiveAgentWaiting, Answers: []string{"Looking for an agent."}}}, arrival...)
}
