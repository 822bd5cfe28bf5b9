// Package conformance tests that every method of a vendor package keeps its promises when calls fail.
//
// A vendor package describes its methods once, as a table of operations, in an external test. Run then calls each of
// them under every failure of the suite, on real sockets and below a base path of its own. It compares the outcome with
// the rules that all vendors share: how often a request was on the wire, which errors match and which texts do not
// show. Complete fails for a method that the table lacks, and Share lets one client serve many goroutines. The package
// is for tests only: it imports testing, and no library code imports it.
package conformance

import (
	"context"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/seed-127a5941/parley"
)

// The calls of a table put these into texts, queries and uploads, so that the suite can look for them where they must
// not be.
const (
	Text  = "text-that-no-error-may-show"
	Query = "query-that-no-error-may-show"
)

// Settings are the settings of a client that the suite decides.
type Settings struct {
	BaseURL      string
	HTTPClient   *http.Client
	Timeout      time.Duration // zero means the default
	MaxRetryWait time.Duration
	Logger       *slog.Logger
	Hooks        parley.Hooks
}

// Vendor describes a vendor package for the suite. C is its client.
type Vendor[C any] struct {
	Name string // of the package; it begins every error text, such as "raia"
	// New returns a client whose credentials are among Secrets.
	New func(Settings) (C, error)
	// Config returns the configuration that New uses.
	Config     func(Settings) any
	Secrets    []string
	Operations []Operation[C]
	// Answer finds the vendor's error of a response in err. It returns nil if err holds no such error.
	Answer func(err error) *Answer
	// Refusal returns the body of an error response with a message, as the vendor documents it.
	Refusal func(message string) string
	// Fixed are the placeholders of paths that the configuration fills in. The caller fills in all others.
	Fixed map[string]string
	// Grant responds to a request for a token. path is the path below the base URL. It reports whether the request was
	// one. Nil means that the credentials are fixed.
	Grant func(w http.ResponseWriter, path string) bool
}

// Operation is a method and a valid call of it.
type Operation[C any] struct {
	Spec
	// Call makes the call with ids in the placeholders of the path. It returns the first error of the method, the
	// iterator or the stream. It is safe for concurrent use.
	Call func(ctx context.Context, client C, ids ...string) error
}

// Spec describes an operation and its response.
type Spec struct {
	Name       string // the method, such as "Conversations.Get"
	Method     string // the HTTP method, such as "GET"
	Path       string // the template, such as "/conversations/{id}"
	Idempotent bool
	// Params point to the arguments that Call uses, so that a change of them is noticed.
	Params []any
	// Reply is the body of a success. An empty text means that the operation expects no body and accepts any.
	Reply string
	// ContentType is that of Reply. An empty text means application/json.
	ContentType string
	// Accepts reports that a body which looks useless is a documented success. Nil means that no such body is.
	Accepts func(body string) bool
	// Stream says that the response is read while it is made, so that only headers and first bytes belong to the
	// attempt.
	Stream bool
	// Upload says that the body of the request is streamed and not kept, so that its echo cannot be recognised.
	Upload bool
	// FixedKey says that the credential is fixed, whatever Vendor.Grant says of the others.
	FixedKey bool
	// EmptyID says that an empty id has a documented meaning.
	EmptyID bool
	// Skip names faults that have no meaning for the operation. The value is the reason.
	Skip map[string]string
}

// Answer holds the fields of a vendor's error that all vendors have.
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

// placeholders returns the names of the placeholders that the caller fills in.
func (s *Spec) placeholders(fixed map[string]string) (names []string) {
	for _, segment := range strings.Split(s.Path, "/") {
		name := strings.Trim(segment, "{}")
		if _, given := fixed[name]; name != segment && !given {
			names = append(names, name)
		}
	}
	return names
}

// subject is the vendor of one run of the suite.
type subject[C any] struct {
	Vendor[C]
	server *server
	sample bool // meet each fault with a sample of the operations, and break calls off at a sample of the bytes only
}

// operations returns those that meet a fault: all of them, or every fourth for a sample. Which of them begins depends
// on the name of the fault, so that the operations share the faults.
func (s *subject[C]) operations(fault string) []*Operation[C] {
	step, sum := 1, 0
	if s.sample {
		step = 4
	}
	for _, letter := range []byte(fault) {
		sum += int(letter)
	}
	met := make([]*Operation[C], 0, len(s.Operations))
	for i := sum % step; i < len(s.Operations); i += step {
		met = append(met, &s.Operations[i])
	}
	return met
}

// Run calls every operation under every failure except those of CutHTTP1 and CutHTTP2. It needs only loopback. A
// failure that a call has to wait for comes in simulated time. With -short, each operation meets a sample of the
// failures.
func Run[C any](t *testing.T, v Vendor[C]) {
	s := &subject[C]{Vendor: v, server: newServer(t), sample: testing.Short()}
	unchanged := s.snapshot()
	for _, f := range faults {
		meet := func(t *testing.T) { s.meet(t, f) }
		if f.waits {
			meet = func(t *testing.T) { synctest.Test(t, func(t *testing.T) { s.inMemory(t).meet(t, f) }) }
		}
		t.Run(f.name, meet)
	}
	t.Run("ids", func(t *testing.T) { s.hostileIDs(t) })
	t.Run("echo", s.echo)
	t.Run("huge", s.huge)
	t.Run("printing", s.printing)
	t.Run("arguments", func(t *testing.T) { unchanged(t) })
	s.server.verifyStrays(t)
}

// inMemory returns s with a server on a network in memory. It begins in a synctest bubble, so that waits cost no real
// time.
func (s *subject[C]) inMemory(t *testing.T) *subject[C] {
	return &subject[C]{Vendor: s.Vendor, server: newServerInMemory(t), sample: s.sample}
}
