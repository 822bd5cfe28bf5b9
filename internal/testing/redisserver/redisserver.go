//go:build unix

// Package redisserver runs Debian's redis-server for tests, which pause, kill and restart it. Only tests import it.
package redisserver

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"testing"
	"time"
)

// command is the program, and debianPackage the package that holds it.
const (
	command       = "redis-server"
	debianPackage = "redis-server"
)

// startTime limits how long a server may take until it responds.
const startTime = 20 * time.Second

// ErrMissing means that the Debian package redis-server is not installed.
var ErrMissing = errors.New("Debian package " + debianPackage + " is missing") //nolint:staticcheck // a proper name

// Server is a redis-server on a port of its own on loopback. Its methods must not be called at the same time.
type Server struct {
	addr  string
	dir   string
	flags []string

	process *exec.Cmd
	output  *lockedBuffer
	exited  chan struct{} // closed when the process has ended
}

// Test starts a server that ends with the test. Without redis-server the test is skipped, and fails if the environment
// variable PARLEY_CI is set.
func Test(t testing.TB, flags ...string) *Server {
	t.Helper()
	server, err := Start(t.TempDir(), flags...)
	if errors.Is(err, ErrMissing) {
		skip(t, os.Getenv("PARLEY_CI") != "")
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = server.Close() })
	return server
}

// skip ends a test that needs redis-server.
func skip(t testing.TB, fail bool) {
	t.Helper()
	if fail {
		t.Fatal(ErrMissing)
	}
	t.Skip(ErrMissing)
}

// Start starts a server that keeps its files in dir and returns when it responds. The flags follow those that choose
// the port and the directory, such as "--appendonly", "yes". It does not persist unless a flag says so. The error
// matches ErrMissing if redis-server is not installed.
func Start(dir string, flags ...string) (*Server, error) {
	if _, err := exec.LookPath(command); err != nil {
		return nil, ErrMissing
	}
	addr, err := freeAddress()
	if err != nil {
		return nil, err
	}
	s := &Server{addr: addr, dir: dir, flags: flags}
	if err := s.Restart(); err != nil {
		return nil, err
	}
	return s, nil
}

// Addr is the host and port of the server. It stays the same over restarts.
func (s *Server) Addr() string { return s.addr }

// Restart starts the server again after Kill, with the files that it left. It returns when the server responds.
func (s *Server) Restart() error {
	host, port, _ := net.SplitHostPort(s.addr)
	args := []string{"--bind", host, "--port", port, "--dir", s.dir, "--save", "", "--daemonize", "no"}
	args = append(args, s.flags...)
	s.process, s.output = exec.Command(command, args...), &lockedBuffer{}
	s.process.Stdout, s.process.Stderr = s.output, s.output
	if err := s.process.Start(); err != nil {
		return fmt.Errorf("redisserver: start: %w", err)
	}
	s.exited = make(chan struct{})
	go func(process *exec.Cmd, exited chan<- struct{}) {
		_ = process.Wait() // its error is the signal, or is explained by the output
		close(exited)
	}(s.process, s.exited)
	if err := waitUntilReady(s.addr, s.exited); err != nil {
		_ = s.Close()
		return fmt.Errorf("redisserver: start: %w\n%s", err, s.output)
	}
	return nil
}

// waitUntilReady waits until the server responds, for as long as its process runs.
func waitUntilReady(addr string, exited <-chan struct{}) error {
	ctx, cancel := context.WithTimeout(context.Background(), startTime)
	defer cancel()
	go func() {
		select {
		case <-exited:
			cancel()
		case <-ctx.Done():
		}
	}()
	return waitForPong(ctx, addr)
}

// Pause stops the process with SIGSTOP. Its connections stay open, and it does not respond.
func (s *Server) Pause() error { return s.signal(syscall.SIGSTOP) }

// Resume lets a paused process go on.
func (s *Server) Resume() error { return s.signal(syscall.SIGCONT) }

// Kill ends the process with SIGKILL, without a last write, and waits for its end.
func (s *Server) Kill() error {
	if s.process == nil {
		return nil
	}
	err := s.signal(syscall.SIGKILL)
	<-s.exited
	s.process = nil
	if errors.Is(err, os.ErrProcessDone) {
		return nil
	}
	return err
}

// Close ends the server.
func (s *Server) Close() error { return s.Kill() }

func (s *Server) signal(signal syscall.Signal) error {
	if s.process == nil {
		return errors.New("redisserver: it does not run")
	}
	if err := s.process.Process.Signal(signal); err != nil {
		return fmt.Errorf("redisserver: %s: %w", signal, err)
	}
	return nil
}

// waitForPong waits until the server responds a PING with a PONG, which it does once its files are loaded.
func waitForPong(ctx context.Context, addr string) error {
	for {
		err := ping(ctx, addr)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s did not answer: %w", addr, err)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

func ping(ctx context.Context, addr string) error {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", addr)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	deadline := time.Now().Add(time.Second)
	if earlier, ok := ctx.Deadline(); ok && earlier.Before(deadline) {
		deadline = earlier
	}
	_ = conn.SetDeadline(deadline)
	_, _ = conn.Write([]byte("PING\r\n")) // the read fails too if it does
	answer := make([]byte, 64)
	n, err := conn.Read(answer)
	if err != nil {
		return err
	}
	if !bytes.HasPrefix(answer[:n], []byte("+PONG")) {
		return fmt.Errorf("it answered %q to PING", answer[:n])
	}
	return nil
}

// freeAddress finds a port below those that the kernel gives to clients, because a restarted server must get it back.
func freeAddress() (string, error) {
	var last error
	for range 100 {
		listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", 15000+rand.IntN(17000)))
		if err == nil {
			return listener.Addr().String(), listener.Close()
		}
		last = err
	}
	return "", fmt.Errorf("redisserver: no port is free: %w", last)
}

// lockedBuffer collects the output of the process.
type lockedBuffer struct {
	mu     sync.Mutex
	buffer bytes.Buffer
}

// Write appends p.
func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.Write(p)
}

// String returns all output.
func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.String()
}
