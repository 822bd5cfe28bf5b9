//go:build !race

package parleyotel_test

const raceEnabled = false
