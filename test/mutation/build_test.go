package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// busy is a function with a mutant of each form.
const busy = `package low

import (
	"errors"
	"time"
)

type small int8

const limit = 3

var errOdd = errors.New("odd")

func half(n int) (int, error) {
	if n%2 == 1 {
		err := errOdd
		return 0, err
	}
	return n / 2, nil
}

func Busy(list []int, ok bool) (sum int, wait time.Duration, err error) {
	for _, n := range list {
		if !ok || n > limit {
			continue
		}
		sum += n
		if sum == 3 && func() bool { return sum+1 > 3 }() {
			break
		}
	}
	for i := 0; i < 2; i++ {
		sum++
	}
	wait = time.Duration(sum) * 2 * time.Second
	_, err = half(sum + int(small(1)+2))
	return sum, wait, err
}
`

const busyTest = `package low

import (
	"testing"
	"time"
)

func TestBusy(t *testing.T) {
	sum, wait, err := Busy([]int{1, 7, 2, 1, 3}, true)
	if sum != 5 || wait != 10*time.Second || err != nil {
		t.Fatal(sum, wait, err)
	}
	if _, _, err := Busy([]int{1, 1}, true); err == nil {
		t.Fatal("no error")
	}
	if sum, _, _ := Busy([]int{1}, false); sum != 2 {
		t.Fatal(sum)
	}
}

func TestOther(t *testing.T) {}
`

func trialOf(t *testing.T, root, packages string) (*trial, []mutant) {
	l, err := list("go", root)
	require.NoError(t, err)
	all, err := l.mutants(regexp.MustCompile(packages))
	require.NoError(t, err)
	return &trial{
		listing: l, goCommand: "go", timeout: time.Minute, scratch: t.TempDir(), sound: map[string]bool{},
	}, all
}

func TestBuild_AMutantAmongManyHasTheSameOutcomeAsAlone(t *testing.T) {
	root := tiny(t)
	for name, text := range map[string]string{"busy.go": busy, "busy_test.go": busyTest} {
		require.NoError(t, os.WriteFile(filepath.Join(root, "low", name), []byte(text), 0o600))
	}
	trying, all := trialOf(t, root, "low")
	many, err := newBuild(t.Context(), trying, all)
	require.NoError(t, err)
	assert.Greater(t, len(many.numbers), len(all)*3/4)
	outcomes := map[string]int{}
	var survivors []string
	for _, m := range all {
		if many.numbers[m.key()] == 0 {
			continue
		}
		among, err := trying.run(t.Context(), m, many)
		require.NoError(t, err)
		if m.File == "low/low.go" {
			single, err := trying.run(t.Context(), m, nil)
			require.NoError(t, err)
			assert.Equal(t, single.Outcome, among.Outcome, single.ID)
			continue
		}
		if outcomes[among.Outcome]++; among.Outcome == survived {
			survivors = append(survivors, fmt.Sprintf("%s %d", among.After, m.Line))
		}
	}
	assert.Equal(t, []string{
		"3 15", "1 17", "* 19", "3 19", ">= 24", "|| 28", ">= 28", "2 28",
	}, survivors, "checked by hand: the inputs of TestBusy do not tell these apart")
	assert.Greater(t, outcomes[noticed], 20)
}

func TestBuild_ReportsWhatDoesNotCompile(t *testing.T) {
	root := tiny(t)
	trying, all := trialOf(t, root, "low")
	path := filepath.Join(root, "high", "wrong.go")
	require.NoError(t, os.WriteFile(path, []byte("package high\n\nvar x int = \"\"\n"), 0o600))
	_, err := newBuild(t.Context(), trying, all)
	assert.ErrorContains(t, err, "do not compile together")
}
