// One message with slack-go.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/slack-go/slack"
)

func main() {
	c := slack.New("key", slack.OptionAPIURL(os.Args[1]))
	_, _, text, err := c.SendMessageContext(context.Background(), "C1", slack.MsgOptionText("Hi", false))
	if err != nil {
		panic(err)
	}
	fmt.Println(text)
}
