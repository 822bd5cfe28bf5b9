//go:build !race

package aisera

const raceEnabled = false
