package redact

import (
	"errors"
	"fmt"
	"net/url"
	"reflect"
	"slices"
	"strings"
)

// Error returns err without secrets, at every depth. It removes the words of r, and the URLs of every *url.Error,
// because a query may hold a key. The result matches the same errors by errors.Is and errors.As, except for *url.Error.
func (r Redactor) Error(err error) error {
	if err == nil {
		return nil
	}
	if u, ok := err.(*url.Error); ok { //nolint:errorlint // each depth is handled on its own
		if u.Err == nil {
			return errors.New(r.Text(u.Op + ": failed"))
		}
		return r.Error(u.Err)
	}
	causes := unwrap(err)
	clean := make([]error, len(causes))
	for i, cause := range causes {
		clean[i] = r.Error(cause)
	}
	text := r.Text(withoutURLs(err.Error(), err))
	if text == err.Error() && slices.EqualFunc(causes, clean, same) {
		return err
	}
	redacted := redactedError{text: text, original: err, causes: clean}
	if timeout, ok := err.(interface{ Timeout() bool }); ok {
		return &redactedNetError{redacted, timeout}
	}
	return &redacted
}

// same reports whether redaction left an error unchanged. It reports false for errors that cannot be compared.
func same(a, b error) bool {
	return reflect.TypeOf(a).Comparable() && reflect.TypeOf(b) == reflect.TypeOf(a) && errors.Is(a, b)
}

// unwrap returns the errors that err wraps and that are not nil.
func unwrap(err error) []error {
	var list []error
	switch wrapper := err.(type) { //nolint:errorlint // of this depth
	case interface{ Unwrap() error }:
		list = []error{wrapper.Unwrap()}
	case interface{ Unwrap() []error }:
		list = slices.Clone(wrapper.Unwrap())
	}
	return slices.DeleteFunc(list, func(e error) bool { return e == nil })
}

// withoutURLs removes from text the URLs that each *url.Error in err has put into it.
func withoutURLs(text string, err error) string {
	if u, ok := err.(*url.Error); ok { //nolint:errorlint // of this depth
		text = strings.ReplaceAll(text, fmt.Sprintf("%s %q: ", u.Op, u.URL), "")
		text = strings.ReplaceAll(text, u.URL, Mark)
	}
	for _, cause := range unwrap(err) {
		text = withoutURLs(text, cause)
	}
	return text
}

// redactedError replaces an error whose text, or the text of an error that it wraps, holds a secret.
type redactedError struct {
	text     string
	original error
	causes   []error
}

// Error returns the redacted text.
func (e *redactedError) Error() string { return e.text }

// Format prints the text for every verb.
func (e *redactedError) Format(state fmt.State, verb rune) { Format(state, verb, e.text) }

// Unwrap returns the errors that the original wraps, redacted.
func (e *redactedError) Unwrap() []error { return e.causes }

// Is reports whether the original itself is target.
func (e *redactedError) Is(target error) bool {
	if reflect.TypeOf(target).Comparable() && reflect.TypeOf(e.original).Comparable() && e.original == target {
		return true
	}
	matcher, ok := e.original.(interface{ Is(error) bool })
	return ok && matcher.Is(target)
}

// As sets target to the original error if target asks for exactly its type.
func (e *redactedError) As(target any) bool {
	value := reflect.ValueOf(target).Elem()
	if value.Kind() != reflect.Interface && reflect.TypeOf(e.original) == value.Type() {
		value.Set(reflect.ValueOf(e.original))
		return true
	}
	matcher, ok := e.original.(interface{ As(any) bool })
	return ok && matcher.As(target)
}

// redactedNetError is a redactedError for an original that is a net.Error.
type redactedNetError struct {
	redactedError
	timeout interface{ Timeout() bool }
}

// Timeout reports whether the original is a timeout.
func (e *redactedNetError) Timeout() bool { return e.timeout.Timeout() }

// Temporary returns the same as Timeout. The interface net.Error requires it.
func (e *redactedNetError) Temporary() bool { return e.timeout.Timeout() }

// WithoutURLs returns err without the URLs of *url.Error at any depth.
func WithoutURLs(err error) error { return Redactor{}.Error(err) }
