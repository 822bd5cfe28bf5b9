package apierr

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// messageLimit is how many bytes of a vendor's message an error text shows.
const messageLimit = 300

// Failure is what the transport knows of a call that was answered and failed all the same. A vendor package makes its
// own Error of it.
type Failure struct {
	Operation  string // "raia: get conversation"
	Method     string // "GET"
	Path       string // the template: "/conversations/{id}"
	StatusCode int
	Header     http.Header // of the answer; belongs to the failure
	Body       []byte      // the first 1 MiB, as sent
	RetryAfter time.Duration
	Attempts   int
	Causes     []error             // what errors.Is finds beside the status class
	Mask       func(string) string // replaces the credentials of the call
}

// RequestID returns the id that the server or a proxy before it gave the request, masked; "" if there is none. No vendor
// documents such a header, so the usual names are tried.
func (f *Failure) RequestID() string {
	for _, name := range [...]string{"X-Request-Id", "X-Correlation-Id", "X-Amzn-Requestid", "X-Amzn-Trace-Id"} {
		if id := f.Header.Get(name); id != "" {
			return Line(f.Mask(id)) // masked first: a cut must not leave a part of a credential
		}
	}
	return ""
}

// Summary is what an error text says, the same for all vendors.
type Summary struct {
	Operation, Method, Path string
	StatusCode              int
	Code, Message           string
	Attempts                int
	Causes                  []error
}

// String renders "raia: get conversation: 404 NAME: message: cause (GET /conversations/{id}, 1 attempt)" in one line.
func (s Summary) String() string {
	var b strings.Builder
	b.WriteString(s.Operation)
	b.WriteString(": ")
	b.WriteString(s.status())
	if message := Line(s.Message); message != "" {
		b.WriteString(": ")
		b.WriteString(message)
	}
	for _, cause := range s.Causes {
		b.WriteString(": ")
		b.WriteString(Line(cause.Error()))
	}
	b.WriteString(Where(s.Method, s.Path, s.Attempts))
	return b.String()
}

func (s Summary) status() string {
	text := strconv.Itoa(s.StatusCode)
	switch {
	case s.Code != "":
		return text + " " + Line(s.Code)
	case s.Message == "" && http.StatusText(s.StatusCode) != "":
		return text + " " + http.StatusText(s.StatusCode)
	}
	return text
}

// Where renders the end of every error text: " (GET /conversations/{id}, 3 attempts)".
func Where(method, path string, attempts int) string {
	plural := "s"
	if attempts == 1 {
		plural = ""
	}
	return fmt.Sprintf(" (%s %s, %d attempt%s)", method, path, attempts, plural)
}

// WithoutURL strips the URL that http.Client wraps around each error: its query may hold a key.
func WithoutURL(err error) error {
	for {
		wrapped, ok := errors.AsType[*url.Error](err)
		if !ok {
			return err
		}
		err = wrapped.Err
	}
}

// Line makes one line of at most 300 bytes of s: control characters become blanks, and what is cut ends in "...".
func Line(s string) string {
	const mark = "..."
	cut := len(s) > messageLimit
	if cut {
		s = s[:messageLimit-len(mark)]
		for len(s) > 0 && !utf8.ValidString(s[max(0, len(s)-utf8.UTFMax):]) && !utf8.RuneStart(s[len(s)-1]) {
			s = s[:len(s)-1]
		}
	}
	s = strings.Join(strings.FieldsFunc(strings.ToValidUTF8(s, ""), isBreak), " ")
	if cut {
		s += mark
	}
	return s
}

// isBreak is true for what must not reach a log line as it is: blanks, control characters, Unicode line ends.
func isBreak(r rune) bool {
	return r <= ' ' || (r >= 0x7f && r <= 0xa0) || r == '\u2028' || r == '\u2029'
}

// Format prints text for every verb, so that no verb shows the fields of the value that it stands for.
func Format(state fmt.State, verb rune, text string) {
	if verb == 'q' {
		text = strconv.Quote(text)
	}
	_, _ = io.WriteString(state, text)
}
