package chat

import (
	"context"
	"crypto/rand"
	"iter"
	"sync"
	"sync/atomic"
	"time"
)

// Options says how a Conversation is kept. The zero value is ready to use.
type Options struct {
	// State continues a conversation. If it is nil, the first call that needs a conversation opens one.
	State State
	// Save is called before a message is sent, when the vendor has accepted it, before a message with choices is
	// yielded, and after the turn. If it fails before the send, the message is not sent. Events calls it too when a
	// message changes the choices or the driver's Memory. One call runs at a time. If it is nil, the caller uses
	// Conversation.State.
	Save func(context.Context, State) error
	// PollInterval is the wait between the first two looks of a series. The waits grow to eight times as much. Zero
	// means 2 seconds.
	PollInterval time.Duration
	// RecoverWait is the time from the send of a message until its absence proves that it was not delivered. Zero
	// means 90 seconds. It must be longer than a request of the vendor's client can take.
	RecoverWait time.Duration
}

const (
	defaultPollInterval = 2 * time.Second
	defaultRecoverWait  = 90 * time.Second
)

// Conversation is a conversation of one user. It is safe for concurrent use. See the package's documentation.
type Conversation struct {
	session Session      // of the driver, for this conversation
	can     Capabilities // of the driver
	opts    Options      // with its defaults

	turn     chan struct{}           // held during a turn; those who wait for it get it in their order
	saving   chan struct{}           // held while the state is saved, so that Save gets the states in their order
	draining chan struct{}           // closed by Shutdown and Close: no turn begins any more
	life     context.Context         // ends with Close
	end      context.CancelCauseFunc // ends life
	drain    sync.Once               // closes draining

	mu      sync.Mutex // guards the fields below
	st      state
	saved   string // the State that was saved last
	learned bool   // the memory of the driver or the choices have changed since then
	newest  string // ID of the last message that the vendor has listed
}

// New returns a conversation of user through d without a request. The error matches parley.ErrInvalidArgument if user
// has no ID or if opts.State belongs to another driver, another user or a later version of this package.
func New(d Driver, user User, opts Options) (*Conversation, error) {
	if user.ID == "" {
		return nil, invalid("User.ID is required")
	}
	st, err := readState(opts.State, d.Name(), user.ID)
	if err != nil {
		return nil, err
	}
	if opts.PollInterval <= 0 {
		opts.PollInterval = defaultPollInterval
	}
	if opts.RecoverWait <= 0 {
		opts.RecoverWait = defaultRecoverWait
	}
	c := &Conversation{
		can: d.Capabilities(), opts: opts, st: st, saved: string(opts.State),
		turn: make(chan struct{}, 1), saving: make(chan struct{}, 1), draining: make(chan struct{}),
	}
	c.life, c.end = context.WithCancelCause(context.Background())
	c.session, err = d.Connect(user, &Memory{c})
	return c, err
}

// State returns what another process needs to continue the conversation, as of now. It does not wait for a turn.
func (c *Conversation) State() State {
	c.mu.Lock()
	defer c.mu.Unlock()
	raw, err := c.st.encode()
	if err != nil && c.saved != "" { // such as a State that another program has made too large
		return State(c.saved)
	}
	return raw
}

// Pending returns the message whose fate is open. It reports false if the fate of every message is known. Call Recover
// to settle the message.
func (c *Conversation) Pending() (Pending, bool) {
	p := c.pending()
	if p == nil {
		return Pending{}, false
	}
	return Pending{ID: p.ID, SentAt: p.SentAt.UTC(), hash: p.Hash}, true
}

// pending returns a copy of the record, or nil.
func (c *Conversation) pending() *record {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.st.Pending == nil {
		return nil
	}
	p := *c.st.Pending
	return &p
}

