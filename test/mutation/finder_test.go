package main

import (
	"fmt"
	"go/format"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const sample = `package p

import "errors"

const limit = 10

func f(list []int, ok bool) (err error) {
	for i, n := range list {
		if n >= limit && !ok {
			continue
		}
		list[i] = n + 1
		println(i)
	}
	if ok == true {
		return err
	}
	return errors.New("text with 5 and true")
}
`

func TestMutantsOf_FindsEachKindAndLeavesTextsAlone(t *testing.T) {
	found, err := mutantsOf("p", "p/p.go", []byte(sample))
	require.NoError(t, err)
	var list []string
	for _, m := range found {
		list = append(list, fmt.Sprintf("%d %s: %s -> %s", m.Line, m.Kind, oneLine(m.Before), oneLine(m.After)))
		changed := m.apply([]byte(sample))
		_, err := format.Source(changed)
		assert.NoError(t, err, "%s", changed)
		assert.NotEqual(t, sample, string(changed))
		assert.Equal(t, "p/p.go", m.File)
	}
	assert.ElementsMatch(t, []string{
		"5 number: 10 -> 11",
		"9 condition: n >= limit && !ok -> true || n >= limit && !ok",
		"9 condition: n >= limit && !ok -> false && (n >= limit && !ok)",
		"9 operator: && -> ||", "9 operator: >= -> >", "9 negation: ! -> nothing",
		"10 branch: continue -> break",
		"12 delete: list[i] = n + 1 -> nothing", "12 operator: + -> -", "12 number: 1 -> 2",
		"13 delete: println(i) -> nothing",
		"15 condition: ok == true -> true || ok == true", "15 condition: ok == true -> false && (ok == true)",
		"15 operator: == -> !=", "15 boolean: true -> false",
		"16 error: err -> nil",
	}, list)
}

func TestMutantsOf_Errors(t *testing.T) {
	_, err := mutantsOf("p", "p/p.go", []byte("no Go"))
	assert.Error(t, err)
	l, err := list("go", tiny(t))
	require.NoError(t, err)
	require.NoError(t, os.Remove(filepath.Join(l.root, "low", "low.go")))
	_, err = l.mutants(regexp.MustCompile("low"))
	assert.ErrorIs(t, err, os.ErrNotExist)
}

func TestMutantsOf_TheSameLineTwiceHasTwoIDs(t *testing.T) {
	source := []byte("package p\n\nfunc f() {\n\tprintln()\n\tprintln()\n}\n")
	found, err := mutantsOf("p", "p/p.go", source)
	require.NoError(t, err)
	require.Len(t, found, 2)
	assert.NotEqual(t, found[0].id(lineOf(source, 4)), found[1].id(lineOf(source, 5)))
}
