package web_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		_ = os.RemoveAll(made())
		os.Exit(code)
	}))
}

// made is a directory for what several tests need and one of them makes.
var made = sync.OnceValue(func() string {
	directory, err := os.MkdirTemp("", "parley-web-")
	if err != nil {
		panic(err)
	}
	return directory
})

// output runs a command and returns an error with what it printed.
func output(directory, name string, arguments ...string) error {
	cmd := exec.Command(name, arguments...)
	cmd.Dir = directory
	if printed, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", name, err, printed)
	}
	return nil
}

// patience is how long a test waits for something that has to happen.
const patience = 30 * time.Second

// versions are the major versions of the npm package ai, each of which is installed as ai-VERSION.
var versions = []string{"5", "6", "7"}

// eachVersion runs a test with a Node process for each version of ai.
func eachVersion(t *testing.T, test func(t *testing.T, node *node, version string)) {
	t.Helper()
	for _, version := range versions {
		t.Run("ai"+version, func(t *testing.T) {
			t.Parallel()
			test(t, startNode(t, "js/client.mjs", version), version)
		})
	}
}

// lacking skips the test, or lets it fail where CI requires the peers.
func lacking(t *testing.T, why string) {
	t.Helper()
	if os.Getenv("PARLEY_CI") != "" {
		t.Fatal(why)
	}
	t.Skip(why)
}

// requirePeers looks for Node and for what npm installs.
func requirePeers(t *testing.T) {
	t.Helper()
	if _, err := exec.LookPath("node"); err != nil {
		lacking(t, "Debian package nodejs is missing")
	}
	if _, err := os.Stat("node_modules/ai-7/package.json"); err != nil {
		lacking(t, "the npm packages are missing: run npm ci in test/web (Debian package npm)")
	}
}

// chromium returns the path of the browser.
func chromium(t *testing.T) string {
	t.Helper()
	requirePeers(t)
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	lacking(t, "Debian package chromium is missing")
	return ""
}

// of returns the same process for a subtest.
func (n *node) of(t *testing.T) *node { return &node{process: n.process, t: t} }

// node is a Node process that serves commands as js/rpc.mjs describes. Its methods may be called by several goroutines.
type node struct {
	*process
	t *testing.T
}

type process struct {
	in   io.WriteCloser
	last atomic.Int64 // the id of the last command

	mu      sync.Mutex
	pending map[int64]chan reply
}

// reply is what a command returned.
type reply struct {
	ID     int64           `json:"id"`
	Result json.RawMessage `json:"result"`
	Error  string          `json:"error"`
}

// startNode starts a script, which ends with the test.
func startNode(t *testing.T, args ...string) *node {
	t.Helper()
	requirePeers(t)
	cmd := exec.Command("node", args...)
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	require.NoError(t, err)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	n := &process{in: in, pending: map[int64]chan reply{}}
	read := make(chan struct{})
	go func() { defer close(read); n.read(out) }()
	t.Cleanup(func() {
		_ = in.Close()
		kill := time.AfterFunc(patience, func() { _ = cmd.Process.Kill() })
		<-read
		_ = cmd.Wait()
		kill.Stop()
	})
	return &node{n, t}
}

// read passes replies to those who wait for them until the process ends.
func (n *process) read(out io.Reader) {
	lines := bufio.NewScanner(out)
	lines.Buffer(nil, 64<<20)
	for lines.Scan() {
		var r reply
		if json.Unmarshal(lines.Bytes(), &r) != nil {
			continue // something that a library printed
		}
		n.mu.Lock()
		waiting := n.pending[r.ID]
		delete(n.pending, r.ID)
		n.mu.Unlock()
		if waiting != nil {
			waiting <- r
		}
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, waiting := range n.pending {
		waiting <- reply{Error: "the node process has ended"}
	}
	n.pending = nil
}

// args are the arguments of a command.
type args map[string]any

// try runs a command and decodes its result into result, unless that is nil.
func (n *process) try(op string, a args, result any) error {
	id := n.last.Add(1)
	line, err := json.Marshal(args{"id": id, "op": op, "args": a})
	if err != nil {
		return err
	}
	answered := make(chan reply, 1)
	n.mu.Lock()
	if n.pending == nil {
		n.mu.Unlock()
		return errors.New("the node process has ended")
	}
	n.pending[id] = answered
	_, err = n.in.Write(append(line, '\n'))
	n.mu.Unlock()
	if err != nil {
		return err
	}
	select {
	case r := <-answered:
		if r.Error != "" {
			return fmt.Errorf("%s: %s", op, r.Error)
		}
		if result == nil {
			return nil
		}
		return json.Unmarshal(r.Result, result)
	case <-time.After(2 * patience):
		return fmt.Errorf("%s: no reply", op)
	}
}

// call is try for a command that must succeed.
func (n *node) call(op string, a args, result any) {
	n.t.Helper()
	require.NoError(n.t, n.try(op, a, result))
}
