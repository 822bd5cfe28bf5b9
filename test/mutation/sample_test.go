package main

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
)

func someMutants(sizes map[string]int) (list []mutant) {
	for _, name := range []string{"a", "b", "c"} {
		for i := range sizes[name] {
			list = append(list, mutant{Package: name, File: fmt.Sprint(name, i)})
		}
	}
	return list
}

func TestQueues_SeedDecides(t *testing.T) {
	all := someMutants(map[string]int{"a": 50, "b": 50})
	assert.Equal(t, queues(all, 1), queues(all, 1))
	assert.NotEqual(t, queues(all, 1)["a"], queues(all, 2)["a"])
	assert.ElementsMatch(t, all[:50], queues(all, 1)["a"])
}

func TestShares_InProportionButNotTooFew(t *testing.T) {
	byPackage := queues(someMutants(map[string]int{"a": 900, "b": 95, "c": 5}), 1)
	assert.Equal(t, map[string]int{"a": 180, "b": 19, "c": 5}, shares(byPackage, 200))
	assert.Equal(t, map[string]int{"a": 18, "b": fewest, "c": 5}, shares(byPackage, 20))
	assert.Empty(t, shares(nil, 20))
}
