package syntphony_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"strings"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"

	"github.com/seed-127a5941/parley/syntphony"
	"github.com/seed-127a5941/parley/syntphony/syntphonytest"
)

func Example() {
	server := syntphonytest.NewServer() // in place of the vendor's
	defer server.Close()
	client, err := syntphony.NewClient(server.Config())
	if err != nil {
		log.Fatal(err)
	}

	ctx := context.Background()
	session := client.NewSession(syntphony.Caller{UserRef: "203.0.113.7", OS: "Linux"})
	reply, err := session.Welcome(ctx)
	if err != nil {
		log.Fatal(err)
	}
	show(reply)
	reply, err = session.Say(ctx, "How much do I have in my account?")
	if err != nil {
		log.Fatal(err)
	}
	show(reply)
	// Output:
	// Welcome!
	// You said: How much do I have in my account?
}

func show(reply *syntphony.Reply) {
	for _, answer := range reply.Answers {
		if text, ok := answer.Content.Text(); ok {
			fmt.Println(text)
		}
	}
}

// A conversation continues in another process. Only code and context have to get there.
func ExampleClient_ResumeSession() {
	server := syntphonytest.NewServer()
	defer server.Close()
	client, err := syntphony.NewClient(server.Config())
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	caller := syntphony.Caller{UserRef: "203.0.113.7", OS: "Linux"}
	session := client.NewSession(caller)
	if _, err := session.Send(ctx, syntphony.Input{Text: "Hello", Context: map[string]any{"user": 25237}}); err != nil {
		log.Fatal(err)
	}
	saved, err := json.Marshal(session.State())
	if err != nil {
		log.Fatal(err)
	}

	var state syntphony.SessionState // in the other process
	if err := json.Unmarshal(saved, &state); err != nil {
		log.Fatal(err)
	}
	reply, err := client.ResumeSession(caller, state).Say(ctx, "And again")
	if err != nil {
		log.Fatal(err)
	}
	show(reply)
	fmt.Println(reply.Context["user"], reply.SessionCode == session.Code())
	// Output:
	// You said: And again
	// 25237 true
}

// tokens is an oauth2.TokenSource of the caller's, such as one that reads a store which all replicas share.
type tokens func() (*oauth2.Token, error)

func (t tokens) Token() (*oauth2.Token, error) { return t() }

// The tokens come from another source than Keycloak.
func ExampleConfig_tokenSource() {
	server := syntphonytest.NewServer()
	defer server.Close()
	cfg := server.Config()
	keycloak := &clientcredentials.Config{
		ClientID: cfg.Keycloak.ClientID, ClientSecret: cfg.Keycloak.ClientSecret, AuthStyle: oauth2.AuthStyleInParams,
		TokenURL: cfg.Keycloak.URL + "/auth/realms/" + cfg.Keycloak.Realm + "/protocol/openid-connect/token",
	}
	cfg.Keycloak = syntphony.Keycloak{}
	cfg.TokenSource = tokens(func() (*oauth2.Token, error) {
		fmt.Println("a token is asked for")
		return keycloak.Token(context.Background())
	})
	client, err := syntphony.NewClient(cfg)
	if err != nil {
		log.Fatal(err)
	}
	session := client.NewSession(syntphony.Caller{UserRef: "203.0.113.7", OS: "Linux"})
	for _, text := range []string{"Hello", "And again"} {
		reply, err := session.Say(context.Background(), text)
		if err != nil {
			log.Fatal(err)
		}
		show(reply)
	}
	// Output:
	// a token is asked for
	// You said: Hello
	// You said: And again
}

func ExampleSession_SendAudio() {
	server := syntphonytest.NewServer()
	defer server.Close()
	client, err := syntphony.NewClient(server.Config())
	if err != nil {
		log.Fatal(err)
	}
	session := client.NewSession(syntphony.Caller{UserRef: "203.0.113.7", OS: "Linux"})
	recording := strings.NewReader("OggS...") // an os.File, for example
	reply, err := session.SendAudio(context.Background(), syntphony.Audio{Content: recording}, syntphony.Input{})
	if err != nil {
		log.Fatal(err)
	}
	show(reply)
	// Output:
	// You sent a recording.
}

// A rating and an evaluation end a conversation.
func ExampleAnswersService_Rate() {
	server := syntphonytest.NewServer()
	defer server.Close()
	client, err := syntphony.NewClient(server.Config())
	if err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	session := client.NewSession(syntphony.Caller{UserRef: "203.0.113.7", OS: "Linux"})
	reply, err := session.Say(ctx, "Hello")
	if err != nil {
		log.Fatal(err)
	}
	for _, answer := range reply.Answers {
		if answer.Evaluable {
			fmt.Println("rated:", client.Answers.Rate(ctx, answer.InteractionID, true))
		}
	}
	fmt.Println("evaluated:", session.SubmitSatisfaction(ctx, syntphony.Satisfaction{Evaluation: 9, Answered: true}))
	// Output:
	// rated: <nil>
	// evaluated: <nil>
}

func ExampleError() {
	server := syntphonytest.NewServer()
	defer server.Close()
	client, err := syntphony.NewClient(server.Config())
	if err != nil {
		log.Fatal(err)
	}
	server.Fail(1, syntphonytest.Failure{Status: 422, Body: `{"message": "no such code"}`})
	session := client.NewSession(syntphony.Caller{UserRef: "203.0.113.7", OS: "Linux"})
	_, err = session.Say(context.Background(), "Hello")

	var failure *syntphony.Error
	if errors.As(err, &failure) {
		fmt.Println(failure.StatusCode, failure.Message, errors.Is(err, syntphony.ErrUnprocessable))
	}
	// Output:
	// 422 no such code true
}
