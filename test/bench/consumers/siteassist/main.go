// One message with parley/siteassist.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/seed-127a5941/parley/siteassist"
)

func main() {
	c, err := siteassist.NewClient(siteassist.Config{Token: "key", BaseURL: os.Args[1]})
	if err != nil {
		panic(err)
	}
	answer, err := c.Messages.Send(context.Background(), "1", siteassist.SendMessageParams{Content: "Hi"})
	if err != nil {
		panic(err)
	}
	fmt.Println(answer.Text())
}
