// One message with go-retryablehttp.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/hashicorp/go-retryablehttp"
)

func main() {
	payload, err := json.Marshal(map[string]string{"message": "Hi"})
	if err != nil {
		panic(err)
	}
	resp, err := retryablehttp.Post(os.Args[1]+"/conversations/1/messages", "application/json", payload)
	if err != nil {
		panic(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		panic(err)
	}
	var answer struct{ Message string }
	if err := json.Unmarshal(body, &answer); err != nil {
		panic(err)
	}
	fmt.Println(answer.Message)
}
