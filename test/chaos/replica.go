package chaos

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// replica is a process of the gateway that is started again after its end. Its methods must not be called at the same
// time, except address.
type replica struct {
	name    string
	command []string // the program and its flags
	env     []string
	log     io.Writer

	process *exec.Cmd
	exited  chan struct{}

	mu  sync.Mutex
	url string // "" while it does not run
}

const (
	startTime = 20 * time.Second
	graceTime = 3 * time.Second // of a gateway after SIGTERM
)

// address is the base URL of the replica, and "" while it does not run.
func (r *replica) address() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.url
}

func (r *replica) setAddress(url string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.url = url
}

// start starts the process and waits until it listens.
func (r *replica) start() error {
	process := exec.Command(r.command[0], r.command[1:]...)
	process.Env, process.Stderr = r.env, r.log
	out, err := process.StdoutPipe()
	if err != nil {
		return err
	}
	if err := process.Start(); err != nil {
		return err
	}
	r.process, r.exited = process, make(chan struct{})
	listening := make(chan string, 1)
	go func(exited chan<- struct{}) {
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			if _, url, ok := strings.Cut(lines.Text(), "gateway: "); ok {
				listening <- url
			}
		}
		_ = process.Wait()
		close(exited)
	}(r.exited)
	select {
	case url := <-listening:
		r.setAddress(url)
		return nil
	case <-r.exited:
		return fmt.Errorf("chaos: replica %s has ended at its start: see its log", r.name)
	case <-time.After(startTime):
		r.kill()
		return fmt.Errorf("chaos: replica %s does not listen", r.name)
	}
}

// kill ends the process with SIGKILL.
func (r *replica) kill() {
	if r.process != nil {
		_ = r.process.Process.Kill()
		<-r.exited
	}
	r.setAddress("")
	r.process = nil
}

// terminate ends the process with SIGTERM, and reports an error if it does not end in time.
func (r *replica) terminate() error {
	if r.process == nil {
		return nil
	}
	defer r.kill()
	if err := r.process.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	select {
	case <-r.exited:
		return nil
	case <-time.After(graceTime + 10*time.Second):
		return fmt.Errorf("chaos: replica %s does not end after SIGTERM", r.name)
	}
}

// metrics reads those metrics of the replica that have no labels.
func (r *replica) metrics(ctx context.Context) (map[string]float64, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, r.address()+"/metrics", nil)
	if err != nil {
		return nil, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	values := map[string]float64{}
	lines := bufio.NewScanner(response.Body)
	for lines.Scan() {
		name, text, _ := strings.Cut(lines.Text(), " ")
		if value, err := strconv.ParseFloat(text, 64); err == nil {
			values[name] = value
		}
	}
	return values, lines.Err()
}
