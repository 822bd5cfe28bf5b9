package main

import (
	"bytes"
	"context"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/siteassist/siteassisttest"
)

// redrawn is the part of a line that a terminal erases.
var redrawn = regexp.MustCompile("(?m)^.*\r\033\\[K")

func none(string) string { return "" }

// TestREADME_ShowsTheSessions runs the commands of the README.
func TestREADME_ShowsTheSessions(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	require.NoError(t, err)
	for _, vendor := range []string{"siteassist", "raia", "syntphony", "aisera"} {
		t.Run(vendor, func(t *testing.T) {
			_, rest, found := strings.Cut(string(readme), "$ go run ./examples/chat -vendor "+vendor+"\n")
			require.True(t, found)
			shown, _, _ := strings.Cut(rest, "```")
			var out bytes.Buffer
			require.NoError(t, run(t.Context(), []string{"-vendor", vendor}, none, nil, &out))
			assert.Equal(t, shown, redrawn.ReplaceAllString(out.String(), ""))
		})
	}
}

// TestRun_RecoversAfterAnInterruption loses the connection in the middle of an answer and starts again.
func TestRun_RecoversAfterAnInterruption(t *testing.T) {
	server := siteassisttest.NewServer()
	defer server.Close()
	env := map[string]string{
		"SITEASSIST_BASE_URL": server.Config().BaseURL, "SITEASSIST_DEVICE_KEY": "0123456789abcdef",
		"SITEASSIST_PUBLISHABLE_KEY": siteassisttest.PublishableKey,
	}
	getenv := func(name string) string { return env[name] }
	isMessage := func(r siteassisttest.Request) bool {
		return r.Method == "POST" && strings.HasSuffix(r.Path, "/messages")
	}
	server.FailNext(isMessage, siteassisttest.Failure{AfterEvents: 5, Reset: true})
	args := []string{"-live", "-type", "-state", filepath.Join(t.TempDir(), "s.json")}
	var out bytes.Buffer
	err := run(t.Context(), args, getenv, strings.NewReader("Where is my order?\n"), &out)
	require.ErrorIs(t, err, parley.ErrTruncated)
	out.Reset()
	require.NoError(t, run(t.Context(), args, getenv, strings.NewReader("Thank you.\n/quit\n"), &out))
	assert.Contains(t, out.String(), "is open; looking what became of it")
	assert.Contains(t, out.String(), "You said: Where is my order?")
	assert.Contains(t, out.String(), "You said: Thank you.")
	said := 0
	for _, action := range server.Ledger() {
		if action.Text != "" {
			said++
		}
	}
	assert.Equal(t, 2, said)
}

func TestRun_Arguments(t *testing.T) {
	var out bytes.Buffer
	require.ErrorIs(t, run(t.Context(), []string{"-h"}, none, nil, &out), flag.ErrHelp)
	require.ErrorContains(t, run(t.Context(), []string{"-vendor", "x"}, none, nil, &out), "is not raia")
	for _, vendor := range []string{"siteassist", "raia", "syntphony", "aisera"} {
		require.Error(t, run(t.Context(), []string{"-live", "-vendor", vendor}, none, nil, &out))
	}
	ended, end := context.WithCancel(t.Context())
	end()
	assert.Contains(t, advice(ended, context.Canceled), "start again")
	assert.Contains(t, advice(t.Context(), parley.ErrUnauthorized), "credentials")
}
