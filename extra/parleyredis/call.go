package parleyredis

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"

	"github.com/redis/go-redis/v9"
)

// afterTime limits the commands that follow the end of a context, such as giving a lock back.
const afterTime = 2 * time.Second

// patience is the time for which a command is repeated while Redis cannot be reached, such as while it restarts. All
// commands of this package may be repeated.
const (
	patience   = 3 * time.Second
	retryPause = 100 * time.Millisecond
)

// patiently is call, repeated as patience says. If ctx ends meanwhile, the error matches its cause.
func patiently[T any](ctx context.Context, op string, f func(context.Context) (T, error), late func(T)) (T, error) {
	last := time.Now().Add(patience)
	for {
		value, err := call(ctx, op, f, late)
		switch {
		case err == nil || !passing(err):
			return value, err
		case ctx.Err() != nil:
			if cause := context.Cause(ctx); !errors.Is(err, cause) {
				err = fmt.Errorf("%w: %w", err, cause)
			}
			return value, err
		case time.Now().After(last):
			return value, err
		}
		pause(ctx, retryPause)
	}
}

// errPassing is matched by the errors of a server that will soon be ready.
var errPassing = errors.New("redis is not ready")

// passing reports whether err may pass while one waits for Redis.
func passing(err error) bool {
	var network net.Error
	return errors.Is(err, errPassing) || errors.As(err, &network) || errors.Is(err, io.EOF)
}

// result is the result of a command.
type result[T any] struct {
	value T
	err   error
}

// call runs f, which uses Redis, and returns its result without anything secret in the error. It returns when ctx ends
// even if f does not, because go-redis reads on from a server that is silent until its own timeout. late then gets the
// value of f if f succeeds after all. It may be nil.
func call[T any](ctx context.Context, op string, f func(context.Context) (T, error), late func(T)) (T, error) {
	var none T
	if ctx.Err() != nil {
		return none, fmt.Errorf("parleyredis: %s: %w", op, context.Cause(ctx))
	}
	done := make(chan result[T])
	go func() {
		value, err := f(ctx)
		select {
		case done <- result[T]{value, err}:
		case <-ctx.Done():
			if err == nil && late != nil {
				late(value)
			}
		}
	}()
	select {
	case r := <-done:
		return r.value, clean(op, r.err)
	case <-ctx.Done():
		return none, fmt.Errorf("parleyredis: %s: %w", op, context.Cause(ctx))
	}
}

// clean adds the operation to err and removes the texts that the server quotes, because Redis quotes the arguments of
// a command that it does not know.
func clean(op string, err error) error {
	if err == nil {
		return nil
	}
	var answered redis.Error
	if errors.As(err, &answered) && !errors.Is(err, redis.Nil) {
		text, _, _ := strings.Cut(answered.Error(), ", with args")
		text, _, _ = strings.Cut(text, "'")
		text, _, _ = strings.Cut(text, "`")
		err := fmt.Errorf("parleyredis: %s: redis responded: %s", op, strings.TrimSpace(text))
		if redis.IsLoadingError(answered) || redis.IsReadOnlyError(answered) || redis.IsClusterDownError(answered) {
			return fmt.Errorf("%w (%w)", err, errPassing)
		}
		return err
	}
	return fmt.Errorf("parleyredis: %s: %w", op, err)
}
