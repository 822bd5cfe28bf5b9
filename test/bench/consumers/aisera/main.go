// One message with parley/aisera, over a WebSocket.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/seed-127a5941/parley/aisera"
)

func main() {
	c, err := aisera.NewClient(aisera.Config{Tenant: "acme", Token: "key", WebSocketURL: os.Args[1]})
	if err != nil {
		panic(err)
	}
	conn, err := c.Dial(context.Background(), aisera.User{ID: "1"}, aisera.DialOptions{})
	if err != nil {
		panic(err)
	}
	defer conn.Close()
	answer, err := conn.Ask(context.Background(), aisera.Text("Hi"))
	if err != nil {
		panic(err)
	}
	fmt.Println(answer.Text())
}
