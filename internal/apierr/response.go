package apierr

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/seed-127a5941/parley/internal/redact"
)

// ErrorResponse is what the transport knows of a response that is an error: one outside 2xx, or one that is of no use.
// A vendor package makes its own Error of it.
type ErrorResponse struct {
	Operation  string // "raia: get conversation"
	Method     string // "GET"
	Path       string // the template: "/conversations/{id}"
	StatusCode int
	Header     http.Header // of the response; belongs to the ErrorResponse
	Body       []byte      // the first 1 MiB, as sent
	// Undecodable says that the response is a 2xx that cannot be decoded.
	Undecodable bool
	RetryAfter  time.Duration
	Attempts    int
	Causes      []error             // what errors.Is finds beside the status class
	Redact      func(string) string // hides the credentials of the call and what the user said
}

// Explanation returns the body in which the server may say what is wrong. It is nil for a 2xx that cannot be decoded,
// because such a body holds what the agent said, and no error text may quote that.
func (f *ErrorResponse) Explanation() []byte {
	if f.Undecodable {
		return nil
	}
	return f.Body
}

// RequestID returns the id that the server or a proxy before it gave the request, redacted, and "" if there is none. No
// vendor documents such a header, so the usual names are tried.
func (f *ErrorResponse) RequestID() string {
	for _, name := range [...]string{"X-Request-Id", "X-Correlation-Id", "X-Amzn-Requestid", "X-Amzn-Trace-Id"} {
		if id := f.Header.Get(name); id != "" {
			return redact.OneLine(f.Redact(id)) // redacted first: a cut must not leave a part of a credential
		}
	}
	return ""
}

// ErrorText is the text of an error response, the same for all vendors.
type ErrorText struct {
	Operation, Method, Path string
	StatusCode              int
	Code, Message           string
	Attempts                int
	RetryAfter              time.Duration // that the server asks for; 0 if it does not
	Causes                  []error
}

// String renders "raia: get conversation: 404 NAME: message: cause (GET /conversations/{id}, 1 attempt)" in one line.
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

// message returns the message without the code at its beginning, which the status names, and without a full stop.
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

// RequestSuffix renders the end of every error text: " (GET /conversations/{id}, 3 attempts)".
func RequestSuffix(method, path string, attempts int) string {
	plural := "s"
	if attempts == 1 {
		plural = ""
	}
	return fmt.Sprintf(" (%s %s, %d attempt%s)", method, path, attempts, plural)
}
