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

// chat sends line by line and prints the frames of each answer. One message at a time: the vendor processes them in
// order.
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
	waiting := aiseratest.Reply{Mode: aisera.ModeLiveAgentWaiting, Answers: []string{"Looking for an agent."}}
	return append([]aiseratest.Reply{waiting}, arrival...)
}
