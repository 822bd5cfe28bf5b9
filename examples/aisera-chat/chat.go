package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/seed-127a5941/parley/aisera"
	"github.com/seed-127a5941/parley/aisera/aiseratest"
)

// chat sends the lines of in and prints the frames of each answer. It sends one message at a time, because the vendor
// processes them in order.
func chat(ctx context.Context, conn *aisera.Conn, in io.Reader) error {
	lines := make(chan string)
	go func() { // the read of a terminal cannot be interrupted
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
		if line == "" { // an empty line, or the end of the input
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

// answer is the bot of the fake server.
func answer(m aiseratest.Message) []aiseratest.Reply {
	if !strings.Contains(m.Text, "live agent") {
		return []aiseratest.Reply{aiseratest.Say("Which laptop is it? You can also ask for a live agent.")}
	}
	arrival := aiseratest.HandOver("Hello, how can I help?")
	arrival[0].Delay = 100 * time.Millisecond
	waiting := aiseratest.Reply{Mode: aisera.ModeLiveAgentWaiting, Answers: []string{"Looking for an agent."}}
	return append([]aiseratest.Reply{waiting}, arrival...)
}
