// Command syntphony-audio takes a spoken turn: it sends a recording and prints what the agent answers.
//
//	go run ./examples/syntphony-audio
//	SYNTPHONY_...=... go run ./examples/syntphony-audio -live -file question.ogg
//
// The variables are those of the quickstart.
package main

import (
	"bytes"
	"context"
	_ "embed"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"

	"github.com/seed-127a5941/parley/syntphony"
	"github.com/seed-127a5941/parley/syntphony/syntphonytest"
)

// tone is half a second of a 440 Hz tone, so that there is something to send.
//
//go:embed tone.wav
var tone []byte

func main() {
	live := flag.Bool("live", false, "talk to Syntphony CAI itself, with the SYNTPHONY_* variables")
	file := flag.String("file", "", "recording to send, ogg or wav (default: a tone)")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, *live, *file)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "syntphony-audio:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, live bool, file string) error {
	cfg := syntphony.Config{
		BaseURL: os.Getenv("SYNTPHONY_BASE_URL"), OrgID: os.Getenv("SYNTPHONY_ORG_ID"), EnvID: os.Getenv("SYNTPHONY_ENV_ID"),
		BotID: os.Getenv("SYNTPHONY_BOT_ID"), ChannelID: os.Getenv("SYNTPHONY_CHANNEL_ID"),
		APIKey: os.Getenv("SYNTPHONY_API_KEY"), Locale: os.Getenv("SYNTPHONY_LOCALE"),
		Keycloak: syntphony.Keycloak{
			URL: os.Getenv("SYNTPHONY_KEYCLOAK_URL"), Realm: os.Getenv("SYNTPHONY_REALM"),
			ClientID: os.Getenv("SYNTPHONY_CLIENT_ID"), ClientSecret: os.Getenv("SYNTPHONY_CLIENT_SECRET"),
		},
	}
	if !live {
		server := syntphonytest.NewServer()
		defer server.Close()
		cfg = server.Config()
	}
	client, err := syntphony.NewClient(cfg) // names the field that is not set
	if err != nil {
		return err
	}
	audio := syntphony.Audio{Name: "tone.wav", Content: bytes.NewReader(tone)}
	if file != "" {
		recording, err := os.Open(file)
		if err != nil {
			return err
		}
		defer recording.Close()
		audio = syntphony.Audio{Name: filepath.Base(file), Content: recording} // streamed, whatever its size
	}
	session := client.NewSession(syntphony.Caller{UserRef: "syntphony-audio", OS: "Linux"})
	if _, err := session.Welcome(ctx); err != nil {
		return err
	}
	reply, err := session.SendAudio(ctx, audio, syntphony.Input{})
	if err != nil {
		return err
	}
	fmt.Printf("sent %s in session %s\n", audio.Name, reply.SessionCode)
	for _, answer := range reply.Answers {
		if text, ok := answer.Content.Text(); ok {
			fmt.Println("bot:", text)
		}
	}
	return nil
}
