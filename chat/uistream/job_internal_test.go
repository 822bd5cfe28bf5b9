package uistream

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/seed-127a5941/parley/chat"
)

// failingLease is a Lease whose Save returns the next one of its errors.
type failingLease struct {
	Lease
	ctx  context.Context
	errs []error
}

func (l *failingLease) Context() context.Context { return l.ctx }

func (l *failingLease) Save(context.Context, Record) error {
	err := l.errs[0]
	l.errs = l.errs[1:]
	return err
}

// If the end of a turn could not be saved, the Conversation in memory must not serve the next request, because its
// state is not that of the Store.
func TestPersistPatiently_TellsWhetherTheEndIsInTheStore(t *testing.T) {
	down := errors.New("down")
	for name, tt := range map[string]struct {
		errs  []error // of the calls of Save, all of which are made
		end   time.Duration
		took  time.Duration
		saved bool
	}{
		"at once":               {errs: []error{nil}, saved: true},
		"at the last attempt":   {errs: []error{down, down, down, nil}, took: 1250 * time.Millisecond, saved: true},
		"never":                 {errs: []error{down, down, down, down}, took: 1250 * time.Millisecond},
		"the lock is lost":      {errs: []error{ErrLocked}},
		"the lock is lost then": {errs: []error{down, ErrLocked}, took: 50 * time.Millisecond},
		"the lease ends":        {errs: []error{down, down, down}, end: time.Second, took: time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				if tt.end > 0 {
					time.AfterFunc(tt.end, cancel)
				}
				lease := &failingLease{ctx: ctx, errs: tt.errs}
				h := &Handler{config: Config{Logger: slog.New(slog.DiscardHandler)}, talks: talks{}}
				j := &job{h: h, lease: lease, talk: &talk{at: "before"}}
				began := time.Now()
				assert.Equal(t, tt.saved, j.persistPatiently(chat.State("after")))
				assert.Equal(t, tt.took, time.Since(began))
				assert.Empty(t, lease.errs, "calls of Save that were not made")
				assert.Equal(t, tt.saved, j.talk.at == "after")
			})
		})
	}
}
