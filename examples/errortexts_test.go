package examples_test

import (
	"context"
	"flag"
	"net"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/testing/fakeserver"
	"github.com/seed-127a5941/parley/internal/testing/memnet"
)

var update = flag.Bool("update", false, "rewrite testdata/error-texts.txt and docs/examples.md")

const errorTexts = "testdata/error-texts.txt"

// TestErrorTexts compares every kind of error text of the four vendors with one file that shows them all. Run it with
// -update to rewrite the file, and read the changes.
func TestErrorTexts(t *testing.T) {
	t.Parallel()
	vendors := []func(*testing.T, *textList){aiseraTexts, raiaTexts, siteassistTexts, syntphonyTexts}
	lists := make([]textList, len(vendors))
	t.Run("vendors", func(t *testing.T) {
		for i, collect := range vendors {
			t.Run("", func(t *testing.T) {
				t.Parallel()
				collect(t, &lists[i])
			})
		}
	})
	var b strings.Builder
	for i := range lists {
		b.WriteString(lists[i].text.String())
	}
	if *update {
		require.NoError(t, os.WriteFile(errorTexts, []byte(b.String()), 0o600))
	}
	want, err := os.ReadFile(errorTexts)
	require.NoError(t, err)
	assert.Equal(t, string(want), b.String(), "go test ./examples -run TestErrorTexts -update rewrites the file")
}

// textList collects the error texts of a vendor below the names of the faults.
type textList struct {
	t    *testing.T
	text strings.Builder
}

// begin starts the list of a vendor.
func (l *textList) begin(t *testing.T, vendor string) {
	l.t = t
	if vendor != "aisera" {
		l.text.WriteString("\n")
	}
	l.text.WriteString("## " + vendor + "\n")
}

var (
	ports     = regexp.MustCompile(`127\.0\.0\.1:\d+`)
	durations = regexp.MustCompile(`\b\d+(\.\d+)?(ms|µs|ns)\b`)
)

// add writes the text of err, which must not be nil and must not repeat one of its parts.
func (l *textList) add(kind string, err error) {
	l.t.Helper()
	if !assert.Error(l.t, err, kind) {
		return
	}
	text := ports.ReplaceAllString(err.Error(), "127.0.0.1:PORT")
	text = durations.ReplaceAllString(text, "DURATION")
	seen := map[string]bool{}
	for _, part := range strings.Split(text, ": ") {
		assert.False(l.t, seen[part], "%q stands twice in %q", part, text)
		seen[part] = true
	}
	l.text.WriteString("\n" + kind + "\n\t" + text + "\n")
}

// result returns only the error of a call.
func result[T any](_ T, err error) error { return err }

// fault is a fault on the wire. It is the same for all vendors.
type fault struct {
	kind    string
	failure fakeserver.Failure
}

const page = "<!doctype html><title>Sign in</title>"

// The server does not respond within timeout, which is simulated time: it waits until the client has left. Attempts
// that time out are not retried here. The fetch of a token or session gives its first attempt half of Config.Timeout.
const timeout = 200 * time.Millisecond

// simulate runs f in simulated time, with a listener and a client of a network in memory. It is for faults that wait.
func simulate(t *testing.T, f func(*testing.T, net.Listener, *http.Client)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		network := memnet.New()
		listener, err := network.Listen("127.0.0.1:80")
		require.NoError(t, err)
		transport := &http.Transport{DialContext: network.DialContext}
		defer transport.CloseIdleConnections()
		f(t, listener, &http.Client{Transport: transport})
	})
}

func html(status int) fakeserver.Failure {
	return fakeserver.Failure{
		Status: status, Header: http.Header{"Content-Type": {"text/html; charset=utf-8"}}, Body: page,
	}
}

// faults returns the faults for an operation of each vendor. A read is retried, and a message is not.
func faults() []fault {
	return []fault{
		{"a proxy's page with 502", html(502)},
		{"500 without a body", fakeserver.Failure{Status: 500}},
		{
			"rate limited, Retry-After beyond MaxRetryWait",
			fakeserver.Failure{Status: 429, Header: http.Header{"Retry-After": {"3600"}}},
		},
		{"a page where JSON was expected", html(200)},
		{"empty 2xx", fakeserver.Failure{Status: 200, Header: http.Header{"Content-Type": {"application/json"}}}},
		{
			"2xx that is cut JSON", fakeserver.Failure{
				Status: 200, Header: http.Header{"Content-Type": {"application/json"}}, Body: `{"id":`,
			},
		},
		{"2xx without the members", fakeserver.Failure{Status: 200, Body: `{}`}},
		{"2xx whose connection is cut", fakeserver.Failure{Cut: 5}},
		{
			"redirect to another host", fakeserver.Failure{
				Status: 302, Header: http.Header{"Location": {"https://elsewhere.example/"}},
			},
		},
		{"reset", fakeserver.Failure{Reset: true}},
		{"no HTTP", fakeserver.Failure{Garbage: "220 smtp ready\r\n\r\n"}},
		{"attempt timeout", fakeserver.Failure{Delay: time.Hour}},
	}
}

// leaveAfterAttempt returns a ctx, and hooks that cancel it when the first attempt has ended.
func leaveAfterAttempt(ctx context.Context) (context.Context, parley.Hooks) {
	ctx, cancel := context.WithCancel(ctx)
	return ctx, parley.Hooks{OnAttempt: func(context.Context, parley.Attempt) { cancel() }}
}
