//go:build race

package aisera

const raceEnabled = true
