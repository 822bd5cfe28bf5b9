// Package conformance answers: does every method of a vendor package keep its promises when things go wrong?
//
// A vendor package describes its methods once, as a table of operations, in an external test. Run then meets each of
// them with every failure that the suite knows, on real sockets and below a base path of its own, and holds the outcome
// against the rules that all vendors share: how often a request was on the wire, what the error matches and what it
// does not show. Complete fails for a method that the table lacks, and Share lets one client serve many goroutines. The
// package is for tests only: it imports testing, and no library code imports it.
package conformance

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/seed-127a5941/parley"
)

// What the calls of a table put into texts, queries and uploads, so that the suite can look for it where it must not
// be.
const (
	Text  = "text-that-no-error-may-show"
	Query = "query-that-no-error-may-show"
)

// Settings is what the suite decides about a client.
type Settings struct {
	BaseURL      string
	HTTPClient   *http.Client
	Timeout      time.Duration // 0: the default
	MaxRetryWait time.Duration
	Logger       *slog.Logger
	Hooks        parley.Hooks
}

// Vendor is a vendor package, seen by the suite. C is its client.
type Vendor[C any] struct {
	Name string // of the package, which begins every error text: "raia"
	// New returns a client, with credentials that are among Secrets.
	New func(Settings) (C, error)
	// Config returns the configuration that New uses.
	Config     func(Settings) any
	Secrets    []string
	Operations []Operation[C]
	// Answer finds the vendor's error of an answer in err; nil: there is none.
	Answer func(err error) *Answer
	// Refusal is the body of an error answer with a message, as the vendor documents it.
	Refusal func(message string) string
	// Fixed are the placeholders of paths that the configuration fills in; nil: callers fill in all.
	Fixed map[string]string
	// Grant answers a request for a token; path is the one below the base URL. It reports whether the request was one.
	// nil: the credentials are fixed.
	Grant func(w http.ResponseWriter, path string) bool
}

// Operation is a method and a valid call of it.
type Operation[C any] struct {
	Spec
	// Call makes the call with ids in the placeholders of the path, and returns the first error that the method, the
	// iterator or the stream has. It is safe for concurrent use.
	Call func(ctx context.Context, client C, ids ...string) error
}

// Spec says what an operation does and how it is answered.
type Spec struct {
	Name       string // the method: "Conversations.Get"
	Method     string // "GET"
	Path       string // the template: "/conversations/{id}"
	Idempotent bool
	// Params point to the arguments that Call uses, so that a change of them is noticed.
	Params []any
	// Reply is the body of a success; "": none is expected, and any body will do.
	Reply string
	// ContentType is that of Reply; "": application/json.
	ContentType string
	// Accepts reports that a body which looks useless is a documented success all the same; nil: none is.
	Accepts func(body string) bool
	// Stream: the reply is read while it is made, so that only headers and first bytes belong to the attempt.
	Stream bool
	// Upload: the request's body is streamed and not kept, so nothing can recognise an echo of it.
	Upload bool
	// FixedKey: its credential is fixed, whatever Vendor.Grant says of the others.
	FixedKey bool
	// EmptyID: an empty id is documented to mean something.
	EmptyID bool
	// Skip names faults that have no meaning for the operation; the value is the reason.
	Skip map[string]string
}

// Answer is the vendor's error of an answer, as far as all vendors have it.
type Answer struct {
	Operation, Method, Path string
	StatusCode, Attempts    int
	RetryAfter              time.Duration
	Message                 string
	Body                    []byte
}

// accepts reports whether a 2xx with this body is a success.
func (s *Spec) accepts(body string) bool {
	return s.Reply == "" || s.Accepts != nil && s.Accepts(body)
}

func (s *Spec) contentType() string {
	if s.ContentType == "" {
		return "application/json"
	}
	return s.ContentType
}

// placeholders returns the names of those that the caller fills in.
func (s *Spec) placeholders(fixed map[string]string) (names []string) {
	for _, segment := range strings.Split(s.Path, "/") {
		name := strings.Trim(segment, "{}")
		if _, given := fixed[name]; name != segment && !given {
			names = append(names, name)
		}
	}
	return names
}

// subject is what one run of the suite is about.
type subject[C any] struct {
	Vendor[C]
	server *server
}

// Run meets every operation with every failure. It wants nothing but loopback.
func Run[C any](t *testing.T, v Vendor[C]) {
	s := &subject[C]{Vendor: v, server: newServer(t)}
	unchanged := s.snapshot()
	for _, f := range faults {
		t.Run(f.name, func(t *testing.T) { s.meet(t, f) })
	}
	t.Run("ids", func(t *testing.T) { s.hostileIDs(t) })
	t.Run("every byte", s.everyByte)
	t.Run("echo", s.echo)
	t.Run("huge", s.huge)
	t.Run("printing", s.printing)
	t.Run("arguments", func(t *testing.T) { unchanged(t) })
	if strays := s.server.strays(); len(strays) > 0 {
		t.Errorf("requests outside the base path: %v", strays)
	}
}
