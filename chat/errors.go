package chat

import (
	"errors"
	"fmt"

	"github.com/seed-127a5941/parley"
)

var (
	// ErrUnsupported means that the vendor or its Driver lacks the capability. Capabilities lists them.
	ErrUnsupported = errors.New("not supported by the driver")
	// ErrNotDelivered means that the vendor did not have the message when Options.RecoverWait was over. The message
	// may be sent again. A request that arrives even later cannot be excluded.
	ErrNotDelivered = errors.New("the message was not delivered")
	// ErrPending means that the fate of an earlier message is open. Call Recover.
	ErrPending = errors.New("a message is pending")
	// ErrAlreadySent means that the message has the ID of the last one that was sent. It is not sent again.
	ErrAlreadySent = errors.New("a message with this ID was sent already")
)

var (
	errRanged = fmt.Errorf("chat: %w: the sequence was ranged over before", parley.ErrClosed)
	errClosed = fmt.Errorf("chat: %w: the conversation was closed", parley.ErrClosed)
	errLeft   = errors.New("chat: the loop over the events was left")
	// errPanicked means that a driver panicked on a goroutine that no caller can recover.
	errPanicked = errors.New("chat: the driver panicked while it listened")
)

func invalid(format string, args ...any) error {
	return fmt.Errorf("chat: %w: %w", parley.ErrInvalidArgument, fmt.Errorf(format, args...))
}

// unsentError is a failure of a step before a message is sent. The vendor may have acted on the step, but not on the
// message.
type unsentError struct {
	step  string
	cause error
}

func (e *unsentError) Error() string { return "chat: " + e.step + ": " + e.cause.Error() }

// Is does not match parley.ErrDeliveryUnknown, because the message was not sent even if the fate of the step is
// unknown.
func (e *unsentError) Is(target error) bool {
	if target == parley.ErrDeliveryUnknown {
		return false
	}
	return target == parley.ErrNotSent || errors.Is(e.cause, target)
}

// As finds the cause, which Unwrap must not return because errors.Is would look into it.
func (e *unsentError) As(target any) bool { return errors.As(e.cause, target) }

// refusals are the classes that prove, without ErrDeliveryUnknown, that the vendor did not take a message.
var refusals = [...]error{
	parley.ErrNotSent, parley.ErrInvalidArgument, ErrUnsupported, parley.ErrClosed,
	parley.ErrBadRequest, parley.ErrUnauthorized, parley.ErrPaymentRequired, parley.ErrForbidden, parley.ErrNotFound,
	parley.ErrConflict, parley.ErrUnprocessable, parley.ErrRateLimited, parley.ErrServer,
}

// provesUnsaid reports whether err proves that the vendor did not take the message. Everything else leaves its fate
// open.
func provesUnsaid(err error) bool {
	for _, open := range []error{parley.ErrDeliveryUnknown, parley.ErrTruncated, parley.ErrAnswerFailed} {
		if errors.Is(err, open) {
			return false
		}
	}
	for _, refusal := range refusals {
		if errors.Is(err, refusal) {
			return true
		}
	}
	return false
}

// lasting are the classes of a failed look that the next look would repeat.
var lasting = [...]error{
	errPanicked,
	parley.ErrInvalidArgument, ErrUnsupported, parley.ErrClosed, parley.ErrBadRequest, parley.ErrUnauthorized,
	parley.ErrPaymentRequired, parley.ErrForbidden, parley.ErrNotFound, parley.ErrUnprocessable,
}

// passes reports whether a look that failed with err may succeed when it is repeated.
func passes(err error) bool {
	for _, class := range lasting {
		if errors.Is(err, class) {
			return false
		}
	}
	return true
}
