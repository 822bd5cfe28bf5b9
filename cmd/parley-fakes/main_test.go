package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// running is a running command with its output.
type running struct {
	*testing.T
	env  map[string]string
	http *http.Client
}

// start runs the command at free ports until the test ends.
func start(t *testing.T) *running {
	ctx, cancel := context.WithCancel(context.Background())
	printed, stdout := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		ended <- run(ctx, []string{"-free"}, stdout, io.Discard)
		_ = stdout.Close()
	}()
	r := &running{T: t, env: map[string]string{}, http: &http.Client{Transport: &http.Transport{}}}
	lines := bufio.NewScanner(printed)
	for r.env["PARLEY_FAKES_URL"] == "" && lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), "=")
		r.env[name] = value
	}
	t.Cleanup(func() {
		r.http.CloseIdleConnections()
		cancel()
		require.NoError(t, <-ended)
	})
	require.NotEmpty(t, r.env["PARLEY_FAKES_URL"])
	return r
}

// do calls the control API and returns status and body.
func (r *running) do(method, path, body string) (int, string) {
	req, err := http.NewRequestWithContext(r.Context(), method, r.env["PARLEY_FAKES_URL"]+path, strings.NewReader(body))
	require.NoError(r, err)
	resp, err := r.http.Do(req)
	require.NoError(r, err)
	defer resp.Body.Close()
	got, err := io.ReadAll(resp.Body)
	require.NoError(r, err)
	return resp.StatusCode, string(got)
}

// command posts a command that is accepted.
func (r *running) command(path, body string) {
	r.Helper()
	status, got := r.do("POST", path, body)
	require.Equal(r, http.StatusNoContent, status, got)
}

// said returns the texts in the ledger of a vendor.
func (r *running) said(vendor string) (texts []string) {
	_, body := r.do("GET", "/"+vendor+"/ledger", "")
	var actions []shownAction
	require.NoError(r, json.Unmarshal([]byte(body), &actions))
	for _, a := range actions {
		texts = append(texts, a.Text)
	}
	return texts
}

func TestRun_AddressThatIsTakenAndWrongArguments(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer taken.Close()
	for _, name := range []string{"aisera", "control"} {
		err := run(t.Context(), []string{"-free", "-" + name, taken.Addr().String()}, io.Discard, io.Discard)
		require.ErrorContains(t, err, name+": listen tcp")
	}
	var usage bytes.Buffer
	require.ErrorIs(t, run(t.Context(), []string{"-help"}, io.Discard, &usage), flag.ErrHelp)
	assert.Contains(t, usage.String(), "-siteassist")
	require.ErrorContains(t, run(t.Context(), []string{"more"}, io.Discard, io.Discard), `unexpected argument "more"`)
}

// unwritable is an output that is closed.
type unwritable struct{}

func (unwritable) Write([]byte) (int, error) { return 0, io.ErrClosedPipe }

func TestRun_OutputThatIsClosed(t *testing.T) {
	require.ErrorIs(t, run(t.Context(), []string{"-free"}, unwritable{}, io.Discard), io.ErrClosedPipe)
}
