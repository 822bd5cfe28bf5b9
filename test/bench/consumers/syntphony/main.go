// One message with parley/syntphony.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/seed-127a5941/parley/syntphony"
)

func main() {
	c, err := syntphony.NewClient(syntphony.Config{
		OrgID: "o", EnvID: "e", BotID: "b", ChannelID: "c", APIKey: "key", Locale: "en-US", BaseURL: os.Args[1],
		Keycloak: syntphony.Keycloak{URL: os.Args[1], Realm: "r", ClientID: "id", ClientSecret: "secret"},
	})
	if err != nil {
		panic(err)
	}
	caller := syntphony.Caller{UserRef: "127.0.0.1", OS: "Linux"}
	answer, err := c.Conversations.Send(context.Background(), "", caller, syntphony.Input{Text: "Hi"})
	if err != nil {
		panic(err)
	}
	fmt.Println(answer.Text)
}
