// One comment with go-github.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/google/go-github/v89/github"
)

func main() {
	c, err := github.NewClient(github.WithAuthToken("key"), github.WithURLs(&os.Args[1], &os.Args[1]))
	if err != nil {
		panic(err)
	}
	body := "Hi"
	answer, _, err := c.Issues.CreateComment(context.Background(), "o", "r", 1, &github.IssueComment{Body: &body})
	if err != nil {
		panic(err)
	}
	fmt.Println(answer.GetBody())
}
