package parley_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/raia"
	"github.com/seed-127a5941/parley/raia/raiatest"
	"github.com/seed-127a5941/parley/syntphony"
	"github.com/seed-127a5941/parley/syntphony/syntphonytest"
)

// sendOnce sends a message again only if the vendor cannot have it. The SDK has made its own retries before.
func sendOnce(ctx context.Context, client *raia.Client, conversationID, text string) error {
	for {
		_, err := client.Conversations.Send(ctx, conversationID, raia.SendMessageParams{Message: text})
		info, ok := parley.InfoOf(err)
		refused := errors.Is(err, parley.ErrNotSent) || errors.Is(err, parley.ErrRateLimited)
		if err == nil || !ok || info.Delivery != parley.DeliveryNone || !refused {
			return err // success, or hopeless, or the vendor may have the message
		}
		select {
		case <-time.After(max(info.RetryAfter, time.Millisecond)):
		case <-ctx.Done():
			return err
		}
	}
}

// This retry loop of a program's own never says a message twice.
func Example_retryLoop() {
	server := raiatest.NewServer()
	defer server.Close()
	client, err := raia.NewClient(server.Config())
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := parley.WithMaxRetries(context.Background(), 0) // this program does all retries itself
	user, err := client.Users.Create(ctx, raia.CreateUserParams{FirstName: "Ada", LastName: "L.", FkID: "ada"})
	if err != nil {
		fmt.Println(err)
		return
	}
	conversation, err := client.Conversations.Create(ctx, raia.CreateConversationParams{ConversationUserID: user.ID})
	if err != nil {
		fmt.Println(err)
		return
	}

	server.Fail(2, raiatest.Failure{Status: http.StatusTooManyRequests}) // refused: sendOnce sends it again
	fmt.Println(sendOnce(ctx, client, conversation.ID, "first"))

	server.Fail(1, raiatest.Failure{Reset: true, After: true}) // said, but the response is lost
	err = sendOnce(ctx, client, conversation.ID, "second")
	info, _ := parley.InfoOf(err)
	fmt.Println(info.Operation, "delivery:", info.Delivery)

	said := map[string]int{}
	for _, action := range server.Ledger() {
		if action.Operation == "POST /conversations/{id}/messages" {
			said[action.Text]++
		}
	}
	fmt.Println(said)
	// Output:
	// <nil>
	// raia: send message delivery: unknown
	// map[first:1 second:1]
}

// Hooks that time calls and count attempts. A tracing library starts and ends its spans at the same places.
func ExampleHooks() {
	server := raiatest.NewServer()
	defer server.Close()
	cfg := server.Config()
	cfg.Hooks = parley.Hooks{
		OnCall: func(ctx context.Context, call parley.Call) (context.Context, func(parley.CallResult)) {
			fmt.Println("begins:", call.Operation)
			return ctx, func(result parley.CallResult) {
				fmt.Println("ends:", result.StatusCode, "after", result.Attempts, "attempts")
			}
		},
		OnAttempt: func(_ context.Context, attempt parley.Attempt) {
			fmt.Println("attempt", attempt.Number, attempt.Method, attempt.Path, attempt.StatusCode)
		},
		WrapTransport: func(base http.RoundTripper) http.RoundTripper {
			return base // a tracing RoundTripper would wrap base here
		},
	}
	client, err := raia.NewClient(cfg)
	if err != nil {
		fmt.Println(err)
		return
	}
	server.Fail(1, raiatest.Failure{Status: http.StatusBadGateway})
	if _, err := client.Agents.GetCurrent(context.Background()); err != nil {
		fmt.Println(err)
	}
	// Output:
	// begins: raia: get current agent
	// attempt 1 GET /agents/by-api-key 502
	// attempt 2 GET /agents/by-api-key 200
	// ends: 200 after 2 attempts
}

// memoryStore is a TokenStore in memory. A store for replicas would keep the JSON of a Token in Redis or in a database.
type memoryStore struct {
	mu     sync.Mutex
	tokens map[string]parley.Token
}

func (s *memoryStore) Load(_ context.Context, key string) (parley.Token, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.tokens[key], nil
}

func (s *memoryStore) Save(_ context.Context, key string, token parley.Token) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tokens[key] = token
	return nil
}

func (s *memoryStore) Delete(_ context.Context, key string, refused parley.Token) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.tokens[key].AccessToken == refused.AccessToken {
		delete(s.tokens, key)
	}
	return nil
}

// Two replicas that share one token of Syntphony.
func ExampleTokenStore() {
	server := syntphonytest.NewServer()
	defer server.Close()
	store := &memoryStore{tokens: map[string]parley.Token{}}
	for replica := range 2 {
		cfg := server.Config()
		cfg.TokenStore = store
		client, err := syntphony.NewClient(cfg)
		if err != nil {
			fmt.Println(err)
			return
		}
		session := client.NewSession(syntphony.Caller{UserRef: fmt.Sprint("user-", replica)})
		if _, err := session.Say(context.Background(), "Hello"); err != nil {
			fmt.Println(err)
			return
		}
	}
	fmt.Println("token requests:", len(server.TokenRequests()))
	// Output: token requests: 1
}

// InfoOf reads the errors of all vendors alike.
func ExampleInfoOf() {
	server := raiatest.NewServer()
	defer server.Close()
	client, err := raia.NewClient(server.Config())
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = client.Conversations.Get(context.Background(), "unknown")
	if info, ok := parley.InfoOf(err); ok {
		fmt.Println(info.Vendor, info.Method, info.Path, info.StatusCode, info.Code)
	}
	// Output: raia GET /conversations/{id} 404 ENTITY_NOT_FOUND_ERROR
}
