package apierr

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/seed-127a5941/parley/internal/redact"
)

// ErrorResponse describes a response outside 2xx, or a 2xx response that cannot be used. The transport fills it, and a
// vendor package makes its own Error of it.
type ErrorResponse struct {
	Operation  string // such as "raia: get conversation"
	Method     string // such as "GET"
	Path       string // the template, such as "/conversations/{id}"
	StatusCode int
	Header     http.Header // of the response; it is not changed later
	Body       []byte      // the first 1 MiB, as sent
	// Undecodable says that the response is a 2xx that cannot be decoded.
	Undecodable bool
	RetryAfter  time.Duration
	Attempts    int
	Causes      []error             // the errors that errors.Is finds beside the class of the status
	Redact      func(string) string // hides the credentials of the call and the words of the user
}

// Explanation returns the body, in which the server may explain the error. It is nil for a 2xx response that cannot be
// decoded, because such a body holds the agent's words, which no error text may quote.
func (f *ErrorResponse) Explanation() []byte {
	if f.Undecodable {
		return nil
	}
	return f.Body
}

// RequestID returns the id that the server or a proxy in front of it gave the request, redacted. It is "" if the
// response names no id. No vendor documents such a header, so RequestID tries the usual names.
func (f *ErrorResponse) RequestID() string {
	for _, name := range [...]string{"X-Request-Id", "X-Correlation-Id", "X-Amzn-Requestid", "X-Amzn-Trace-Id"} {
		if id := f.Header.Get(name); id != "" {
			// Redacted before it is cut, because a cut could leave a part of a credential.
			return redact.OneLine(f.Redact(id))
		}
	}
	return ""
}

// ErrorText makes the text of an error response. It is the same for all vendors.
type ErrorText struct {
	Operation, Method, Path string
	StatusCode              int
	Code, Message           string
	Attempts                int
	RetryAfter              time.Duration // the wait that the server asks for; 0 if it asks for no wait
	Causes                  []error
}

// String returns "raia: get conversation: 404 NAME: message: cause (GET /conversations/{id}, 1 attempt)" in one line.
func (s ErrorText) String() string {
	var b strings.Builder
	b.WriteString(s.Operation)
	b.WriteString(": ")
	b.WriteString(s.status())
	if message := s.message(); message != "" {
		b.WriteString(": ")
		b.WriteString(message)
	}
	if s.RetryAfter > 0 {
		b.WriteString(": retry after " + s.RetryAfter.String())
	}
	for _, cause := range s.Causes {
		b.WriteString(": ")
		b.WriteString(redact.OneLine(cause.Error()))
	}
	b.WriteString(RequestSuffix(s.Method, s.Path, s.Attempts))
	return b.String()
}

// message returns the message without a code at its beginning, which status repeats, and without a final full stop.
func (s ErrorText) message() string {
	message := redact.OneLine(s.Message)
	if s.Code != "" {
		message = strings.TrimPrefix(message, redact.OneLine(s.Code)+": ")
	}
	if strings.HasSuffix(message, "..") {
		return message
	}
	return strings.TrimSuffix(message, ".")
}

func (s ErrorText) status() string {
	text := strconv.Itoa(s.StatusCode)
	switch {
	case s.Code != "":
		return text + " " + redact.OneLine(s.Code)
	case s.Message == "" && http.StatusText(s.StatusCode) != "":
		return text + " " + http.StatusText(s.StatusCode)
	}
	return text
}

// RequestSuffix returns the end of every error text, such as " (GET /conversations/{id}, 3 attempts)".
func RequestSuffix(method, path string, attempts int) string {
	plural := "s"
	if attempts == 1 {
		plural = ""
	}
	return fmt.Sprintf(" (%s %s, %d attempt%s)", method, path, attempts, plural)
}
