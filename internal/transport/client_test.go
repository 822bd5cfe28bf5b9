package transport

import (
	"context"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/seed-127a5941/parley"
	"github.com/seed-127a5941/parley/internal/auth"
)

func TestNew_RefusesABadConfig(t *testing.T) {
	for name, tt := range map[string]struct {
		cfg   Config
		field string
	}{
		"no base URL":  {Config{}, "BaseURL"},
		"relative":     {Config{BaseURL: "/external"}, "BaseURL"},
		"no host":      {Config{BaseURL: "https://"}, "BaseURL"},
		"opaque":       {Config{BaseURL: "https:api.example"}, "BaseURL"},
		"in clear":     {Config{BaseURL: "http://api.example"}, "BaseURL"},
		"other scheme": {Config{BaseURL: "ftp://api.example"}, "BaseURL"},
		"WebSocket":    {Config{BaseURL: "wss://api.example"}, "BaseURL"},
		"ws loopback":  {Config{BaseURL: "ws://127.0.0.1"}, "BaseURL"},
		"port":         {Config{BaseURL: "https://api.example:65536"}, "BaseURL"},
		"query":        {Config{BaseURL: "https://api.example?key=1"}, "BaseURL"},
		"empty query":  {Config{BaseURL: "https://api.example?"}, "BaseURL"},
		"fragment":     {Config{BaseURL: "https://api.example#x"}, "BaseURL"},
		"user info":    {Config{BaseURL: "https://user:hush@api.example"}, "BaseURL"},
		"not a URL":    {Config{BaseURL: "https://user:hush@%zz"}, "BaseURL"},
		"agent":        {Config{BaseURL: "https://api.example", UserAgent: "a\r\nX: y"}, "UserAgent"},
		"wait":         {Config{BaseURL: "https://api.example", MaxRetryWait: -1}, "MaxRetryWait"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := New(tt.cfg)
			assert.ErrorIs(t, err, parley.ErrInvalidArgument)
			assert.ErrorContains(t, err, tt.field)
			assert.NotContains(t, err.Error(), "hush")
		})
	}
	for _, base := range []string{
		"https://api.example/v2", "http://localhost:80", "http://127.0.0.9", "http://[::1]:1/x",
	} {
		_, err := New(Config{BaseURL: base})
		assert.NoError(t, err, base)
	}
	_, err := New(Config{BaseURL: "http://api.example", AllowInsecureHTTP: true})
	assert.NoError(t, err)
}

func TestVersion_IsThatOfTheChangelog(t *testing.T) {
	changelog, err := os.ReadFile("../../CHANGELOG.md")
	require.NoError(t, err)
	_, sections, ok := strings.Cut(string(changelog), "\n## [Unreleased]")
	require.True(t, ok, "CHANGELOG.md has no section for unreleased changes")
	if _, latest, released := strings.Cut(sections, "\n## ["); released {
		assert.True(t, strings.HasPrefix(latest, Version+"]"), "the latest release is not %s", Version)
	}
}

func TestWith_SharesEverythingButTheCredential(t *testing.T) {
	var keys []string
	base, _ := counted(t, func(w http.ResponseWriter, r *http.Request, _ int) {
		keys = append(keys, r.Header.Get("Agent-Secret-Key"))
		_, _ = io.WriteString(w, `{"id":"1"}`)
	})
	c := newTestClient(t, base, nil)
	require.NoError(t, use(t, c, get))
	require.NoError(t, use(t, c.With(auth.NewHeader("Agent-Secret-Key", "", "other")), get))
	assert.Equal(t, []string{testKey, "other"}, keys)
}

func TestDo_ConcurrentUse(t *testing.T) {
	t.Parallel()
	base, _ := counted(t, func(w http.ResponseWriter, r *http.Request, n int) {
		if n%3 == 0 {
			w.WriteHeader(503)
			return
		}
		_, _ = io.WriteString(w, `{"id":"`+strings.TrimPrefix(r.URL.Path, "/things/")+`"}`)
	})
	c := newTestClient(t, base, nil)
	var callers sync.WaitGroup
	for range 50 {
		callers.Go(func() {
			for range 20 {
				ctx, cancel := context.WithCancel(t.Context())
				_, _ = c.Do(ctx, Call{Operation: get, IDs: []string{"7"}})
				cancel()
			}
		})
	}
	callers.Wait()
}
