// One message with parley/raia.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/seed-127a5941/parley/raia"
)

func main() {
	c, err := raia.NewClient(raia.Config{AgentKey: "key", BaseURL: os.Args[1]})
	if err != nil {
		panic(err)
	}
	answer, err := c.Conversations.Send(context.Background(), "1", raia.SendMessageParams{Message: "Hi"})
	if err != nil {
		panic(err)
	}
	fmt.Println(answer.Message)
}
