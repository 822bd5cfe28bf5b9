package chaos

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	mathrand "math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/seed-127a5941/parley/internal/testing/redisserver"
)

// Options are those of Run.
type Options struct {
	// Root is the directory of the repository.
	Root string
	// Gateway is the program of the replicas. "" builds it from Root.
	Gateway string
	// Seed decides which faults happen, and in which order.
	Seed uint64
	// Duration is the time for which faults happen. Zero means a minute.
	Duration time.Duration
	// Users is the number of users. Zero means 50.
	Users int
	// Log gets a line for each fault. It may be nil.
	Log io.Writer
	// ReplicaLog gets the logs of the replicas. It may be nil.
	ReplicaLog io.Writer

	defect defect
	calm   bool // the defect is the only fault
}

// defect is a fault of the kind that the ledger exists for. Tests plant it. Its functions may be nil.
type defect struct {
	// vendor returns the URL that stands for a vendor's.
	vendor func(name, base string) string
	// response may change a response of a replica.
	response func(*http.Response)
}

// The gateway is started with these times. recoverWait is the time after which it takes a message that the vendor does
// not have for one that was not delivered.
const (
	vendorTimeout = 4 * time.Second
	turnTimeout   = 20 * time.Second
	recoverWait   = 8 * time.Second
)

// stage is everything that a run needs.
type stage struct {
	Options
	dir      string
	proxies  *proxies
	vendors  []*vendor
	redis    *redisserver.Server
	replicas []*replica
	balancer *balancer
	node     *node
	routes   map[string]string // URLs of the balancer, by the network
	ledger   *Ledger
	talks    atomic.Int64
	ids      atomic.Int64
}

// Run lets users talk while faults happen, and returns the report. An error means that the run could not take place.
func Run(ctx context.Context, o Options) (*Report, error) {
	if o.Duration == 0 {
		o.Duration = time.Minute
	}
	if o.Users == 0 {
		o.Users = 50
	}
	if o.Log == nil {
		o.Log = io.Discard
	}
	s := &stage{Options: o, ledger: NewLedger(), proxies: newProxies(o.defect.vendor)}
	defer s.close()
	if err := s.open(ctx); err != nil {
		return nil, err
	}
	return s.run(ctx)
}

func (s *stage) open(ctx context.Context) (err error) {
	if s.dir, err = os.MkdirTemp("", "chaos"); err != nil {
		return err
	}
	if s.node, err = startNode(filepath.Join(s.Root, "test/web")); err != nil {
		return err
	}
	// Redis writes to its disk before it responds: with everysec a message may be said twice after a kill.
	if s.redis, err = redisserver.Start(s.dir, "--appendonly", "yes", "--appendfsync", "always"); err != nil {
		return err
	}
	if s.vendors, err = openVendors(s.proxies); err != nil {
		return err
	}
	if err := s.openReplicas(ctx); err != nil {
		return err
	}
	if s.balancer, err = newBalancer(ctx, s.replicas); err != nil {
		return err
	}
	s.balancer.change = s.defect.response
	s.routes = map[string]string{}
	for _, n := range networks {
		if s.routes[n.name], err = s.proxies.open(s.balancer.url(), n.toxics); err != nil {
			return err
		}
	}
	return nil
}

// build makes the program of the gateway.
func build(ctx context.Context, root, program string) error {
	command := exec.CommandContext(ctx, "go", "build", "-o", program, ".")
	command.Dir = filepath.Join(root, "examples/gateway")
	if output, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("chaos: build the gateway: %w\n%s", err, output)
	}
	return nil
}

