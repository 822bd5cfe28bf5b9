package conformance

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
)

// forbidden returns the texts that must not show: credentials, plain and as in a query, and the texts of calls and
// responses.
func (s *subject[C]) forbidden() []string {
	list := []string{Text, Query, secretOfOthers}
	for _, secret := range s.Secrets {
		list = append(list, secret, url.QueryEscape(secret))
	}
	return list
}

// discreet looks for forbidden texts in the error at every depth, in the errors of the attempts, and in the log.
func (s *subject[C]) discreet(t *trial) {
	shown := []string{t.logged()}
	for _, err := range depths(t.err) {
		shown = append(shown, printed(err)...)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, attempt := range t.attempts {
		for _, err := range depths(attempt.Err) {
			shown = append(shown, printed(err)...)
		}
	}
	s.search(t, shown)
}

func (s *subject[C]) search(to reporter, shown []string) {
	for _, text := range shown {
		for _, secret := range s.forbidden() {
			if strings.Contains(text, secret) {
				to.Errorf("%q is shown: %.600s", secret, text)
				return
			}
		}
	}
}

// depths returns err and all errors that it wraps.
func depths(err error) []error {
	if err == nil {
		return nil
	}
	list := []error{err}
	switch wrapper := err.(type) {
	case interface{ Unwrap() []error }:
		for _, inner := range wrapper.Unwrap() {
			list = append(list, depths(inner)...)
		}
	case interface{ Unwrap() error }:
		list = append(list, depths(wrapper.Unwrap())...)
	}
	return list
}

// printed returns v in all ways in which values are printed, logged and encoded.
func printed(v any) (list []string) {
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x"} {
		list = append(list, fmt.Sprintf(verb, v))
	}
	var log bytes.Buffer
	debug := &slog.HandlerOptions{Level: slog.LevelDebug}
	slog.New(slog.NewMultiHandler(slog.NewJSONHandler(&log, debug), slog.NewTextHandler(&log, debug))).Debug("it",
		"value", v)
	encoded, _ := json.Marshal(v) // a value that cannot be encoded shows no secret
	return append(list, log.String(), string(encoded))
}

// printing looks for secrets in the printed forms of a configuration and a client.
func (s *subject[C]) printing(t *testing.T) {
	set := Settings{BaseURL: s.server.url, HTTPClient: http.DefaultClient}
	client, err := s.New(set)
	if err != nil {
		t.Fatal(err)
	}
	config := s.Config(set)
	for _, v := range []any{
		config, &config, client, &client, []any{config, client}, map[string]any{"a": config, "b": client},
	} {
		s.search(t, printed(v))
	}
}

// echo repeats the whole request in each part of a response.
func (s *subject[C]) echo(t *testing.T) {
	places := map[string]func(x *exchange, all string){
		"error":   func(x *exchange, all string) { x.answer(422, "application/json", s.Refusal(all)) },
		"success": func(x *exchange, all string) { x.answer(200, "application/json", s.Refusal(all)) },
		"text":    func(x *exchange, all string) { x.answer(500, "text/plain", all) },
		"header": func(x *exchange, all string) {
			for _, name := range []string{"X-Request-Id", "X-Correlation-Id", "Retry-After", "Content-Location"} {
				x.ResponseWriter.Header().Set(name, url.QueryEscape(all))
			}
			x.answer(422, "application/json", "{}")
		},
		"target": func(x *exchange, all string) {
			x.redirect(302, x.trial.elsewhere+"/?"+url.QueryEscape(all))
		},
	}
	for place, answer := range places {
		t.Run(place, func(t *testing.T) {
			s.all(place, func(op *Operation[C]) {
				s.discreet(s.try(t, op, func(x *exchange) { answer(x, x.all()) }, nil))
			})
		})
	}
}

// all returns the texts of the request, credentials first.
func (x *exchange) all() string {
	var b strings.Builder
	b.WriteString("the request was ")
	for name, values := range x.header {
		if name = strings.ToLower(name); strings.Contains(name, "auth") || strings.Contains(name, "key") {
			b.WriteString(strings.Join(values, " ") + " ")
		}
	}
	b.WriteString(x.query)
	if !x.trial.spec.Upload {
		b.WriteString(" " + x.body)
	}
	return b.String()
}

// all calls f for each operation that meets the fault, many at a time.
func (s *subject[C]) all(fault string, f func(*Operation[C])) {
	var running sync.WaitGroup
	for _, op := range s.operations(fault) {
		running.Go(func() { f(op) })
	}
	running.Wait()
}

// JSON encodes v, for a vendor's Refusal.
func JSON(v any) string {
	body, _ := json.Marshal(v) // never fails for maps of strings and numbers
	return string(body)
}

// Hides fails if v, or an error that v wraps, shows one of secrets in any way in which values are printed.
func Hides(t reporter, v any, secrets ...string) {
	shown := printed(v)
	if err, ok := v.(error); ok {
		for _, inner := range depths(err) {
			shown = append(shown, printed(inner)...)
		}
	}
	for _, text := range shown {
		for _, secret := range secrets {
			if strings.Contains(text, secret) {
				t.Errorf("%q is shown: %.600s", secret, text)
			}
		}
	}
}
