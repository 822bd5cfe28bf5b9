package raia_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/seed-127a5941/parley/raia"
	"github.com/seed-127a5941/parley/raia/raiatest"
)

// start returns a client of a fake server, a user of it, and a func that closes the server.
func start() (*raia.Client, *raia.User, func()) {
	server := raiatest.NewServer()
	client, err := raia.NewClient(server.Config())
	if err != nil {
		log.Fatal(err)
	}
	user, err := client.Users.Create(context.Background(), raia.CreateUserParams{
		FirstName: "Ada", LastName: "Example", Email: "ada@example.com",
	})
	if err != nil {
		log.Fatal(err)
	}
	return client, user, server.Close
}

func Example() {
	client, user, stop := start()
	defer stop()
	ctx := context.Background()

	conversation, err := client.Conversations.Create(ctx, raia.CreateConversationParams{
		ConversationUserID: user.ID, Title: "Opening hours",
	})
	if err != nil {
		log.Fatal(err)
	}
	answer, err := client.Conversations.Send(ctx, conversation.ID, raia.SendMessageParams{Message: "When do you open?"})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(answer.Message)
	// Output: You said: When do you open?
}

// A GET is retried when the server is broken, and a message is not.
func ExampleConfig_retries() {
	server := raiatest.NewServer()
	defer server.Close()
	cfg := server.Config()
	cfg.Timeout = 20 * time.Second                                  // one attempt; ctx bounds the whole call
	cfg.MaxRetries = 4                                              // after the first attempt
	cfg.MaxRetryWait = 10 * time.Millisecond                        // between two attempts
	cfg.Hooks.OnAttempt = func(_ context.Context, a raia.Attempt) { // for metrics and traces
		fmt.Println(a.Operation, a.Number, a.StatusCode)
	}
	client, err := raia.NewClient(cfg)
	if err != nil {
		log.Fatal(err)
	}

	server.Fail(2, raiatest.Failure{Status: 500})
	_, err = client.Agents.GetCurrent(context.Background())
	fmt.Println(err)
	// Output:
	// raia: get current agent 1 500
	// raia: get current agent 2 500
	// raia: get current agent 3 200
	// <nil>
}

// A message may have arrived although the call failed. Wait, and look for it before you send it again. Absence proves
// nothing until the wait has passed, because the request may still be on its way. Recover of package chat does this.
func ExampleError_deliveryUnknown() {
	server := raiatest.NewServer()
	defer server.Close()
	client, err := raia.NewClient(server.Config())
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	started, err := client.Conversations.Start(ctx, raia.SMSStart{
		FirstName: "Ada", LastName: "Example", PhoneNumber: "+12025550100", Introduction: "Hello from the shop",
	})
	if err != nil {
		log.Fatal(err)
	}

	server.Fail(1, raiatest.Failure{Reset: true})
	_, err = client.Conversations.Send(ctx, started.ConversationID, raia.SendMessageParams{Message: "Cancel my order"})
	if errors.Is(err, raia.ErrDeliveryUnknown) {
		time.Sleep(time.Millisecond) // against the vendor itself, 90 seconds or more
		messages, err := client.Conversations.ListMessages(ctx, started.ConversationID, raia.ListMessagesParams{})
		if err != nil {
			log.Fatal(err)
		}
		arrived := messages[len(messages)-1].Message == "Cancel my order"
		fmt.Println("it arrived:", arrived)
	}
	// Output: it arrived: false
}

// timed is a RoundTripper, as those of OpenTelemetry are. It sees the credential header, so it records no header.
type timed struct{ next http.RoundTripper }

func (t timed) RoundTrip(r *http.Request) (*http.Response, error) {
	began := time.Now()
	response, err := t.next.RoundTrip(r)
	fmt.Println(r.Method, r.URL.Path, time.Since(began) < time.Minute)
	return response, err
}

// The Transport, Jar and Timeout of a custom HTTP client stay in force, and the client is not changed.
func ExampleConfig_httpClient() {
	server := raiatest.NewServer()
	defer server.Close()
	pool := &http.Transport{MaxIdleConnsPerHost: 20, Proxy: http.ProxyFromEnvironment}
	defer pool.CloseIdleConnections()
	cfg := server.Config()
	cfg.HTTPClient = &http.Client{Transport: timed{pool}}
	client, err := raia.NewClient(cfg)
	if err != nil {
		log.Fatal(err)
	}

	if _, err := client.Agents.GetCurrent(context.Background()); err != nil {
		log.Fatal(err)
	}
	// Output: GET /external/agents/by-api-key true
}

