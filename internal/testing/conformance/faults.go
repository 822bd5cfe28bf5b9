package conformance

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/seed-127a5941/parley"
)

// fault is one way in which a call can fail.
type fault struct {
	name    string
	act     func(*exchange)
	prepare func(*trial, *Settings)
	want    func(*Spec) want
	// waits means that the calls wait for time to pass, so that they are made in simulated time.
	waits bool
	// renews means that a credential that can be refreshed makes one more request.
	renews bool
}

// secretOfOthers is in the responses of the server. No error, log record or printed value may show it.
const secretOfOthers = "reply-that-no-error-may-show"

const page = "<html><body>" + secretOfOthers + "</body></html>"

// meet calls every operation under f, many at a time, because the calls mostly wait.
func (s *subject[C]) meet(t reporter, f fault) {
	var running sync.WaitGroup
	for _, op := range s.operations(f.name) {
		if op.Skip[f.name] != "" {
			continue
		}
		running.Go(func() {
			trial := s.try(t, op, f.act, f.prepare)
			w := f.want(&op.Spec)
			s.granted(f, &op.Spec, &w)
			s.verify(trial, w)
		})
	}
	running.Wait()
	if n := s.server.visits(); n > 0 {
		t.Errorf("%d requests went to another origin", n)
	}
}

// granted adds to w the effects of a credential that the client fetches itself. It can be refreshed. Its fetch leaves
// an idle connection, on which net/http itself may repeat a GET that is lost.
func (s *subject[C]) granted(f fault, spec *Spec, w *want) {
	if s.Grant == nil || spec.FixedKey {
		return
	}
	if f.renews {
		w.requests++
	}
	if w.status == 0 && w.requests == attempts && spec.Method == http.MethodGet {
		w.most = attempts + 1
	}
}

var faults = join(answers(), redirects(), successes(), losses(), endings())

func join(lists ...[]fault) (all []fault) {
	for _, list := range lists {
		all = append(all, list...)
	}
	return all
}

// answers returns the faults with a response outside 2xx.
func answers() []fault {
	list := []fault{
		status("HTML 502", 502, "text/html", page),
		status("empty 500", 500, "", ""),
		status("truncated JSON 500", 500, "application/json", `{"message":"no","na`),
		status("truncated JSON 400", 400, "application/json", `{"message":"no","na`),
		status("no errors 400", 400, "application/json", `{"errors":[]}`),
		status("no errors 500", 500, "application/json", `{"errors":[]}`),
		status("null 404", 404, "application/json", `null`),
		status("list 409", 409, "application/json", `[{"message":7},null,"x"]`),
		status("odd types 422", 422, "application/json",
			`{"message":{"a":1},"name":[],"error":7,"details":"x","errors":{"a":1}}`),
	}
	for _, code := range []int{400, 402, 403, 404, 408, 409, 418, 422, 429, 500, 501, 503, 504, 505, 520} {
		name := "bare " + http.StatusText(code)
		list = append(list, status(strings.ToLower(name), code, "text/plain", "no"))
	}
	unauthorized := status("unauthorized", 401, "application/json", `{}`)
	unauthorized.renews = true
	cut := fault{name: "500 cut short", act: func(x *exchange) { x.announce(500, `{"mess`) }}
	cut.want = func(s *Spec) want { w := answered(s, 500, ""); w.anyBody = true; return w }
	return append(list, unauthorized, cut,
		refusal("503 with Retry-After", 503, "0", attempts, 0), refusal("429 for an hour", 429, "3600", 1, time.Hour))
}

func status(name string, code int, contentType, body string) fault {
	return fault{
		name: name,
		act:  func(x *exchange) { x.answer(code, contentType, body) },
		want: func(s *Spec) want { return answered(s, code, body) },
	}
}

// refusal returns a response that names a wait. The server did not act then, whatever the operation is.
func refusal(name string, code int, after string, requests int, wait time.Duration) fault {
	return fault{
		name: name,
		act: func(x *exchange) {
			x.ResponseWriter.Header().Set("Retry-After", after)
			x.answer(code, "", "")
		},
		want: func(s *Spec) want {
			w := answered(s, code, "")
			w.requests, w.unknown, w.retryAfter = requests, false, wait
			return w
		},
	}
}