// openReplicas starts two processes of the gateway.
func (s *stage) openReplicas(ctx context.Context) error {
	program, keyFile := s.Gateway, filepath.Join(s.dir, "key")
	if program == "" {
		program = filepath.Join(s.dir, "gateway")
		if err := build(ctx, s.Root, program); err != nil {
			return err
		}
	}
	if err := os.WriteFile(keyFile, []byte(rand.Text()+rand.Text()), 0o600); err != nil {
		return err
	}
	env := os.Environ()
	for _, v := range s.vendors {
		env = append(env, v.env...)
	}
	for _, name := range []string{"A", "B"} {
		r := &replica{name: name, env: env, log: s.ReplicaLog, command: []string{
			program, "-addr", "127.0.0.1:0", "-redis", s.redis.Addr(), "-key-file", keyFile,
			"-grace", graceTime.String(), "-recover-wait", recoverWait.String(), "-vendor-timeout",
			vendorTimeout.String(),
			"-turn-timeout", turnTimeout.String(),
		}}
		if err := r.start(); err != nil {
			return err
		}
		s.replicas = append(s.replicas, r)
	}
	return nil
}

func (s *stage) close() {
	if s.node != nil {
		s.node.close()
	}
	if s.balancer != nil {
		s.balancer.close()
	}
	for _, r := range s.replicas {
		r.kill()
	}
	s.proxies.close()
	for _, v := range s.vendors {
		v.server.Close()
	}
	if s.redis != nil {
		_ = s.redis.Close()
	}
	if s.dir != "" {
		_ = os.RemoveAll(s.dir)
	}
}

// users returns the users, who are spread over vendors and networks.
func (s *stage) users() (users []*user) {
	for i := range s.Users {
		at, network := i/len(s.vendors)%10, ""
		for _, n := range networks {
			if at >= 0 && at < n.share {
				network = n.name
			}
			at -= n.share
		}
		users = append(users, &user{
			name: fmt.Sprintf("user-%02d", i), vendor: s.vendors[i%len(s.vendors)].name, network: network,
			base: s.routes[network], direct: s.balancer.url(), node: s.node, ledger: s.ledger, talks: &s.talks,
			random: mathrand.New(mathrand.NewPCG(s.Seed, uint64(i))),
			nextID: func() string { return newID(s.Seed, s.ids.Add(1)) },
		})
	}
	return users
}

func (s *stage) run(ctx context.Context) (*Report, error) {
	began := time.Now()
	report := &Report{Seed: s.Seed, Users: s.Users, ledger: s.ledger}
	var err error
	if report.Before, err = s.footprints(ctx); err != nil {
		return nil, err
	}
	f := &faults{
		seed: s.Seed, replicas: s.replicas, redis: s.redis, vendors: s.vendors, talks: &s.talks, began: began,
		log: s.Log, counts: map[string]int{},
	}
	limited, cancel := context.WithTimeout(ctx, s.Duration)
	defer cancel()
	report.Stuck, err = s.talk(ctx, limited, f)
	if err = errors.Join(err, ctx.Err()); err != nil {
		return nil, err
	}
	report.Faults, report.missing = f.counts, f.missing()
	for _, v := range s.vendors {
		for _, a := range v.server.Ledger() {
			s.ledger.Heard(a.Text)
		}
	}
	report.Broken = s.ledger.Audit(recoverWait)
	if report.After, err = s.settled(ctx, report.Before); err != nil {
		return nil, err
	}
	report.Elapsed = time.Since(began)
	return report, nil
}

// talk runs the users and the faults. It returns the users whose conversation did not go on after the faults.
func (s *stage) talk(ctx, limited context.Context, f *faults) (stuck []string, err error) {
	var wait sync.WaitGroup
	var mu sync.Mutex
	note := func(failed error, stuckUser string) {
		mu.Lock()
		defer mu.Unlock()
		if err = errors.Join(err, failed); stuckUser != "" {
			stuck = append(stuck, stuckUser)
		}
	}
	if !s.calm {
		wait.Go(func() { note(f.run(limited), "") })
	}
	for _, u := range s.users() {
		wait.Go(func() {
			failed := u.run(limited, ctx)
			if failed != nil {
				note(failed, "")
				return
			}
			answered, failed := u.finish(ctx)
			if note(failed, ""); !answered {
				note(nil, u.name+" at "+u.vendor)
			}
		})
	}
	wait.Wait()
	return stuck, err
}
