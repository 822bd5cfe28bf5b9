package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"

	"github.com/seed-127a5941/parley/test/bench"
	"github.com/seed-127a5941/parley/test/bench/table"
)

// childFlag is the first argument of a child, which measures a part for one side. The part's name and the plan as JSON
// follow. The child makes a round for each line of its input and prints the round as a line of JSON.
const childFlag = "-child"

// round is what a child prints.
type round struct {
	Samples []table.Sample
	Err     string
}

func runChild(ctx context.Context, name, planJSON string, in io.Reader, out io.Writer) error {
	var plan bench.Plan
	if err := json.Unmarshal([]byte(planJSON), &plan); err != nil {
		return err
	}
	at := slices.IndexFunc(bench.Parts(), func(p bench.Part) bool { return p.Name == name })
	if at < 0 {
		return fmt.Errorf("no part %q", name)
	}
	session, err := bench.Parts()[at].Open(ctx, plan)
	if err != nil {
		return err
	}
	defer session.Close()
	results := json.NewEncoder(out)
	for lines := bufio.NewScanner(in); lines.Scan(); {
		var result round
		result.Samples, err = session.Round(ctx)
		if err != nil {
			result.Err = err.Error()
		}
		if err := results.Encode(result); err != nil {
			return err
		}
	}
	return nil
}

// child is a running child.
type child struct {
	side side
	cmd  *exec.Cmd
	in   io.WriteCloser
	out  *bufio.Reader
}

func startChild(ctx context.Context, part bench.Part, s side, plan bench.Plan) (*child, error) {
	encoded, err := json.Marshal(s.plan(plan))
	if err != nil {
		return nil, err
	}
	c := &child{side: s, cmd: exec.CommandContext(ctx, s.binary, childFlag, part.Name, string(encoded))}
	c.cmd.Stderr = os.Stderr
	if c.in, err = c.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	c.out = bufio.NewReader(out)
	return c, c.cmd.Start()
}

// round lets the child make a round.
func (c *child) round() ([]table.Sample, error) {
	if _, err := fmt.Fprintln(c.in); err != nil {
		return nil, err
	}
	line, err := c.out.ReadBytes('\n')
	if err != nil {
		return nil, fmt.Errorf("side %s: %w", c.side.name, err)
	}
	var result round
	if err := json.Unmarshal(line, &result); err != nil {
		return nil, err
	}
	if result.Err != "" {
		return result.Samples, fmt.Errorf("side %s: %s", c.side.name, result.Err)
	}
	return result.Samples, nil
}

func (c *child) close() error {
	_ = c.in.Close()
	return c.cmd.Wait()
}

// measure lets the sides take turns, one child each, in an order that rotates from round to round. It returns the
// rounds that succeeded on all sides, beside an error.
func measure(
	ctx context.Context, part bench.Part, sides []side, count int, plan bench.Plan,
) (got []table.Side, err error) {
	if part.MaxRounds > 0 {
		count = min(count, part.MaxRounds)
	}
	var children []*child
	defer func() {
		for _, c := range children {
			err = errors.Join(err, c.close())
		}
	}()
	for _, s := range sides {
		if s.jsonv2 && !part.JSONv2 {
			continue
		}
		c, err := startChild(ctx, part, s, plan)
		if err != nil {
			return got, err
		}
		children = append(children, c)
		got = append(got, table.Side{Name: s.name})
	}
	for n := range count {
		samples := make([][]table.Sample, len(children))
		for i := range children {
			at := (n + i) % len(children)
			if samples[at], err = children[at].round(); err != nil {
				return got, err
			}
		}
		for i := range got {
			got[i].Rounds = append(got[i].Rounds, samples[i])
		}
	}
	return got, nil
}
