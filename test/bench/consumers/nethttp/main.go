// One message with net/http by hand.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
)

func main() {
	payload, err := json.Marshal(map[string]string{"message": "Hi"})
	if err != nil {
		panic(err)
	}
	resp, err := http.Post(os.Args[1]+"/conversations/1/messages", "application/json", bytes.NewReader(payload))
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