func ExampleConversationsService_All() {
	client, user, stop := start()
	defer stop()
	ctx := context.Background()
	for _, title := range []string{"First", "Second", "Third"} {
		if _, err := client.Conversations.Create(ctx,
			raia.CreateConversationParams{ConversationUserID: user.ID, Title: title}); err != nil {
			log.Fatal(err)
		}
	}

	for conversation, err := range client.Conversations.All(ctx, raia.ListConversationsParams{PageSize: 2}) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(conversation.Title)
	}
	// Output:
	// First
	// Second
	// Third
}

func ExampleConversationsService_Start() {
	client, _, stop := start()
	defer stop()

	started, err := client.Conversations.Start(context.Background(), raia.SMSStart{
		FirstName: "Ada", LastName: "Example", PhoneNumber: "+12025550100", Introduction: "Hello from the shop",
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(started.ConversationID != "")
	// Output: true
}

func ExampleConversationsService_Await() {
	client, user, stop := start()
	defer stop()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	conversation, err := client.Conversations.Create(ctx, raia.CreateConversationParams{ConversationUserID: user.ID})
	if err != nil {
		log.Fatal(err)
	}

	question, err := client.Conversations.SendAsync(ctx, conversation.ID,
		raia.SendMessageParams{Message: "Are you there?"})
	if err != nil {
		log.Fatal(err)
	}
	response, err := client.Conversations.Await(ctx, conversation.ID, question.ID)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(response.Status, response.Message.Message)
	// Output: completed You said: Are you there?
}

func ExampleError() {
	client, _, stop := start()
	defer stop()

	_, err := client.Conversations.Get(context.Background(), "unknown")
	fmt.Println(err)
	fmt.Println(errors.Is(err, raia.ErrNotFound), errors.Is(err, raia.CodeEntityNotFound))
	if answer, ok := errors.AsType[*raia.Error](err); ok {
		fmt.Println(answer.StatusCode, answer.Attempts)
	}
	// Output:
	// raia: get conversation: 404 ENTITY_NOT_FOUND_ERROR: ENTITY_NOT_FOUND (GET /conversations/{id}, 1 attempt)
	// true true
	// 404 1
}

func ExampleUploadTarget_Upload() {
	client, user, stop := start()
	defer stop()
	ctx := context.Background()
	conversation, err := client.Conversations.Create(ctx, raia.CreateConversationParams{ConversationUserID: user.ID})
	if err != nil {
		log.Fatal(err)
	}

	target, err := client.Conversations.CreateMessageFileUploadURL(ctx, conversation.ID, raia.UploadURLParams{
		FileName: "note.txt", ContentType: "text/plain",
	})
	if err != nil {
		log.Fatal(err)
	}
	err = target.Upload(ctx, raia.UploadParams{
		Method: http.MethodPut, ContentType: "text/plain", Content: strings.NewReader("Hi"),
	})
	if err != nil {
		log.Fatal(err)
	}
	answer, err := client.Conversations.Send(ctx, conversation.ID, raia.SendMessageParams{
		Message: "See the file", Files: []raia.FileAttachment{{FileName: "note.txt", StoragePath: target.StoragePath}},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(answer.Message)
	// Output: You said: See the file
}

func ExampleReadWebhook() {
	handler := func(w http.ResponseWriter, r *http.Request) {
		delivery, err := raia.ReadWebhook(r, "X-Webhook-Secret", "the secret of CreateWebhookParams.Headers")
		if err != nil {
			http.Error(w, "refused", http.StatusForbidden)
			return
		}
		fmt.Println(string(delivery.Raw))
	}

	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(`{"message":"hello"}`))
	r.Header.Set("X-Webhook-Secret", "the secret of CreateWebhookParams.Headers")
	handler(httptest.NewRecorder(), r)
	// Output: {"message":"hello"}
}

func ExampleSkill() {
	client, _, stop := start()
	defer stop()

	agent, err := client.Agents.GetCurrent(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	for _, skill := range agent.Skills {
		switch skill := skill.(type) {
		case *raia.APISkill:
			fmt.Println(skill.SystemName, skill.APIKey, skill.APIKey.Value() != "")
		case *raia.OtherSkill:
			fmt.Println(skill.SystemName, "is in skill.Raw")
		}
	}
	// Output: API [redacted] true
}
