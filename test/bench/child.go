package bench

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
)

// ServeFlag is the first argument with which a program of this module only serves a target, whose name follows. A
// target in a process of its own costs the measuring process neither CPU nor memory.
const ServeFlag = "-serve"

// stats is the line with which the server answers each command.
type stats struct {
	Requests    int64 `json:"requests"`
	Connections int64 `json:"connections"`
}

// hosted returns the target that a server process serves by name. The name of a format is WORK/FORMAT.
func hosted(name string) (*Target, error) {
	switch name {
	case "streams":
		return streamsTarget(), nil
	case "visitors":
		return visitorsTarget(), nil
	}
	if delay, ok := strings.CutPrefix(name, "tokens/"); ok {
		return tokensTarget(delay)
	}
	workName, formatName, _ := strings.Cut(name, "/")
	for _, work := range Works() {
		for i := range work.Formats {
			if work.Name == workName && work.Formats[i].Name == formatName {
				return work.Formats[i].target(false), nil
			}
		}
	}
	return nil, fmt.Errorf("no target %q", name)
}

// Serve serves the target of this name until in ends. It prints the URL, and it answers each line of in.
func Serve(name string, in io.Reader, out io.Writer) error {
	target, err := hosted(name)
	if err != nil {
		return err
	}
	defer target.Close()
	if _, err := fmt.Fprintln(out, target.URL); err != nil {
		return err
	}
	answers := json.NewEncoder(out)
	for lines := bufio.NewScanner(in); lines.Scan(); {
		if target.command != nil && lines.Text() != "" {
			target.command(lines.Text())
		}
		if err := answers.Encode(stats{target.Seen.Requests.Load(), target.Seen.Connections.Load()}); err != nil {
			return err
		}
	}
	return nil
}

// server is a target in a process of its own.
type server struct {
	*Target
	in  io.WriteCloser
	out *bufio.Reader
}

// startServer starts this program again as the server of a target. Close ends it.
func startServer(name string) (*server, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	child := exec.CommandContext(context.Background(), self, ServeFlag, name)
	child.Stderr = os.Stderr
	in, err := child.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := child.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := child.Start(); err != nil {
		return nil, err
	}
	s := &server{Target: &Target{Seen: new(Seen)}, in: in, out: bufio.NewReader(out)}
	disconnect := s.connect()
	s.close = func() { disconnect(); _ = in.Close(); _ = child.Wait() }
	address, err := s.out.ReadString('\n')
	if err != nil {
		s.Close()
		return nil, fmt.Errorf("server of %s: %w", name, errors.Join(err, child.Wait()))
	}
	s.URL = strings.TrimSuffix(address, "\n")
	return s, nil
}

// command lets the server carry out a line, which may be empty, and returns its counters.
func (s *server) command(line string) (got stats, err error) {
	if _, err := fmt.Fprintln(s.in, line); err != nil {
		return got, err
	}
	answer, err := s.out.ReadBytes('\n')
	if err != nil {
		return got, err
	}
	return got, json.Unmarshal(answer, &got)
}
