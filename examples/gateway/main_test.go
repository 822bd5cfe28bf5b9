package main

import (
	"bufio"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

// TestMain looks for goroutines that were left. With GATEWAY_ARGS in its environment the test binary is the gateway
// itself, so that tests can start replicas as processes and kill them.
func TestMain(m *testing.M) {
	if args, ok := os.LookupEnv("GATEWAY_ARGS"); ok {
		os.Args = append(os.Args[:1], strings.Fields(args)...)
		main()
		return
	}
	goleak.VerifyTestMain(m)
}

func none(string) string { return "" }

// log is a writer that keeps what was written.
type log struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *log) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(b)
}

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// replica is a gateway that runs in this process.
type replica struct {
	t     *testing.T
	url   string
	log   *log
	stop  context.CancelFunc // is SIGTERM
	ended chan error
}

// start runs a gateway on a free port and stops it with the test.
func start(t *testing.T, env environment, args ...string) *replica {
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	out, in := io.Pipe()
	r := &replica{t: t, log: &log{}, stop: stop, ended: make(chan error, 1)}
	go func() {
		r.ended <- run(ctx, append([]string{"-addr", "127.0.0.1:0"}, args...), env, in, r.log)
		in.Close()
	}()
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err, r.log)
	r.url = strings.TrimSpace(strings.TrimPrefix(line, "gateway: "))
	t.Cleanup(func() {
		stop()
		if t.Failed() {
			t.Log(r.log)
		}
	})
	t.Cleanup(func() { r.stop(); r.wait() })
	return r
}

// wait waits for the end of the gateway. It may be called more than once.
func (r *replica) wait() error {
	err := <-r.ended
	r.ended <- err
	return err
}

// browser is a client with cookies that has opened the page.
type browser struct {
	*http.Client
	t   *testing.T
	url string
}

// open opens the page, with a Transport of its own if the caller has none.
func open(t *testing.T, url string, transports ...*http.Transport) *browser {
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	transport := append(transports, &http.Transport{})[0]
	t.Cleanup(transport.CloseIdleConnections)
	b := &browser{&http.Client{Jar: jar, Transport: transport}, t, url}
	status, _ := b.get("/")
	require.Equal(t, http.StatusOK, status)
	return b
}

// do sends a request and returns the response with its whole body.
func (b *browser) do(method, path, body string, header ...string) (*http.Response, string) {
	b.t.Helper()
	request, err := http.NewRequestWithContext(b.t.Context(), method, b.url+path, strings.NewReader(body))
	require.NoError(b.t, err)
	for i := 0; i < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	response, err := b.Do(request)
	require.NoError(b.t, err)
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	require.NoError(b.t, err)
	return response, string(text)
}

func (b *browser) get(path string) (int, string) {
	b.t.Helper()
	response, text := b.do(http.MethodGet, path, "")
	return response.StatusCode, text
}

func TestRun_Arguments(t *testing.T) {
	for args, want := range map[string]string{
		"x":                  `"x" is not a flag`,
		"-redis localhost:1": "-redis needs -key-file",
		"-redis http://:secret@x:1 -key-file " + keyFile(t): "-redis takes HOST:PORT, or a URL such as rediss://",
		"-redis localhost:1 -key-file " + keyFile(t):        "set a vendor's variables (see -h), or -demo",
		"-key-file /dev/null":                               "needs 32 random ones at least",
		"-key-file /missing":                                "no such file",
		"-addr nowhere:http:":                               "too many colons",
	} {
		err := run(t.Context(), strings.Fields(args), none, io.Discard, io.Discard)
		require.ErrorContains(t, err, want)
		assert.NotContains(t, err.Error(), "secret")
	}
	var help log
	require.ErrorIs(t, run(t.Context(), []string{"-h"}, none, io.Discard, &help), flag.ErrHelp)
	assert.Contains(t, help.String(), "SYNTPHONY_CLIENT_SECRET")
}

func TestRun_LogsAreJSON(t *testing.T) {
	r := start(t, none)
	b := open(t, r.url)
	b.get("/api/vendors")
	r.stop()
	require.NoError(t, r.wait())
	routes := map[string]bool{}
	for line := range strings.Lines(r.log.String()) {
		var record struct{ Level, Msg, Route string }
		require.NoError(t, json.Unmarshal([]byte(line), &record), line)
		routes[record.Route] = true
	}
	assert.True(t, routes["GET /api/vendors"], r.log)
	assert.Contains(t, r.log.String(), `"msg":"shutting down"`)
}

func TestRun_DrainsBeforeItEnds(t *testing.T) {
	r := start(t, none, "-drain", "3s")
	b := open(t, r.url)
	status, text := b.get("/readyz")
	assert.Equal(t, "200 ready\n", fmtStatus(status, text))
	r.stop()
	assert.Eventually(t, func() bool {
		status, text = b.get("/readyz")
		return status == http.StatusServiceUnavailable
	}, 10*time.Second, time.Millisecond)
	assert.Equal(t, "shutting down\n", text)
	status, _ = b.get("/healthz")
	assert.Equal(t, http.StatusOK, status)
	require.NoError(t, r.wait())
}

// TestGateway_IsSmall holds that the program stays one to copy: below 600 lines of code, those of the demo aside.
func TestGateway_IsSmall(t *testing.T) {
	files, err := filepath.Glob("*.go")
	require.NoError(t, err)
	code := 0
	for _, file := range files {
		source, err := os.ReadFile(file)
		require.NoError(t, err)
		for line := range strings.Lines(string(source)) {
			line = strings.TrimSpace(line)
			if !strings.HasSuffix(file, "_test.go") && line != "" && !strings.HasPrefix(line, "//") {
				code++
			}
		}
	}
	assert.Less(t, code, 600)
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	assert.Contains(t, string(readme), fmt.Sprintf("%d lines of code", code))
}
