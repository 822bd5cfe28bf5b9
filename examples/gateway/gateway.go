package main

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/chat/uistream"
	"github.com/seed-127a5941/parley/examples/gateway/demo"
	"github.com/seed-127a5941/parley/extra/parleyredis"
)

// gateway is one replica.
type gateway struct {
	options
	log         *slog.Logger
	identity    *identity
	telemetry   *telemetry
	redisClient *redis.Client       // nil without -redis
	tokens      parley.TokenStore   // nil without -redis
	vendors     []vendor            // those that are served
	suggestions map[string][]string // nil unless the fakes of package demo stand for the vendors
	requests    openRequests
	draining    atomic.Bool // SIGTERM has come
	closers     []func()    // end what was opened, the last first
}

// open prepares everything but the listener. The closers follow, also after an error.
func (g *gateway) open(ctx context.Context, env environment) (err error) {
	if g.identity, err = newIdentity(g.keyFile); err != nil {
		return err
	}
	if g.keyFile == "" {
		g.log.Warn("without -key-file users lose their conversations when this process ends")
	}
	if g.telemetry, err = newTelemetry(ctx, g.otlp); err != nil {
		return err
	}
	g.closers = append(g.closers, g.telemetry.close)
	if g.redis != "" {
		redis.SetLogger(&logging.VoidLogger{}) // it does not log JSON, and package uistream logs each failure
		if !strings.Contains(g.redis, "://") {
			g.redis = "redis://" + g.redis
		}
		settings, err := redis.ParseURL(g.redis)
		if err != nil { // which may show the password
			return errors.New("-redis takes HOST:PORT, or a URL such as rediss://USER:PASSWORD@HOST:PORT/0")
		}
		settings.ContextTimeoutEnabled = true
		g.redisClient = redis.NewClient(settings)
		g.closers = append(g.closers, func() { _ = g.redisClient.Close() })
		if g.tokens, err = parleyredis.NewTokenStore(g.redisClient, g.stored("")); err != nil {
			return err
		}
	}
	if err := g.openVendors(env); err != nil || len(g.vendors) > 0 {
		return err
	}
	if g.redis != "" && !g.demo {
		return errors.New("set a vendor's variables (see -h), or -demo: fakes in a process are not for users")
	}
	g.log.Warn("no vendor's variables are set (see -h), so fakes in this process stand for all four")
	values, end := demo.Start()
	g.suggestions, g.closers = demo.Suggestions, append(g.closers, end)
	return g.openVendors(func(name string) string { return values[name] })
}

// stored says how a part of the gateway stores in Redis.
func (g *gateway) stored(part string) parleyredis.Options {
	return parleyredis.Options{Prefix: "gateway:" + part, Keys: [][]byte{g.identity.storeKey}}
}

// serveVendor connects to a vendor and makes its handler. Conversations of two vendors may have the same id, so each
// vendor has a store of its own.
func (g *gateway) serveVendor(v vendor, env environment) (err error) {
	if v.driver, err = v.open(g, env); err != nil {
		return err
	}
	var store uistream.Store = uistream.NewMemoryStore()
	if g.redisClient != nil {
		if store, err = parleyredis.NewStore(g.redisClient, g.stored(v.name+":")); err != nil {
			return err
		}
	}
	v.handler, err = uistream.NewHandler(uistream.Config{Driver: v.driver, User: g.identity.user, Store: store,
		Logger: g.log, RecoverWait: g.recoverWait, TurnTimeout: g.turnTimeout})
	g.vendors = append(g.vendors, v)
	return err
}

// endTurns refuses new turns, ends the streams of events and waits for the answers under way until ctx ends.
func (g *gateway) endTurns(ctx context.Context) {
	var group sync.WaitGroup
	for _, v := range g.vendors {
		group.Go(func() {
			if err := v.handler.Shutdown(ctx); err != nil {
				g.log.Warn("answers under way were left to other replicas", "vendor", v.name)
			}
		})
	}
	group.Wait()
}

// ready returns an error that says why no requests should be sent here.
func (g *gateway) ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	if g.draining.Load() {
		return errors.New("shutting down")
	}
	if g.redisClient != nil && g.redisClient.Ping(ctx).Err() != nil {
		return errors.New("redis does not answer")
	}
	return nil
}