// commit changes the state and passes it to Options.Save, unless it was saved already. If Save fails, everything that
// concerns the turn is as before. A nil change leaves the state as it is, so that no failure of Save undoes what a turn
// has changed meanwhile. If ctx has ended, commit changes no state, because a driver may have taken the end of ctx for
// the end of the turn.
func (c *Conversation) commit(ctx context.Context, change func(*state)) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	select {
	case c.saving <- struct{}{}:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	defer func() { <-c.saving }()
	c.mu.Lock()
	before, learned := c.st, c.learned
	if change != nil {
		change(&c.st)
	}
	raw, err := c.st.encode()
	saved := c.saved == string(raw)
	c.learned = false
	c.mu.Unlock()
	if err == nil && !saved && c.opts.Save != nil {
		err = c.opts.Save(ctx, raw)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if err != nil {
		c.learned = learned || c.learned
		if change != nil {
			before.Memory, before.Told, before.Offered = c.st.Memory, c.st.Told, c.st.Offered
			c.st = before
		}
		return err
	}
	c.saved = string(raw)
	return nil
}

// save saves the state.
func (c *Conversation) save(ctx context.Context) error { return c.commit(ctx, nil) }

// saveLearned saves the state if the driver's Memory or the choices have changed since the last save.
func (c *Conversation) saveLearned(ctx context.Context) error {
	c.mu.Lock()
	learned := c.learned
	c.mu.Unlock()
	if !learned {
		return nil
	}
	return c.save(ctx)
}

// sequence returns a turn that takes place when it is ranged over.
func (c *Conversation) sequence(ctx context.Context, run func(*Turn) error) iter.Seq2[Event, error] {
	var ranged atomic.Bool
	return func(yield func(Event, error) bool) {
		if ranged.Swap(true) {
			yield(Event{}, errRanged)
			return
		}
		if err := c.enter(ctx); err != nil {
			yield(Event{}, err)
			return
		}
		defer func() { <-c.turn }()
		bound, release := c.bind(ctx)
		defer release()
		newTurn(c, bound, yield).take(run)
	}
}

// enter waits for the turn.
func (c *Conversation) enter(ctx context.Context) error {
	select {
	case <-c.draining:
		return errClosed
	default:
	}
	if ctx.Err() != nil {
		return waitError(ctx)
	}
	select {
	case c.turn <- struct{}{}:
	case <-c.draining:
		return errClosed
	case <-ctx.Done():
		return waitError(ctx)
	}
	select {
	case <-c.draining: // it began while the turn became free
		<-c.turn
		return errClosed
	default:
		return nil
	}
}

func waitError(ctx context.Context) error {
	return &unsentError{step: "wait for the turn", cause: context.Cause(ctx)}
}

// bind returns a context that ends with ctx and with Close.
func (c *Conversation) bind(ctx context.Context) (context.Context, func()) {
	bound, cancel := context.WithCancelCause(ctx)
	if c.life.Err() != nil {
		cancel(errClosed)
	}
	stop := context.AfterFunc(c.life, func() { cancel(errClosed) })
	return bound, func() {
		stop()
		cancel(nil)
	}
}

// Shutdown refuses new turns, waits until the running one has ended, and closes the Conversation. If ctx ends before,
// it returns ctx's cause and leaves the turn running; call Close then.
func (c *Conversation) Shutdown(ctx context.Context) error {
	c.drain.Do(func() { close(c.draining) })
	select {
	case c.turn <- struct{}{}:
		<-c.turn
		return c.Close()
	case <-c.life.Done():
		return c.Close()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Close frees connections and leaves the conversation at the vendor open. A running turn ends with parley.ErrClosed,
// and its message stays pending. Loops over Events end too. Close does not wait for them, so a loop may call it. It
// may be called more than once.
func (c *Conversation) Close() error {
	c.drain.Do(func() { close(c.draining) })
	c.end(errClosed)
	return c.session.Close()
}

// newID makes an ID for a message without one.
func newID() string { return "chat-" + rand.Text() }
