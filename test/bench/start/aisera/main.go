// Aisera sends one message with parley/aisera over a WebSocket to the URL that is its argument. Without one it only
// makes a client.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/seed-127a5941/parley/aisera"
)

func main() {
	base := "wss://api.example.com"
	if len(os.Args) > 1 {
		base = os.Args[1]
	}
	if err := send(context.Background(), base); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func send(ctx context.Context, base string) error {
	c, err := aisera.NewClient(aisera.Config{Tenant: "acme", Token: "key", WebSocketURL: base})
	if err != nil {
		return err
	}
	if len(os.Args) < 2 {
		return nil
	}
	conn, err := c.Dial(ctx, aisera.User{ID: "1"}, aisera.DialOptions{})
	if err != nil {
		return err
	}
	defer conn.Close()
	answer, err := conn.Ask(ctx, aisera.Text("Hi"))
	if err != nil {
		return err
	}
	fmt.Println(answer.Text())
	return nil
}
