// Syntphony sends one message with parley/syntphony to the URL that is its argument. Without one it only makes a
// client.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/seed-127a5941/parley/syntphony"
)

func main() {
	base := "https://api.example.com"
	if len(os.Args) > 1 {
		base = os.Args[1]
	}
	if err := send(context.Background(), base); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func send(ctx context.Context, base string) error {
	c, err := syntphony.NewClient(syntphony.Config{
		OrgID: "o", EnvID: "e", BotID: "b", ChannelID: "c", APIKey: "key", Locale: "en-US", BaseURL: base,
		Keycloak: syntphony.Keycloak{URL: base, Realm: "r", ClientID: "id", ClientSecret: "secret"},
	})
	if err != nil {
		return err
	}
	if len(os.Args) < 2 {
		return nil
	}
	caller := syntphony.Caller{UserRef: "127.0.0.1", OS: "Linux"}
	answer, err := c.Conversations.Send(ctx, "", caller, syntphony.Input{Text: "Hi"})
	if err != nil {
		return err
	}
	fmt.Println(answer.Text)
	return nil
}