// redirects returns the faults with a 3xx. No client may follow those to another origin.
func redirects() (list []fault) {
	for _, code := range []int{301, 302, 303, 307, 308} {
		list = append(list, fault{
			name: http.StatusText(code) + " to another origin",
			act: func(x *exchange) {
				x.redirect(code, x.trial.elsewhere+"/steal/"+secretOfOthers+"?key="+secretOfOthers)
			},
			want: func(s *Spec) want { return answered(s, code, "") },
		})
	}
	for _, code := range []int{302, 303, 307} {
		list = append(list, within(code))
	}
	return list
}

// within returns a redirect to the path of the request itself. Only a GET follows it.
func within(code int) fault {
	return fault{
		name: http.StatusText(code) + " within the origin",
		act: func(x *exchange) {
			if x.n > 1 {
				x.succeed()
				return
			}
			x.redirect(code, x.URL.RequestURI())
		},
		want: func(s *Spec) want {
			if s.Method == http.MethodGet {
				return want{success: true, requests: 2}
			}
			return answered(s, code, "")
		},
	}
}

func (x *exchange) redirect(code int, target string) {
	x.ResponseWriter.Header().Set("Location", target)
	x.answer(code, "", "")
}

// losses returns the faults of attempts that bring no whole response.
func losses() []fault {
	reset := fault{name: "reset after the request", act: (*exchange).reset, want: func(s *Spec) want { return lost(s) }}
	kept := fault{name: "reset on a kept connection", prepare: func(t *trial, _ *Settings) { t.calls = 2 }}
	kept.act = func(x *exchange) {
		if x.n == 1 {
			x.succeed()
			return
		}
		x.reset()
	}
	kept.want = func(s *Spec) want {
		w := lost(s)
		w.requests++ // of the first call
		if s.Method == http.MethodGet {
			w.most = w.requests + 1 // net/http itself may repeat a request that is lost on an idle connection
		}
		return w
	}
	unreachable := fault{name: "nobody listens", act: (*exchange).succeed}
	unreachable.prepare = func(_ *trial, set *Settings) { set.BaseURL = "http://127.0.0.1:1/prefix" }
	unreachable.want = func(*Spec) want { return want{is: []error{parley.ErrNotSent}} }
	return []fault{
		reset, kept, unreachable,
		{
			name: "reply cut short", act: func(x *exchange) { x.announce(200, x.trial.spec.Reply) },
			want: func(s *Spec) want {
				if s.Stream {
					return want{success: true, requests: 1} // the response is whole, and bytes after it are ignored
				}
				return lost(s)
			},
		},
		{
			name: "attempt timeout", act: (*exchange).hang, waits: true,
			prepare: func(_ *trial, set *Settings) { set.Timeout = time.Second },
			want:    func(s *Spec) want { return lost(s, context.DeadlineExceeded, parley.ErrAttemptTimeout) },
		},
	}
}

// retryAfter is the wait that a server asks for and that no call makes.
const retryAfter = 30 * time.Second

// endings returns the faults in which the caller's context ends.
func endings() []fault {
	during := fault{name: "cancelled during the request", act: func(x *exchange) { x.trial.cancel(); x.hang() }}
	during.want = func(s *Spec) want {
		return want{requests: 1, unknown: !s.Idempotent, is: []error{context.Canceled}}
	}
	wait := fault{name: "cancelled in a wait", act: func(x *exchange) {
		x.ResponseWriter.Header().Set("Retry-After", strconv.Itoa(int(retryAfter.Seconds())))
		x.answer(429, "", "")
	}}
	wait.prepare = func(t *trial, set *Settings) {
		set.MaxRetryWait = time.Minute
		set.Hooks.OnAttempt = func(ctx context.Context, a parley.Attempt) {
			t.note(ctx, a)
			if a.Wait > 0 {
				time.AfterFunc(20*time.Millisecond, t.cancel)
			}
		}
	}
	wait.want = func(s *Spec) want {
		return want{
			requests: 1, status: 429, retryAfter: retryAfter, is: []error{context.Canceled, parley.ErrRateLimited},
		}
	}
	return []fault{
		{
			name: "cancelled before", act: (*exchange).succeed,
			prepare: func(t *trial, _ *Settings) { t.cancel() },
			want:    func(*Spec) want { return want{is: []error{context.Canceled, parley.ErrNotSent}} },
		},
		during, wait,
	}
}
