package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// oneTest is a test of a package, with the numbers of the mutants that it reaches.
type oneTest struct {
	name    string
	seconds float64
	reached map[int]bool
}

// suite is the test binary of a package and its tests.
type suite struct {
	dir    string // where its tests run
	binary string
	short  string // a flag of the binary
	tests  []oneTest
}

// atATime is how many tests run beside each other while explore measures them: they wait more than they compute.
const atATime = 4

// suite returns the tests of a package. The first call compiles them and runs each alone.
func (b *build) suite(ctx context.Context, dir string) (*suite, error) {
	b.exploring.Lock()
	defer b.exploring.Unlock()
	if s, ok := b.suites[dir]; ok {
		return s, nil
	}
	binary, err := b.binary(ctx, dir)
	if err != nil {
		return nil, err
	}
	s := &suite{dir: b.packages[dir].Dir, binary: binary, short: fmt.Sprintf("-test.short=%t", b.short)}
	if binary != "" {
		if err := s.explore(ctx, b.scratch, b.load); err != nil {
			return nil, err
		}
	}
	b.suites[dir] = s
	return s, nil
}

// testName tells the tests apart from the benchmarks and the line of the outcome.
var testName = regexp.MustCompile(`^(Test|Fuzz|Example)`)

// explore finds out which mutants each test reaches. It leaves out the tests that fail without a mutant, as those do
// that count allocations.
func (s *suite) explore(ctx context.Context, scratch string, load float64) error {
	began := time.Now()
	output, err := s.run(ctx, nil, "-test.list", ".")
	if err != nil {
		return fmt.Errorf("list the tests of %s: %w\n%s", s.dir, err, output)
	}
	var names []string
	for _, name := range strings.Fields(output) {
		if testName.MatchString(name) {
			names = append(names, name)
		}
	}
	s.tests = make([]oneTest, len(names))
	queue := make(chan int)
	var all sync.WaitGroup
	for range atATime {
		all.Go(func() {
			for i := range queue {
				s.tests[i] = s.measure(ctx, names[i], filepath.Join(scratch, fmt.Sprint(filepath.Base(s.binary), i)))
			}
		})
	}
	for i := range names {
		if err = quiet(ctx, load); err != nil {
			break
		}
		queue <- i
	}
	close(queue)
	all.Wait()
	if err != nil {
		return err
	}
	s.tests = slices.DeleteFunc(s.tests, func(one oneTest) bool {
		if one.reached == nil {
			fmt.Printf("left out, because it fails without a mutant: %s in %s\n", one.name, s.dir)
		}
		return one.reached == nil
	})
	fmt.Printf("explored  %5.1fs %s: %d tests\n", time.Since(began).Seconds(), s.dir, len(s.tests))
	return ctx.Err()
}

// measure runs one test. If it fails, the record may be the reason, and it runs again without one.
func (s *suite) measure(ctx context.Context, name, record string) oneTest {
	one := oneTest{name: name}
	began := time.Now()
	arguments := []string{"-test.run", "^" + name + "$", "-test.timeout", "5m"}
	_, err := s.run(ctx, []string{"MUTANTS_REACHED=" + record}, arguments...)
	one.seconds = time.Since(began).Seconds()
	if err != nil {
		if _, err = s.run(ctx, nil, arguments...); err != nil {
			return one
		}
	}
	one.reached = map[int]bool{}
	list, _ := os.ReadFile(record) // without a mutant there is no file
	for _, text := range strings.Fields(string(list)) {
		if number, err := strconv.Atoi(text); err == nil {
			one.reached[number] = true
		}
	}
	return one
}

func (s *suite) run(ctx context.Context, environment []string, arguments ...string) (string, error) {
	command := exec.CommandContext(ctx, s.binary, append([]string{s.short}, arguments...)...)
	command.Dir = s.dir
	command.Env = append(os.Environ(), environment...)
	var output bytes.Buffer
	command.Stdout, command.Stderr = &output, &output
	command.WaitDelay = time.Second
	err := command.Run()
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	return output.String(), err
}

var failedTest = regexp.MustCompile(`(?m)^--- FAIL: (\w+)`)

// few is how many tests try runs first, so that a mutant with which every test hangs costs seconds.
const few = 6

// try runs the tests that reach a mutant, the fastest first, and returns the outcome and the test that notices it.
func (s *suite) try(ctx context.Context, number int) (outcome, by string, err error) {
	var tests []oneTest
	for _, one := range s.tests {
		if one.reached[number] {
			tests = append(tests, one)
		}
	}
	slices.SortStableFunc(tests, func(a, b oneTest) int { return cmp.Compare(a.seconds, b.seconds) })
	first := min(few, len(tests))
	if outcome, by, err = s.tryTests(ctx, number, tests[:first]); err != nil || outcome != survived {
		return outcome, by, err
	}
	return s.tryTests(ctx, number, tests[first:])
}

// tryTests runs tests with a mutant. A test that fails only once does not count, because it may have failed for
// another reason.
func (s *suite) tryTests(ctx context.Context, number int, tests []oneTest) (outcome, by string, err error) {
	var names []string
	limit := 10.0
	for _, one := range tests {
		names = append(names, one.name)
		limit += 2 * one.seconds
	}
	for len(names) > 0 {
		output, err := s.choose(ctx, number, limit, names...)
		if err == nil {
			break
		}
		if _, failed := errors.AsType[*exec.ExitError](err); !failed || ctx.Err() != nil {
			return "", "", errors.Join(err, ctx.Err())
		}
		by := ""
		if found := failedTest.FindStringSubmatch(output); found != nil {
			by = found[1]
		}
		if strings.Contains(output, "panic: test timed out") {
			return hung, by, nil
		}
		if !slices.Contains(names, by) {
			return noticed, by, nil // the whole process failed
		}
		if _, err := s.choose(ctx, number, limit, by); err != nil {
			return noticed, by, ctx.Err()
		}
		fmt.Printf("passes the second time: %s with mutant %d in %s\n", by, number, s.dir)
		names = slices.DeleteFunc(names, func(name string) bool { return name == by })
	}
	return survived, "", nil
}

// choose runs tests with a mutant.
func (s *suite) choose(ctx context.Context, number int, limit float64, names ...string) (string, error) {
	return s.run(ctx, []string{fmt.Sprint("MUTANT=", number)}, "-test.failfast",
		"-test.timeout", fmt.Sprintf("%.0fs", limit), "-test.run", "^("+strings.Join(names, "|")+")$")
}

// try tries a mutant that was compiled among others.
func (b *build) try(ctx context.Context, m mutant) (outcome, by string, err error) {
	for i, dir := range append([]string{m.Package}, b.packages[m.Package].importers...) {
		s, err := b.suite(ctx, strings.TrimPrefix(dir, "./"))
		if err != nil {
			return "", "", err
		}
		outcome, by, err = s.try(ctx, b.numbers[m.key()])
		if err != nil || outcome != survived {
			if outcome == noticed && i > 0 {
				outcome, by = importers, dir+" "+by
			}
			return outcome, by, err
		}
	}
	return survived, "", nil
}
