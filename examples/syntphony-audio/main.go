// Command syntphony-audio takes a spoken turn: it sends a recording and prints the agent's answer. It talks to the fake
// server. With -live it talks to Syntphony CAI itself, with the variables of the quickstart. If they are not set, it
// names them.
//
//	go run ./examples/syntphony-audio
//	SYNTPHONY_...=... go run ./examples/syntphony-audio -live -file question.ogg
package main

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"strings"

	"github.com/seed-127a5941/parley/syntphony"
	"github.com/seed-127a5941/parley/syntphony/syntphonytest"
)

// tone is half a second of a 440 Hz tone, which is sent if the user has no recording.
//
//go:embed tone.wav
var tone []byte

func main() {
	live := flag.Bool("live", false, "talk to Syntphony CAI itself, with the SYNTPHONY_* variables")
	file := flag.String("file", "", "recording to send, ogg or wav (default: a tone)")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, *live, *file)
	if err != nil {
		fmt.Fprintln(os.Stderr, "syntphony-audio:", advice(ctx, err))
	}
	stop()
	if err != nil {
		os.Exit(1)
	}
}

func run(ctx context.Context, live bool, file string) error {
	if flag.NArg() > 0 {
		return errors.New("use only flags, such as -file: see -h")
	}
	cfg, err := fromEnvironment()
	if live && err != nil {
		return err
	}
	if !live {
		server := syntphonytest.NewServer()
		defer server.Close()
		cfg = server.Config()
	}
	client, err := syntphony.NewClient(cfg)
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
	reply, err := client.NewSession(syntphony.Caller{UserRef: "syntphony-audio", OS: "Linux"}).SendAudio(ctx, audio,
		syntphony.Input{})
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

// fromEnvironment reads the variables. Its error names those that are not set.
func fromEnvironment() (syntphony.Config, error) {
	var missing []string
	get := func(name string) string {
		value := os.Getenv("SYNTPHONY_" + name)
		if value == "" {
			missing = append(missing, "SYNTPHONY_"+name)
		}
		return value
	}
	cfg := syntphony.Config{
		BaseURL: get("BASE_URL"), OrgID: get("ORG_ID"), EnvID: get("ENV_ID"), BotID: get("BOT_ID"),
		ChannelID: get("CHANNEL_ID"), APIKey: get("API_KEY"), Locale: get("LOCALE"),
		Keycloak: syntphony.Keycloak{
			URL: get("KEYCLOAK_URL"), Realm: get("REALM"), ClientID: get("CLIENT_ID"),
			ClientSecret: get("CLIENT_SECRET"),
		},
	}
	if len(missing) > 0 {
		return cfg, fmt.Errorf("-live needs %s", strings.Join(missing, ", "))
	}
	return cfg, nil
}

// advice returns err as one line that says how to go on.
func advice(ctx context.Context, err error) string {
	switch {
	case ctx.Err() != nil:
		return "interrupted; the agent may have heard the recording"
	case errors.Is(err, syntphony.ErrUnauthorized), errors.Is(err, syntphony.ErrForbidden):
		return "check SYNTPHONY_API_KEY, SYNTPHONY_CLIENT_ID and SYNTPHONY_CLIENT_SECRET: " + err.Error()
	case errors.As(err, new(*net.OpError)), errors.Is(err, syntphony.ErrNotFound), errors.Is(err, syntphony.ErrDecode):
		return "check the URLs and ids in SYNTPHONY_* and your network: " + err.Error()
	}
	return err.Error()
}
