package simulation

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"
)

// user is a person who says something now and then.
type user struct {
	number int
	random *rand.Rand
	talker talker
	world  *world
	said   int
}

const (
	patience   = 90 * time.Second // of most users
	recovery   = 60 * time.Second // how long clients may take to work again after the faults
	probeTries = 20 * time.Second // how long one attempt of a probe may take
)

// live says messages until end. Between them are pauses, some of them of hours.
func (u *user) live(end time.Time) {
	for {
		wait := time.Duration(u.random.ExpFloat64() * float64(u.world.schedule.Pause))
		if u.random.IntN(20) == 0 {
			wait += time.Duration(u.random.IntN(120)) * time.Minute
		}
		if !time.Now().Add(wait).Before(end) {
			return
		}
		time.Sleep(wait)
		u.speak()
	}
}

// speak says one message, or where the vendor keeps their order, sometimes three at once. A user who has left a
// question often asks another one at once, whose answer must not be that of the first.
func (u *user) speak() {
	if !u.talker.ordered() || u.random.IntN(4) > 0 {
		err := u.message(u.patience(), false)
		if errors.Is(err, context.DeadlineExceeded) && u.random.IntN(2) == 0 {
			_ = u.message(patience, false)
		}
		return
	}
	var saying sync.WaitGroup
	for range 3 {
		text, limit := u.next(), u.patience()
		saying.Go(func() { _ = u.say(text, limit, false) })
		time.Sleep(time.Millisecond) // so that there is an order
	}
	saying.Wait()
}

// patience draws how long the user waits for an answer.
func (u *user) patience() time.Duration {
	if u.random.IntN(6) == 0 {
		return time.Duration(1+u.random.IntN(10_000)) * time.Millisecond
	}
	return patience
}

func (u *user) next() string {
	u.said++
	return fmt.Sprintf("m%d-u%d-%dx", u.world.schedule.Seed, u.number, u.said)
}

func (u *user) message(limit time.Duration, probe bool) error { return u.say(u.next(), limit, probe) }

// say says a message and finds out what became of it.
func (u *user) say(text string, limit time.Duration, probe bool) error {
	ctx, cancel := context.WithTimeoutCause(context.Background(), limit, errGone)
	defer cancel()
	ctx, entry := u.world.ledger.Begin(ctx, u.number, text)
	entry.Traced, entry.Socket, entry.Probe = u.talker.traced(), !u.talker.traced(), probe
	answer, err := u.talker.say(ctx, text)
	ended := time.Now()
	if entry.First = err; err != nil && !errors.Is(err, errSkipped) && isOpen(u.talker) {
		entry.Traced = false // an open message may become an unknown one, whatever was sent of it
		answer, err = u.settle(answer, err)
	}
	u.world.ledger.End(entry, answer, err, ended)
	return err
}

// settle asks again and again what became of the last message.
func (u *user) settle(answer string, last error) (string, error) {
	for range 1000 {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		found, err, settled := u.talker.settle(ctx)
		cancel()
		if settled {
			return found, err
		}
		time.Sleep(time.Duration(1000+u.random.IntN(4000)) * time.Millisecond)
	}
	return answer, last
}

// probe returns nil if the user is answered within the time that a client may take to recover. Otherwise it returns the
// last error.
func (u *user) probe() (err error) {
	limit := time.Now().Add(recovery)
	for time.Now().Before(limit) {
		err = u.message(min(probeTries, time.Until(limit)), true)
		if err == nil || errors.Is(err, errAccepted) {
			return nil
		}
		time.Sleep(time.Second)
	}
	return err
}
