package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestBlame_FindsTheInnermostMutant(t *testing.T) {
	text := "package p\n\n/*<1*/if a {\n/*<2*/b/*2>*/ c\n}/*1>*/ d"
	at := func(part string) (int, int) {
		before := text[:strings.Index(text, part)]
		return strings.Count(before, "\n") + 1, len(before) - strings.LastIndex(before, "\n")
	}
	for part, number := range map[string]int{"if": 1, "b": 2, " c": 1, " d": 0, "package": 0} {
		line, column := at(part)
		assert.Equal(t, number, blame(text, line, column), part)
	}
}
