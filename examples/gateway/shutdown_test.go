package main

import (
	"net/http"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley/internal/testing/redisserver"
	"github.com/seed-127a5941/parley/siteassist/siteassisttest"
)

// slowSite is a SiteAssist whose answers take their time.
func slowSite(t *testing.T, pace time.Duration) (*siteassisttest.Server, map[string]string) {
	server := siteassisttest.NewServer()
	t.Cleanup(server.Close)
	server.Answer(func(m siteassisttest.Message) siteassisttest.Answer {
		return siteassisttest.Answer{Text: "one two three four five six seven eight nine ten", Pace: pace}
	})
	return server, map[string]string{
		"SITEASSIST_BASE_URL": server.Config().BaseURL, "SITEASSIST_PUBLISHABLE_KEY": siteassisttest.PublishableKey,
	}
}

func lines(env map[string]string) (lines []string) {
	for name, value := range env {
		lines = append(lines, name+"="+value)
	}
	return lines
}

func said(server *siteassisttest.Server, text string) (n int) {
	for _, action := range server.Ledger() {
		if action.Text == text {
			n++
		}
	}
	return n
}

// midway starts an answer, calls do when its first words are there, and returns the whole stream.
func (b *browser) midway(vendor, conversation, id, text string, do func()) *answer {
	b.t.Helper()
	response := b.stream(b.t.Context(), http.MethodPost, "/api/"+vendor, message(conversation, id, text))
	defer response.Body.Close()
	require.Equal(b.t, http.StatusOK, response.StatusCode)
	done := false
	return read(b.t, response.Body, func(a *answer) bool {
		if !done && a.text != "" {
			done = true
			do()
		}
		return true
	})
}

func TestShutdown_TheAnswerUnderWayEnds(t *testing.T) {
	server, env := slowSite(t, 50*time.Millisecond)
	r := start(t, func(name string) string { return env[name] }, "-drain", "10ms")
	b := open(t, r.url)
	a := b.midway("siteassist", "c-1", "m-1", "Hello", r.stop)
	assert.True(t, a.whole)
	assert.Equal(t, "one two three four five six seven eight nine ten", a.text)
	require.NoError(t, r.wait())
	assert.Equal(t, 1, said(server, "Hello"))
}

// TestShutdown_ASecondSignalEndsTheProcess signals until the process has ended, because the first one is taken from the
// process a moment after it began to shut down.
func TestShutdown_ASecondSignalEndsTheProcess(t *testing.T) {
	p, _ := spawnGateway(t, nil, "-drain", "10m")
	p.signal(syscall.SIGTERM)
	require.Eventually(t, func() bool { return strings.Contains(p.log.String(), "shutting down") },
		30*time.Second, 10*time.Millisecond)
	assert.Eventually(t, func() bool {
		p.signal(syscall.SIGTERM)
		select {
		case <-p.done:
			return true
		default:
			return false
		}
	}, 30*time.Second, 20*time.Millisecond)
	assert.EqualError(t, p.err, "signal: terminated", p.log)
}

func TestShutdown_AnAnswerThatTakesTooLongIsGivenUp(t *testing.T) {
	_, env := slowSite(t, time.Minute)
	r := start(t, func(name string) string { return env[name] }, "-grace", "100ms")
	b := open(t, r.url)
	response := b.stream(t.Context(), http.MethodPost, "/api/siteassist", message("c-1", "m-1", "Hello"))
	defer response.Body.Close()
	require.Equal(t, http.StatusOK, response.StatusCode)
	r.stop()
	a := read(t, response.Body, nil)
	assert.False(t, a.whole)
	require.NoError(t, r.wait())
	assert.Contains(t, r.log.String(), "were left to other replicas")
}

// TestShutdown_AnotherReplicaFinishes ends one of two replicas in the middle of an answer that takes longer than its
// grace period, and reads the answer from the other one.
func TestShutdown_AnotherReplicaFinishes(t *testing.T) {
	server, env := slowSite(t, 200*time.Millisecond)
	address := redisserver.Test(t).Addr()
	args := []string{"-redis", address, "-key-file", keyFile(t), "-grace", "50ms"}
	getenv := func(name string) string { return env[name] }
	one, two := start(t, getenv, args...), start(t, getenv, args...)
	b := open(t, one.url)
	a := b.midway("siteassist", "c-1", "m-1", "Hello", one.stop)
	assert.False(t, a.whole)
	require.NoError(t, one.wait())
	b.url = two.url
	assert.Eventually(t, func() bool {
		response := b.stream(t.Context(), http.MethodGet, "/api/siteassist/c-1/stream", "")
		defer response.Body.Close()
		if response.StatusCode == http.StatusNoContent {
			_, messages := b.get("/api/siteassist/c-1/messages")
			return strings.Contains(messages, "nine ten")
		}
		return read(t, response.Body, nil).text == "one two three four five six seven eight nine ten"
	}, 30*time.Second, 50*time.Millisecond)
	assert.Equal(t, 1, said(server, "Hello"))
}
