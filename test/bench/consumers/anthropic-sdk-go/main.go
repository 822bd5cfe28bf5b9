// One message with anthropic-sdk-go.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/anthropics/anthropic-sdk-go"
	"github.com/anthropics/anthropic-sdk-go/option"
)

func main() {
	c := anthropic.NewClient(option.WithAPIKey("key"), option.WithBaseURL(os.Args[1]))
	answer, err := c.Messages.New(context.Background(), anthropic.MessageNewParams{
		Model: "claude-sonnet-4-5", MaxTokens: 1024,
		Messages: []anthropic.MessageParam{anthropic.NewUserMessage(anthropic.NewTextBlock("Hi"))},
	})
	if err != nil {
		panic(err)
	}
	fmt.Println(answer.Content[0].Text)
}
