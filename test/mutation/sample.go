package main

import (
	"iter"
	"maps"
	"math/rand/v2"
)

// fewest is the least number of mutants of a package in a sample, if it has as many.
const fewest = 12

func keys[K comparable, V any](m map[K]V) iter.Seq[K] { return maps.Keys(m) }

// queues returns the mutants of each package in the order in which a sample takes them, which depends on the seed only.
func queues(all []mutant, seed uint64) map[string][]mutant {
	byPackage := map[string][]mutant{}
	for _, m := range all {
		byPackage[m.Package] = append(byPackage[m.Package], m)
	}
	for _, queue := range byPackage {
		random := rand.New(rand.NewPCG(seed, uint64(len(queue)))) //nolint:gosec // a sample, no secret
		random.Shuffle(len(queue), func(i, j int) { queue[i], queue[j] = queue[j], queue[i] })
	}
	return byPackage
}

// shares returns how many mutants of each package a sample of n takes: in proportion to what the package has, but at
// least fewest.
func shares(byPackage map[string][]mutant, n int) map[string]int {
	total := 0
	for _, queue := range byPackage {
		total += len(queue)
	}
	share := map[string]int{}
	for name, queue := range byPackage {
		share[name] = min(len(queue), max(fewest, n*len(queue)/max(total, 1)))
	}
	return share
}
