package chaos

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

// The proxies leave goroutines behind that wait for bytes which nobody takes any more.
func TestMain(m *testing.M) {
	code := m.Run()
	if program.path != "" {
		_ = os.RemoveAll(filepath.Dir(program.path))
	}
	http.DefaultClient.CloseIdleConnections()
	err := goleak.Find(
		goleak.IgnoreAnyFunction("github.com/Shopify/toxiproxy/v2.(*ToxicLink).read"),
		goleak.IgnoreAnyFunction("github.com/Shopify/toxiproxy/v2.(*ToxicLink).write"),
		goleak.IgnoreAnyFunction("github.com/Shopify/toxiproxy/v2/toxics.(*ToxicStub).Run"),
	)
	if code == 0 && err != nil {
		_, _ = os.Stderr.WriteString(err.Error() + "\n")
		code = 1
	}
	os.Exit(code)
}

// options returns those of a short run. The test is skipped if a peer is missing, and fails if PARLEY_CI is set.
func options(t *testing.T) Options {
	t.Helper()
	missing := missingPeer("../web")
	switch {
	case missing != "" && os.Getenv("PARLEY_CI") != "":
		t.Fatal(missing)
	case missing != "":
		t.Skip(missing)
	}
	root, err := filepath.Abs("../..")
	require.NoError(t, err)
	program, err := gatewayOnce(root)
	require.NoError(t, err)
	return Options{Root: root, Gateway: program, Seed: 1, Duration: 6 * time.Second, Users: 12, Log: logOf{t}}
}

// program is the gateway that the tests of this package share.
var program struct {
	once sync.Once
	path string
	err  error
}

// gatewayOnce builds the gateway at its first call. TestMain removes it.
func gatewayOnce(root string) (string, error) {
	program.once.Do(func() {
		dir, err := os.MkdirTemp("", "chaos")
		if program.path, program.err = filepath.Join(dir, "gateway"), err; err == nil {
			program.err = build(context.Background(), root, program.path)
		}
	})
	return program.path, program.err
}

// logOf writes to the log of a test.
type logOf struct{ t *testing.T }

func (l logOf) Write(p []byte) (int, error) {
	l.t.Log(strings.TrimRight(string(p), "\n"))
	return len(p), nil
}

func TestRun_LedgerHolds(t *testing.T) {
	report, err := Run(t.Context(), options(t))
	require.NoError(t, err)
	var printed strings.Builder
	report.Print(&printed)
	t.Log(printed.String())
	assert.Empty(t, report.Broken)
	assert.Empty(t, report.Stuck)
	assert.NoError(t, grown(report.Before, report.After))
	assert.NotZero(t, report.ledger.Rows(func(Entry) string { return "all" })[0].Whole)
}

// TestRun_NoticesPlantedDefects runs against a balancer that ends answers early as if they were whole, and against a
// network that brings each message to the vendor twice.
func TestRun_NoticesPlantedDefects(t *testing.T) {
	for rule, d := range map[Rule]defect{RuleRight: {response: halve}, RuleTwice: {vendor: doubling(t)}} {
		o := options(t)
		o.Duration, o.Users, o.defect, o.calm = 3*time.Second, 8, d, true
		report, err := Run(t.Context(), o)
		require.NoError(t, err)
		assert.NotZero(t, report.count(rule), rule)
		assert.ErrorContains(t, report.Err(), "a rule was broken")
	}
}

// halved counts responses.
var halved atomic.Int64

// halve ends every third stream after some bytes.
func halve(response *http.Response) {
	if strings.HasPrefix(response.Header.Get("Content-Type"), "text/event-stream") && halved.Add(1)%3 == 0 {
		response.Body = struct {
			io.Reader
			io.Closer
		}{io.LimitReader(response.Body, 700), response.Body}
	}
}

// doubling returns a defect that sends every POST to Syntphony twice.
func doubling(t *testing.T) func(name, base string) string {
	return func(name, base string) string {
		if name != "syntphony" {
			return base
		}
		target, err := url.Parse(base)
		require.NoError(t, err)
		proxy := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: target.Scheme, Host: target.Host})
		proxy.ErrorLog = quietLog()
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body) // what is missing fails twice
			again := r.Clone(r.Context())
			again.Body = io.NopCloser(bytes.NewReader(body))
			proxy.ServeHTTP(httptest.NewRecorder(), again)
			r.Body = io.NopCloser(bytes.NewReader(body))
			proxy.ServeHTTP(w, r)
		}))
		t.Cleanup(server.Close)
		return server.URL + target.Path
	}
}
