// One message with resty.
package main

import (
	"fmt"
	"os"

	"resty.dev/v3"
)

func main() {
	var answer struct{ Message string }
	c := resty.New().SetBaseURL(os.Args[1])
	if _, err := c.R().SetBody(map[string]string{"message": "Hi"}).SetResult(&answer).Post("/conversations/1/messages"); err != nil {
		panic(err)
	}
	fmt.Println(answer.Message)
}
