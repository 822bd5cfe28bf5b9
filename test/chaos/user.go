package chaos

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"regexp"
	"strings"
	"sync/atomic"
	"time"
)

const (
	tries       = 6                // of a message, after which the user writes another one
	perChat     = 5                // messages of a conversation, after which the user begins another one
	settleTime  = 75 * time.Second // in which a page must show an end
	finalTries  = 6                // messages after the faults, of which one must be answered
	leastPause  = 200 * time.Millisecond
	cookieTries = 100
)

// user is somebody before a page. It runs on one goroutine.
type user struct {
	name    string
	vendor  string
	network string
	base    string // of the gateway, over the user's network
	direct  string // of the gateway, for the cookie
	cookie  string
	node    *node
	ledger  *Ledger
	random  *rand.Rand
	nextID  func() string
	talks   *atomic.Int64 // answers that are under way

	chat     string          // the name and id of the conversation, "" before the first
	messages int             // that were said in it
	open     map[string]bool // the answers that may come late, to messages of the conversation that ended with a line
}

// run says one message after the other until ctx ends. One more must then be answered, because the faults are over.
func (u *user) run(ctx, all context.Context) error {
	if err := u.welcome(all); err != nil {
		return err
	}
	for ctx.Err() == nil {
		if _, err := u.say(all); err != nil {
			return err
		}
		sleep(ctx, u.pause(time.Second))
	}
	return nil
}

// finish says messages until one is answered. It reports whether one was.
func (u *user) finish(all context.Context) (bool, error) {
	for range finalTries {
		e, err := u.say(all)
		if err != nil || e.Outcome == Whole {
			return err == nil, err
		}
	}
	return false, nil
}

func (u *user) pause(most time.Duration) time.Duration {
	return leastPause + time.Duration(u.random.Int64N(int64(most)))
}

// welcome loads the page, which sets the cookie.
func (u *user) welcome(ctx context.Context) error {
	var last error
	for range cookieTries {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, u.direct+"/", nil)
		if err != nil {
			return err
		}
		response, err := http.DefaultClient.Do(request)
		if err == nil {
			_ = response.Body.Close()
			for _, c := range response.Cookies() {
				u.cookie = c.Name + "=" + c.Value
				return nil
			}
			err = fmt.Errorf("the page set no cookie: %s", response.Status)
		}
		last = err
		sleep(ctx, leastPause)
	}
	return last
}

// say says a message, and goes on like a user until there is an end.
func (u *user) say(ctx context.Context) (Entry, error) {
	e := Entry{ID: u.nextID(), Vendor: u.vendor, User: u.name, Network: u.network}
	u.ledger.Begin(e)
	u.talks.Add(1)
	defer u.talks.Add(-1)
	ctx, cancel := context.WithTimeout(ctx, settleTime+30*time.Second)
	defer cancel()
	err := u.tell(ctx, &e)
	hangs := err != nil && (ctx.Err() != nil || strings.Contains(err.Error(), "not within"))
	if err != nil && !hangs {
		return e, err
	}
	if hangs {
		e.Outcome, e.Shown, u.chat = Pending, "(the page hangs)", ""
	}
	if e.Outcome == Line {
		u.open[answerTo(u.text(e))] = true
	}
	u.ledger.End(e)
	return e, nil
}

func (u *user) tell(ctx context.Context, e *Entry) error {
	if err := u.begin(ctx); err != nil {
		return err
	}
	text := u.text(*e)
	op, a := "send", args{"name": u.chat, "message": args{"text": text}}
	var cut time.Time
	for e.Tries = 1; ; e.Tries++ {
		before, after, err := u.do(ctx, op, a)
		if err != nil {
			return err
		}
		next := u.look(e, op, text, before, after)
		if next != "" && cut.IsZero() && e.Class != "truncated" {
			cut = time.Now()
		}
		if next == "" || e.Tries == tries {
			if !cut.IsZero() && next == "" {
				e.WentOn = time.Since(cut)
			}
			return nil
		}
		op, a = next, args{"name": u.chat}
		sleep(ctx, u.pause(700*time.Millisecond))
	}
}

// begin begins a conversation at first, and whenever the last one is long enough.
func (u *user) begin(ctx context.Context) error {
	if u.messages++; u.chat != "" && u.messages <= perChat {
		return nil
	}
	u.chat, u.messages, u.open = strings.ReplaceAll(u.nextID(), "chaos", u.name), 1, map[string]bool{}
	return u.node.call(ctx, "new", args{
		"name": u.chat, "id": u.chat, "api": u.base + "/api/" + u.vendor, "headers": args{"Cookie": u.cookie},
	}, nil)
}

// do runs a command of the chat, and returns the views before and after it.
func (u *user) do(ctx context.Context, op string, a args) (before, after view, err error) {
	name := args{"name": u.chat}
	if err := u.node.call(ctx, "view", name, &before); err != nil {
		return before, after, err
	}
	if err := u.node.call(ctx, op, a, nil); err != nil {
		return before, after, err
	}
	wait := args{"name": u.chat, "wanted": args{"settled": true}, "ms": settleTime.Milliseconds()}
	return before, after, u.node.call(ctx, "wait", wait, &after)
}

// broken are the errors of a connection that was cut, as undici words them.
var broken = regexp.MustCompile(`(?i)fetch failed|terminated|network|socket|ECONN|aborted|closed`)

func (u *user) text(e Entry) string { return e.ID + " please" }

// right reports whether texts are the whole answer to a text, perhaps behind late answers to earlier messages.
func (u *user) right(texts []string, text string) bool {
	for len(texts) > 1 && u.open[texts[0]] {
		texts = texts[1:]
	}
	return len(texts) == 1 && texts[0] == answerTo(text)
}

// look judges a view. It returns the command of the user's next try, and "" at the end.
func (u *user) look(e *Entry, op, text string, before, after view) (next string) {
	texts, finish, answered := after.answer()
	e.Outcome, e.Class, e.Said, e.Shown = Line, "", "", after.Error
	switch {
	case after.Status == "ready" && answered && finish == "stop" && u.right(texts, text):
		e.Outcome, e.Shown = Whole, ""
		return ""
	case after.Status == "ready" && answered && finish == "unanswered":
		e.Class, e.Said, e.Shown = "unanswered", "yes", "there is no answer"
		return ""
	case after.Status == "ready" && op == "resume":
		e.Class, e.Said, e.Shown = "network", "unknown", "the connection broke"
		return "regenerate" // there was no answer under way
	case after.Status == "ready":
		e.Outcome, e.Wrong = Pending, fmt.Sprintf("the page is ready, shows %q, and the finish is %q", texts, finish)
		return ""
	}
	if f, ok := after.failure(len(before.Data)); ok {
		e.Class, e.Said = f.Class, f.Said
		if f.Action == "retry" || f.Action == "wait" {
			return "regenerate"
		}
		return ""
	}
	if broken.MatchString(after.Error) {
		e.Class, e.Said = "network", "unknown"
		return "resume"
	}
	e.Class, e.Said = "http", "unknown"
	return "regenerate"
}
