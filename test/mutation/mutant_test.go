package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestMutant_IDIsThatOfItsLine(t *testing.T) {
	m := mutant{File: "p/p.go", Line: 9, Before: "<", After: ""}
	assert.Equal(t, "p/p.go | if a < b { | < -> nothing", m.id("\tif a < b {"))
	m.nth = 2
	assert.Equal(t, "p/p.go | if a < b { | < -> nothing | 2", m.id("\tif a < b {"))
	m.Before = strings.Repeat("long ", 30)
	assert.Less(t, len(m.id("")), 100)
}
