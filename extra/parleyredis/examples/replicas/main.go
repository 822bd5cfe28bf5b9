package main

import (
	"context"
	"fmt"
	"log"
	"os"

	"github.com/redis/go-redis/v9"

	"github.com/seed-127a5941/parley/chat"
	"github.com/seed-127a5941/parley/chat/uistream"
	"github.com/seed-127a5941/parley/extra/parleyredis"
	"github.com/seed-127a5941/parley/syntphony"
	"github.com/seed-127a5941/parley/syntphony/syntphonychat"
	"github.com/seed-127a5941/parley/syntphony/syntphonytest"
)

// replica is one process of a service.
type replica struct {
	store  *parleyredis.Store
	driver chat.Driver
}

func newReplica(addr string, cfg syntphony.Config) (*replica, error) {
	client := redis.NewClient(&redis.Options{Addr: addr, ContextTimeoutEnabled: true})
	tokens, err := parleyredis.NewTokenStore(client, parleyredis.Options{})
	if err != nil {
		return nil, err
	}
	store, err := parleyredis.NewStore(client, parleyredis.Options{})
	if err != nil {
		return nil, err
	}
	cfg.TokenStore = tokens
	vendor, err := syntphony.NewClient(cfg)
	if err != nil {
		return nil, err
	}
	return &replica{store: store, driver: syntphonychat.New(vendor, syntphonychat.Options{})}, nil
}

// ask says something in a conversation that any replica may have begun.
func (r *replica) ask(ctx context.Context, user, id, text string) (string, error) {
	lease, err := r.store.Lock(ctx, user, id) // matches uistream.ErrLocked while another replica talks
	if err != nil {
		return "", err
	}
	defer lease.Unlock()
	record, err := r.store.Load(ctx, user, id)
	if err != nil {
		return "", err
	}
	conversation, err := chat.New(r.driver, chat.User{ID: user}, chat.Options{
		State: record.State,
		Save:  func(ctx context.Context, s chat.State) error { return lease.Save(ctx, uistream.Record{State: s}) },
	})
	if err != nil {
		return "", err
	}
	defer conversation.Close()
	answer, err := conversation.Ask(lease.Context(), chat.Message{Text: text}) // ends before the lock does
	if err != nil {
		return "", err
	}
	return answer.Text, nil
}

func main() {
	vendor := syntphonytest.NewServer()
	defer vendor.Close()
	for i, text := range []string{"Hello", "Where is my parcel?"} {
		r, err := newReplica(os.Args[1], vendor.Config())
		if err != nil {
			log.Fatal(err)
		}
		answer, err := r.ask(context.Background(), "customer-7", "conversation-1", text)
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("replica %d: %s\n", i+1, answer)
	}
	fmt.Println("token requests:", len(vendor.TokenRequests()))
}
