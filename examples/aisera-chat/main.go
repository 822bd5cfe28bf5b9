// Command aisera-chat is a chat with an Aisera assistant over WebSocket, with hand-over to a live agent. It plays a
// script against the fake server. With -live it talks to Aisera itself, with the settings of AISERA_BASE_URL,
// AISERA_WEBSOCKET_URL and AISERA_TOKEN, and of AISERA_CHANNEL_ID and AISERA_USER_ID if they are set. An empty line or
// Ctrl-C ends it.
//
//	go run ./examples/aisera-chat
//	go run ./examples/aisera-chat -type
//	AISERA_...=... go run ./examples/aisera-chat -live
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"

	"github.com/seed-127a5941/parley/aisera"
	"github.com/seed-127a5941/parley/aisera/aiseratest"
)

var errNoConnection = errors.New("no connection")

func main() {
	live := flag.Bool("live", false, "talk to Aisera itself, with the AISERA_* variables; what you say is typed")
	typed := flag.Bool("type", false, "type what you say; \"live agent\" asks for a person")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, *live, *typed || *live)
	if err != nil {
		fmt.Fprintln(os.Stderr, "aisera-chat:", advice(ctx, err))
	}
	stop()
	if err != nil {
		os.Exit(1)
	}
}

func run(ctx context.Context, live, typed bool) error {
	if flag.NArg() > 0 {
		return errors.New("use only flags: see -h")
	}
	user := aisera.User{ID: cmp.Or(os.Getenv("AISERA_USER_ID"), "aisera-chat")}
	cfg, err := fromEnvironment()
	if live && err != nil {
		return err
	}
	if !live {
		server := aiseratest.NewServer()
		defer server.Close()
		server.Answer(answer)
		cfg = server.Config()
	}
	client, err := aisera.NewClient(cfg)
	if err != nil {
		return err
	}
	scripted, leave := context.WithCancel(ctx) // until the live agent, for whom the script asks, leaves
	defer leave()
	conn, err := client.Dial(ctx, user, aisera.DialOptions{
		OnReconnect: func(cause error) { fmt.Fprintln(os.Stderr, "connected again after:", cause) },
		OnUnsolicited: func(frame *aisera.Response) { // the live agent's messages are unsolicited
			show(frame)
			if frame.Mode == aisera.ModeLiveAgentExited {
				leave()
			}
		},
	})
	if err != nil {
		return fmt.Errorf("%w: %w", errNoConnection, err)
	}
	defer conn.Close()
	if typed {
		return chat(ctx, conn, os.Stdin)
	}
	if err := chat(ctx, conn, strings.NewReader("My laptop is slow.\nI want a live agent.\n")); err != nil {
		return err
	}
	<-scripted.Done()
	return ctx.Err()
}

// fromEnvironment reads the variables. Its error names those that are not set.
func fromEnvironment() (aisera.Config, error) {
	for _, name := range []string{"AISERA_BASE_URL", "AISERA_WEBSOCKET_URL", "AISERA_TOKEN"} {
		if os.Getenv(name) == "" {
			return aisera.Config{}, errors.New(
				"-live needs AISERA_BASE_URL, AISERA_WEBSOCKET_URL and AISERA_TOKEN; " + name + " is not set",
			)
		}
	}
	return aisera.Config{
		BaseURL: os.Getenv("AISERA_BASE_URL"), WebSocketURL: os.Getenv("AISERA_WEBSOCKET_URL"),
		Token: os.Getenv("AISERA_TOKEN"), ChannelID: os.Getenv("AISERA_CHANNEL_ID"),
	}, nil
}

// advice returns err as one line that says how to go on.
func advice(ctx context.Context, err error) string {
	switch {
	case ctx.Err() != nil:
		return "interrupted; what was said last may have been heard"
	case errors.Is(err, aisera.ErrDeliveryUnknown):
		return "what was said last may have been heard; ask before you say it again: " + err.Error()
	case errors.Is(err, errNoConnection) && !errors.Is(err, aisera.ErrUnauthorized) &&
		!errors.Is(err, aisera.ErrForbidden):
		return "check AISERA_WEBSOCKET_URL and your network: " + err.Error()
	case errors.Is(err, errNoConnection):
		return "ask the vendor what its handshake wants, and see aisera.DialOptions: " + err.Error()
	case errors.Is(err, aisera.ErrUnauthorized), errors.Is(err, aisera.ErrForbidden):
		return "check AISERA_TOKEN: " + err.Error()
	}
	return err.Error()
}
