package parleyredis

import (
	"context"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
)

// network stands between a client and its server. Its functions may be changed while it is in use.
type network struct {
	mu     sync.Mutex
	before func(ctx context.Context, text string) error // an error keeps the command from the server
	after  func(text string) error                      // an error replaces the reply
}

// set replaces both functions. They may be nil.
func (n *network) set(before func(context.Context, string) error, after func(string) error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.before, n.after = before, after
}

// DialHook returns next.
func (n *network) DialHook(next redis.DialHook) redis.DialHook { return next }

// ProcessPipelineHook returns next.
func (n *network) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

// ProcessHook calls the functions.
func (n *network) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, cmd redis.Cmder) error {
		n.mu.Lock()
		before, after := n.before, n.after
		n.mu.Unlock()
		if before != nil {
			if err := before(ctx, textOf(cmd)); err != nil {
				cmd.SetErr(err)
				return err
			}
		}
		err := next(ctx, cmd)
		if after != nil && err == nil {
			err = after(textOf(cmd))
			cmd.SetErr(err)
		}
		return err
	}
}

// textOf returns the name of our script in a command, or the name of the command.
func textOf(cmd redis.Cmder) string {
	args := cmd.Args()
	if len(args) > 1 && strings.HasPrefix(cmd.Name(), "eval") {
		hash, _ := args[1].(string)
		if cmd.Name() == "eval" {
			hash = redis.NewScript(hash).Hash()
		}
		for name, script := range map[string]*redis.Script{
			"lock": takeLock, "renew": renewLease, "save": saveRecord, "append": appendLog, "unlock": unlockLease,
		} {
			if hash == script.Hash() {
				return name
			}
		}
	}
	return cmd.Name()
}

// only returns a before function that returns err for the commands with a text.
func only(text string, err error) func(context.Context, string) error {
	return func(_ context.Context, got string) error {
		if got == text {
			return err
		}
		return nil
	}
}

// bubble returns a server and a function that makes clients of it, for use in a synctest bubble.
func bubble(t *testing.T) (server *miniredis.Miniredis, dial func() (*redis.Client, *network)) {
	t.Helper()
	server = miniredis.NewMiniRedis()
	server.ClockTTL(true)
	t.Cleanup(server.Close)
	return server, func() (*redis.Client, *network) {
		client := redis.NewClient(&redis.Options{
			Addr:                  "127.0.0.1:0",
			ContextTimeoutEnabled: true,
			MaxRetries:            -1,
			Dialer:                func(context.Context, string, string) (net.Conn, error) { return server.Dial() },
		})
		t.Cleanup(func() { _ = client.Close() })
		hook := &network{}
		client.AddHook(hook)
		return client, hook
	}
}
