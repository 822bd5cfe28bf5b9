package conformance

import (
	"net/http"
	"strings"

	"github.com/seed-127a5941/parley"
)

// successes returns the faults with a 2xx: the documented response, and those that cannot be used where a body is
// expected.
func successes() []fault {
	list := []fault{
		{name: "success", act: (*exchange).succeed, want: func(*Spec) want { return want{success: true, requests: 1} }},
		{
			name: "half a reply", act: func(x *exchange) {
				x.answer(200, x.trial.spec.contentType(), x.trial.spec.half())
			}, want: halved,
		},
		{
			name: "half a stream", act: func(x *exchange) {
				x.answer(200, x.trial.spec.contentType(), x.trial.spec.events())
			}, want: halved,
		},
		{name: "reply twice", act: func(x *exchange) {
			x.answer(200, x.trial.spec.contentType(), x.trial.spec.Reply+x.trial.spec.Reply)
		}, want: doubled},
		hollow("empty 204", http.StatusNoContent, "", ""),
		hollow("empty 200", 200, "application/json", ""),
		hollow("empty 200 of no type", 200, "", ""),
		hollow("HTML 200", 200, "text/html", page),
		hollow("HTML 200 as JSON", 200, "application/json", page),
		hollow("no errors 200", 200, "application/json", `{"errors":[]}`),
		hollow("null 200", 200, "application/json", "null"),
	}
	for _, body := range []string{`"text"`, `7`, `true`, `[7]`, `[[]]`} {
		list = append(list, hollow("JSON "+body, 200, "application/json", body))
	}
	return list
}

func (s *Spec) half() string { return s.Reply[:len(s.Reply)/2] }

// events returns whole events of a stream without its end, or half a reply if the operation is not a stream.
func (s *Spec) events() string {
	if !s.Stream {
		return s.half()
	}
	return s.Reply[:strings.LastIndex(s.half(), "\n\n")+2]
}

func halved(s *Spec) want {
	switch {
	case s.Stream:
		return useless(s, 200, "", parley.ErrTruncated)
	case s.accepts(s.half()):
		return want{success: true, requests: 1}
	}
	return useless(s, 200, s.half(), parley.ErrDecode)
}

func doubled(s *Spec) want {
	if s.Stream || s.accepts(s.Reply+s.Reply) {
		return want{success: true, requests: 1}
	}
	return useless(s, 200, s.Reply+s.Reply, parley.ErrDecode)
}

// hollow returns a 2xx that is a success only if no body is expected.
func hollow(name string, code int, contentType, body string) fault {
	return fault{
		name: name,
		act:  func(x *exchange) { x.answer(code, contentType, body) },
		want: func(s *Spec) want {
			if s.accepts(body) {
				return want{success: true, requests: 1}
			}
			return useless(s, code, body, parley.ErrDecode)
		},
	}
}
