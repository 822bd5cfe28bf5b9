package main

import (
	"context"
	"errors"
	"io/fs"
	"os"

	"github.com/seed-127a5941/parley/chat"
)

// file keeps the state of a conversation. An empty name keeps no state.
type file string

func (f file) load() (chat.State, error) {
	if f == "" {
		return nil, nil
	}
	state, err := os.ReadFile(string(f))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return state, err
}

// save replaces the file as a whole, so that a crash leaves the old state or the new one.
func (f file) save(_ context.Context, state chat.State) error {
	if f == "" {
		return nil
	}
	next := string(f) + ".next"
	if err := os.WriteFile(next, state, 0o600); err != nil {
		return err
	}
	return os.Rename(next, string(f))
}
