package chaos

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
)

// node is a Node process that runs chats of the npm package ai. test/web/js/rpc.mjs describes its commands. It is safe
// for concurrent use.
type node struct {
	process *exec.Cmd
	in      io.WriteCloser
	ended   chan struct{}

	mu      sync.Mutex
	last    int64 // the id of the last command
	pending map[int64]chan reply
}

// reply is the result of a command.
type reply struct {
	ID     int64           `json:"id"`
	Result json.RawMessage `json:"result"`
	Error  string          `json:"error"`
}

var errNodeEnded = errors.New("the node process has ended")

// missingPeer names a program that a run needs and that is not installed. It returns "" if there is all.
func missingPeer(web string) string {
	if _, err := exec.LookPath("node"); err != nil {
		return "Debian package nodejs is missing"
	}
	if _, err := exec.LookPath("redis-server"); err != nil {
		return "Debian package redis-server is missing"
	}
	if _, err := os.Stat(filepath.Join(web, "node_modules/ai-6/package.json")); err != nil {
		return "the npm packages are missing: run npm ci in test/web (Debian package npm)"
	}
	return ""
}

// startNode starts the client of version 6 of the package. web is the directory test/web.
func startNode(web string) (*node, error) {
	if missing := missingPeer(web); missing != "" {
		return nil, fmt.Errorf("chaos: %s", missing)
	}
	process := exec.Command("node", "js/client.mjs", "6")
	process.Dir, process.Stderr = web, os.Stderr
	in, err := process.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := process.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := process.Start(); err != nil {
		return nil, err
	}
	n := &node{process: process, in: in, ended: make(chan struct{}), pending: map[int64]chan reply{}}
	go n.read(out)
	return n, nil
}

// read passes replies on until the process ends.
func (n *node) read(out io.Reader) {
	defer close(n.ended)
	lines := bufio.NewReaderSize(out, 1<<20)
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return
		}
		var r reply
		if json.Unmarshal(line, &r) != nil {
			continue // a library has printed it
		}
		n.mu.Lock()
		waiting := n.pending[r.ID]
		delete(n.pending, r.ID)
		n.mu.Unlock()
		if waiting != nil {
			waiting <- r
		}
	}
}

// args are the arguments of a command.
type args map[string]any

// call runs a command and decodes its result into result, unless that is nil.
func (n *node) call(ctx context.Context, op string, a args, result any) error {
	answered, err := n.send(op, a)
	if err != nil {
		return err
	}
	select {
	case <-ctx.Done():
		return fmt.Errorf("%s: %w", op, ctx.Err())
	case <-n.ended:
		return errNodeEnded
	case r := <-answered:
		if r.Error != "" {
			return fmt.Errorf("%s: %s", op, r.Error)
		}
		if result == nil {
			return nil
		}
		return json.Unmarshal(r.Result, result)
	}
}

func (n *node) send(op string, a args) (<-chan reply, error) {
	answered := make(chan reply, 1)
	n.mu.Lock()
	defer n.mu.Unlock()
	n.last++
	line, err := json.Marshal(args{"id": n.last, "op": op, "args": a})
	if err != nil {
		return nil, err
	}
	n.pending[n.last] = answered
	if _, err := n.in.Write(append(line, '\n')); err != nil {
		return nil, errNodeEnded
	}
	return answered, nil
}

// close ends the process.
func (n *node) close() {
	_ = n.in.Close()
	<-n.ended
	_ = n.process.Wait()
}

// view is a chat as a page shows it.
type view struct {
	Status   string    `json:"status"` // ready, submitted, streaming or error
	Error    string    `json:"error"`
	Messages []message `json:"messages"`
	Data     []part    `json:"data"`
}

type message struct {
	ID       string `json:"id"`
	Role     string `json:"role"`
	Parts    []part `json:"parts"`
	Metadata struct {
		Finish string `json:"finish"`
	} `json:"metadata"`
}

type part struct {
	Type string          `json:"type"`
	Text string          `json:"text"`
	Data json.RawMessage `json:"data"`
}

// answer returns the texts of the last message and how it ended, if it is the assistant's.
func (v view) answer() (texts []string, finish string, ok bool) {
	if len(v.Messages) == 0 || v.Messages[len(v.Messages)-1].Role != "assistant" {
		return nil, "", false
	}
	last := v.Messages[len(v.Messages)-1]
	for _, p := range last.Parts {
		if p.Type == "text" {
			texts = append(texts, p.Text)
		}
	}
	return texts, last.Metadata.Finish, true
}

// failure is the data of a data-error part.
type failure struct {
	Class  string `json:"class"`
	Action string `json:"action"`
	Said   string `json:"said"`
}

// failure returns the last data-error part that came after the first n parts of data.
func (v view) failure(n int) (f failure, ok bool) {
	for _, p := range v.Data[min(n, len(v.Data)):] {
		if p.Type == "data-error" && json.Unmarshal(p.Data, &f) == nil {
			ok = true
		}
	}
	return f, ok
}
