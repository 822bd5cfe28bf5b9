package main

import (
	"bufio"
	"net"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// need skips the test if a Debian package is missing, and fails it in CI.
func need(t *testing.T, command, debianPackage string) {
	if _, err := exec.LookPath(command); err == nil {
		return
	}
	if os.Getenv("PARLEY_CI") != "" {
		t.Fatalf("Debian package %s is missing", debianPackage)
	}
	t.Skipf("Debian package %s is missing", debianPackage)
}

// process is a program that runs beside the test.
type process struct {
	t    *testing.T
	cmd  *exec.Cmd
	log  *log
	done chan struct{}
	err  error // how it ended, once done is closed
}

// spawn starts a program and kills it with the test.
func spawn(t *testing.T, cmd *exec.Cmd) *process {
	p := &process{t: t, cmd: cmd, log: &log{}, done: make(chan struct{})}
	cmd.Stderr = p.log
	if cmd.Stdout == nil {
		cmd.Stdout = p.log
	}
	require.NoError(t, cmd.Start())
	go func() {
		p.err = cmd.Wait()
		close(p.done)
	}()
	t.Cleanup(func() {
		p.signal(syscall.SIGKILL)
		<-p.done
		if t.Failed() {
			t.Logf("%s:\n%s", cmd.Args[0], p.log)
		}
	})
	return p
}

func (p *process) signal(s syscall.Signal) { _ = p.cmd.Process.Signal(s) }

// spawnGateway starts a replica as a process of its own and returns its URL.
func spawnGateway(t *testing.T, env []string, args ...string) (*process, string) {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(),
		append(env, "GATEWAY_ARGS="+strings.Join(append([]string{"-addr", "127.0.0.1:0"}, args...), " "))...)
	out, in, err := os.Pipe()
	require.NoError(t, err)
	defer out.Close()
	cmd.Stdout = in
	p := spawn(t, cmd)
	in.Close()
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err, p.log)
	return p, strings.TrimSpace(strings.TrimPrefix(line, "gateway: "))
}

// freePort returns a port of loopback on which nothing listens.
func freePort(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	require.NoError(t, err)
	return port
}
