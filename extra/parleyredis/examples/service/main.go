package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/seed-127a5941/parley/chat"
	"github.com/seed-127a5941/parley/chat/uistream"
	"github.com/seed-127a5941/parley/extra/parleyredis"
	"github.com/seed-127a5941/parley/raia"
	"github.com/seed-127a5941/parley/raia/raiachat"
	"github.com/seed-127a5941/parley/raia/raiatest"
)

// newHandler returns what each replica serves below /api/raia. The key is the same on all of them.
func newHandler(client *redis.Client, key []byte, cfg raia.Config) (*uistream.Handler, error) {
	store, err := parleyredis.NewStore(client, parleyredis.Options{Prefix: "shop:raia:", Keys: [][]byte{key}})
	if err != nil {
		return nil, err
	}
	agent, err := raia.NewClient(cfg)
	if err != nil {
		return nil, err
	}
	return uistream.NewHandler(uistream.Config{
		Driver: raiachat.New(agent, raiachat.Options{}), Store: store, User: userOfSession,
	})
}

// userOfSession stands for the login of your site.
func userOfSession(*http.Request) (chat.User, error) { return chat.User{ID: "customer-7"}, nil }

// hello says hello as a page does, and returns the text of the answer.
func hello(server *httptest.Server) string {
	body := `{"id": "conversation-1", "message": {
		"id": "message-1", "role": "user", "parts": [{"type": "text", "text": "Hello"}]}}`
	response, err := http.Post(server.URL+"/api/raia", "application/json", strings.NewReader(body))
	if err != nil {
		log.Fatal(err)
	}
	defer response.Body.Close()
	stream, err := io.ReadAll(response.Body)
	if err != nil {
		log.Fatal(err)
	}
	return string(regexp.MustCompile(`"delta":"([^"]*)"`).FindSubmatch(stream)[1])
}

func main() {
	client := redis.NewClient(&redis.Options{Addr: os.Args[1], ContextTimeoutEnabled: true})
	defer client.Close()
	key := make([]byte, 32) // a service reads it from a file
	rand.Read(key)
	vendor := raiatest.NewServer()
	defer vendor.Close()
	for i := range 2 {
		handler, err := newHandler(client, key, vendor.Config())
		if err != nil {
			log.Fatal(err)
		}
		mux := http.NewServeMux()
		mux.Handle("/api/raia", http.StripPrefix("/api/raia", handler))
		mux.Handle("/api/raia/", http.StripPrefix("/api/raia", handler))
		server := httptest.NewServer(mux)
		fmt.Printf("replica %d: %s\n", i+1, hello(server))

		// the end, after SIGTERM: first the turns, then the server
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		if err := handler.Shutdown(ctx); err != nil {
			log.Print(err) // another replica recovers what was given up
		}
		cancel()
		server.Close()
	}
	heard := slices.DeleteFunc(vendor.Ledger(), func(a raiatest.Action) bool { return a.Text != "Hello" })
	fmt.Println("messages that raia got:", len(heard))
}
