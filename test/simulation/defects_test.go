package simulation

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley"
)

// flawed is a client with a defect.
type flawed struct {
	talker
	speak  func(ctx context.Context, text string) (string, error)
	kept   [][]byte
	former atomic.Pointer[string]
	broken atomic.Bool
	calls  atomic.Int32
}

func (f *flawed) say(ctx context.Context, text string) (string, error) { return f.speak(ctx, text) }

// instead returns a defect that changes what a call returns.
func instead(of Outcome, returns func(string) (string, error)) func(*flawed) {
	return func(f *flawed) {
		f.speak = func(ctx context.Context, text string) (string, error) {
			answer, err := f.talker.say(ctx, text)
			if outcomeOf(err) == of {
				return returns(text)
			}
			return answer, err
		}
	}
}

// defects are planted in the clients, each with the rule that must notice it.
var defects = map[string]struct {
	vendor string
	rule   Rule
	plant  func(*flawed)
}{
	"a message of unknown fate is sent again": {"raia", RuleTwice, func(f *flawed) {
		f.speak = func(ctx context.Context, text string) (string, error) {
			answer, err := f.talker.say(ctx, text)
			if outcomeOf(err) == Unknown {
				return f.talker.say(ctx, text)
			}
			return answer, err
		}
	}},
	"an error is swallowed": {"raia", RuleDone, instead(NotSent, func(text string) (string, error) {
		return answerTo(text), nil
	})},
	"what arrived is called not sent": {"siteassist", RuleNotSent, instead(Unknown, func(string) (string, error) {
		return "", parley.ErrNotSent
	})},
	"what was done is called refused": {"syntphony", RuleRefused, instead(Unknown, func(string) (string, error) {
		return "", parley.ErrServer
	})},
	"what never left is called unknown": {"raia", RuleUnknown, instead(NotSent, func(string) (string, error) {
		return "", parley.ErrDeliveryUnknown
	})},
	"half an answer is whole": {"siteassist", RuleAnswer, instead(Done, func(text string) (string, error) {
		return answerTo(text)[:5], nil
	})},
	"each answer is one question late": {"aisera", RuleAnswer, func(f *flawed) {
		f.speak = func(ctx context.Context, text string) (string, error) {
			answer, err := f.talker.say(ctx, text)
			if former := f.former.Swap(&answer); former != nil {
				return *former, err
			}
			return answer, err
		}
	}},
	"a call outlasts its context": {"siteassist", RulePatience, func(f *flawed) {
		f.speak = func(ctx context.Context, text string) (string, error) {
			return f.talker.say(context.WithoutCancel(ctx), text)
		}
	}},
	"a client never works again after an error": {"syntphony", RuleLiveness, func(f *flawed) {
		f.speak = func(ctx context.Context, text string) (string, error) {
			if f.broken.Load() {
				return "", parley.ErrClosed
			}
			answer, err := f.talker.say(ctx, text)
			f.broken.Store(err != nil)
			return answer, err
		}
	}},
	"messages overtake each other": {"syntphony", RuleOrder, func(f *flawed) {
		f.speak = func(ctx context.Context, text string) (string, error) {
			if f.calls.Add(1)%2 == 0 {
				time.Sleep(100 * time.Millisecond)
			}
			return f.talker.say(ctx, text)
		}
	}},
	"memory is kept of each message": {"raia", RuleMemory, func(f *flawed) {
		f.speak = func(ctx context.Context, text string) (string, error) {
			f.kept = append(f.kept, make([]byte, 1<<20))
			return f.talker.say(ctx, text)
		}
	}},
}

// scheduleOf is one in which clients of a vendor meet many faults.
func scheduleOf(vendor string) Schedule {
	return Schedule{
		Seed: 7, Vendor: vendor, Users: 10, Life: 2 * time.Hour, Pause: 4 * time.Minute, Calm: 30 * time.Second,
	}
}

// The rules notice defects. Without one, the same schedules break none.
func TestRules_NoticePlantedDefects(t *testing.T) {
	noticed := map[Rule]bool{}
	for name, d := range defects {
		t.Run(name, func(t *testing.T) {
			report := Run(t, scheduleOf(d.vendor), func(inner talker) talker {
				f := &flawed{talker: inner}
				d.plant(f)
				return f
			}, d.rule == RuleMemory)
			require.True(t, slices.ContainsFunc(report.Violations, func(v Violation) bool { return v.Rule == d.rule }),
				"%v: %d violations", report.Outcomes, len(report.Violations))
			noticed[d.rule] = true
		})
	}
	assert.GreaterOrEqual(t, len(noticed), 10)
	for _, vendor := range []string{"raia", "siteassist", "syntphony", "aisera"} {
		run(t, scheduleOf(vendor), false)
	}
}

func TestRules_NoticeAConnectionThatIsLeft(t *testing.T) {
	report := Run(t, scheduleOf("raia"), func(inner talker) talker {
		f := &flawed{talker: inner}
		f.speak = func(ctx context.Context, text string) (string, error) {
			pool := inner.(*raiaTalker).pool
			_, _ = pool.DialContext(ctx, "tcp", outer)
			return inner.say(ctx, text)
		}
		return f
	}, false)
	assert.True(t, slices.ContainsFunc(report.Violations, func(v Violation) bool { return v.Rule == RuleLeft }))
}

// The clients hold no more memory after a day of faults than their number explains.
func TestMemory_IsThatOfTheClients(t *testing.T) {
	for seed := range uint64(4) {
		for _, throughChat := range []bool{false, true} {
			s := scheduleOf([]string{"raia", "siteassist", "syntphony", "aisera"}[seed])
			s.Seed, s.Chat, s.Life = 100+seed, throughChat, 3*time.Hour
			report := run(t, s, true)
			t.Logf("%s, chat %t: %d KiB, %d messages", s.Vendor, s.Chat, report.Memory>>10, report.Messages)
		}
	}
}

func TestOutcomeOf(t *testing.T) {
	for want, err := range map[Outcome]error{
		Done:     nil,
		Skipped:  errors.Join(errSkipped, parley.ErrNotSent),
		Accepted: errors.Join(errAccepted, parley.ErrNotFound),
		NotSent:  parley.ErrNotSent,
		Unknown:  errors.Join(parley.ErrDeliveryUnknown, parley.ErrServer),
		Refused:  parley.ErrRateLimited,
		Failed:   errors.Join(parley.ErrAnswerFailed, parley.ErrDeliveryUnknown),
	} {
		assert.Equal(t, want, outcomeOf(err))
	}
}
