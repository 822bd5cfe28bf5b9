package uistream

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/chat"
)

// Config says how a Handler serves. Driver and User are required.
type Config struct {
	// Driver connects to the vendor.
	Driver chat.Driver
	// User returns who sent a request, from a cookie or a header that it verifies. An error is a 401; its text is not
	// shown to anybody. A conversation belongs to User.ID, so another user's conversation is an unknown one.
	User func(*http.Request) (chat.User, error)
	// Store keeps the conversations. If it is nil, they are kept in the memory of this Handler. Replicas need a Store
	// that they share. Handlers of different vendors must not share a Store.
	Store Store
	// Origins are the origins of web pages on other hosts that may use the Handler, such as "https://www.example.com",
	// with cookies if their requests carry them. If it is nil, only pages of the Handler's own host may.
	Origins []string
	// MaxBody is the size of a request's body in bytes. Clients send the whole conversation each time. Zero means 1
	// MiB.
	MaxBody int64
	// MaxText is how many characters a message may have. Zero means 10 000.
	MaxText int
	// MaxTurns is how many turns of one user may run in this Handler at once. Zero means 4.
	MaxTurns int
	// MaxWait is how long a message waits while another turn of its conversation runs. Zero means 60 seconds.
	MaxWait time.Duration
	// TurnTimeout bounds a turn, which goes on when its client has left. A message whose turn runs into it stays
	// pending. Zero means 5 minutes.
	TurnTimeout time.Duration
	// Heartbeat is how often a comment is sent to a client for which there is no news. Three times as often a stream of
	// events looks whether another replica has gone on with the conversation. Zero means 15 seconds.
	Heartbeat time.Duration
	// PollInterval and RecoverWait are those of chat.Options.
	PollInterval, RecoverWait time.Duration
	// ErrorText returns what people read about a failure, in the language of a locale, which is User.Locale. The
	// package's documentation lists the classes of failures. If it is nil or returns "", the text is English.
	ErrorText func(class, locale string) string
	// Logger gets a record for each turn, with its kind, duration and class of failure, and one for each failure of the
	// Store. Records hold no text, id or credential. If it is nil, the Handler logs nowhere.
	Logger *slog.Logger
}

const (
	defaultMaxBody     = 1 << 20
	defaultMaxText     = 10_000
	defaultMaxTurns    = 4
	defaultMaxWait     = time.Minute
	defaultTurnTimeout = 5 * time.Minute
	defaultHeartbeat   = 15 * time.Second
)

// complete validates c and fills in the defaults.
func (c *Config) complete() error {
	switch {
	case c.Driver == nil:
		return invalid("Config.Driver is required")
	case c.User == nil:
		return invalid("Config.User is required")
	case c.MaxBody < 0 || c.MaxText < 0 || c.MaxTurns < 0:
		return invalid("MaxBody, MaxText and MaxTurns must not be negative")
	case c.MaxWait < 0 || c.TurnTimeout < 0:
		return invalid("MaxWait and TurnTimeout must not be negative")
	case c.Heartbeat < 0 || c.Heartbeat > 0 && c.Heartbeat < time.Millisecond:
		return invalid("Heartbeat must be at least a millisecond")
	}
	if c.Store == nil {
		c.Store = NewMemoryStore()
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	orDefault(&c.MaxBody, defaultMaxBody)
	orDefault(&c.MaxText, defaultMaxText)
	orDefault(&c.MaxTurns, defaultMaxTurns)
	orDefault(&c.MaxWait, defaultMaxWait)
	orDefault(&c.TurnTimeout, defaultTurnTimeout)
	orDefault(&c.Heartbeat, defaultHeartbeat)
	return nil
}

func orDefault[T comparable](value *T, standard T) {
	var zero T
	if *value == zero {
		*value = standard
	}
}

func invalid(format string, args ...any) error {
	return fmt.Errorf("uistream: %w: %w", parley.ErrInvalidArgument, fmt.Errorf(format, args...))
}

var (
	errShutdown = errors.New("uistream: the handler was shut down")
	errTimeout  = errors.New("uistream: Config.TurnTimeout is over")
)
