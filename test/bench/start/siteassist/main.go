// Siteassist sends one message with parley/siteassist to the URL that is its argument. Without one it only makes a
// client.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/seed-127a5941/parley/siteassist"
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
	c, err := siteassist.NewClient(siteassist.Config{Token: "key", BaseURL: base})
	if err != nil {
		return err
	}
	if len(os.Args) < 2 {
		return nil
	}
	answer, err := c.Messages.Send(ctx, "1", siteassist.SendMessageParams{Content: "Hi"})
	if err != nil {
		return err
	}
	fmt.Println(answer.Text())
	return nil
}
