// Nethttp sends one message with net/http by hand to the URL that is its argument. Without one it ends at once.
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
	if len(os.Args) < 2 {
		return
	}
	if err := send(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func send(base string) error {
	payload, err := json.Marshal(map[string]string{"message": "Hi"})
	if err != nil {
		return err
	}
	resp, err := http.Post(base+"/conversations/1/messages", "application/json", bytes.NewReader(payload))
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	var answer struct{ Message string }
	if err := json.Unmarshal(body, &answer); err != nil {
		return err
	}
	fmt.Println(answer.Message)
	return nil
}
